"""What became of a comment is counted as what people saw."""

from datetime import timedelta

import pytest

from bot.core.model import Announcement, PullComment
from bot.core.policy.comment_results import (
    CommentOutcome,
    CommentResult,
    find_comment_kind,
    find_comment_outcome,
    make_comment_result,
)
from tests.support.clock import NOON

SAID = Announcement("i", "suspected", "open", NOON)
DRY = PullComment(1, 2, wanted="x", said=(SAID,))
STANDS = PullComment(1, 2, wanted="x", standing="x", comment_id=3, said=(SAID,))


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (PullComment(1, 2), PullComment(1, 2), None),
        (PullComment(1, 2), DRY, "dry_run"),
        (DRY, DRY, None),
        (DRY, STANDS, "posted"),
        (STANDS, PullComment(1, 2, wanted="y", standing="y", comment_id=3, said=(SAID,)), "edited"),
        (DRY, PullComment(1, 2, wanted="x", why_silent="locked", said=(SAID,)), "refused"),
        (PullComment(1, 2), PullComment(1, 2, why_silent="No incident accuses this pull."), None),
    ],
)
def test_what_became_of_a_comment(
    before: PullComment, after: PullComment, outcome: str | None
) -> None:
    assert find_comment_outcome(before, after) == outcome


def test_what_a_comment_says() -> None:
    assert find_comment_kind(PullComment(1, 2)) == "none"
    assert find_comment_kind(STANDS) == "suspected"
    later = Announcement("i", "suspected", "fixed", NOON + timedelta(seconds=1))
    assert find_comment_kind(PullComment(1, 2, said=(later, SAID))) == "fixed"


def test_the_lag_is_from_the_build_that_settled_it_to_the_comment() -> None:
    """An edit has none: it follows the incident, and nobody waited for it."""
    result = make_comment_result(DRY, STANDS, NOON - timedelta(seconds=30))
    assert result == CommentResult(CommentOutcome.POSTED, "suspected", timedelta(seconds=30))
    edited = make_comment_result(STANDS, PullComment(1, 2, standing="y", comment_id=3), NOON)
    assert edited == CommentResult(CommentOutcome.EDITED, "none")


def test_a_clock_of_the_source_that_is_ahead_makes_no_negative_lag() -> None:
    result = make_comment_result(DRY, STANDS, NOON + timedelta(minutes=5))
    assert result is not None
    assert result.lag == timedelta(0)


def test_of_builds_that_nobody_knows_there_is_no_lag() -> None:
    result = make_comment_result(DRY, STANDS, None)
    assert result is not None
    assert result.lag is None
