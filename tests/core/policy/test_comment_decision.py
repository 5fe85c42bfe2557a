"""What is done about a comment: nothing is said twice, against people's wish, or in a dry run."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import (
    Announcement,
    Incident,
    IncidentState,
    PullComment,
    RegressionRange,
    Verdict,
)
from bot.core.policy.comment_decision import (
    CommentDecision,
    Edit,
    Hold,
    Post,
    PullSituation,
    Silence,
    decide_comment,
    forget_dry_run,
    has_news,
    record_decision,
)
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.clock import NOON
from tests.support.refs import ref, refs

PULL = 101
EARLIER = NOON - timedelta(days=1)
NEW = Incident(
    id="new",
    branch="main",
    signatures=(),
    builders=("AMD64 Fedora",),
    verdict=Verdict.CONFIRMED,
    state=IncidentState.OPEN,
    range=RegressionRange("a" * 40, "b" * 40),
    ranges=(),
    suspects=(),
    opened_at=NOON,
    first_red_build=ref(1),
    red_builds=refs(1, 2),
    pull=PULL,
    confidence=0.99,
)
SAID = Announcement("old", "suspected", "open", EARLIER)
OLD = replace(NEW, id="old", verdict=Verdict.SUSPECTED)
OVER = replace(OLD, state=IncidentState.FIXED)
STANDS = PullComment(1, PULL, wanted="x", standing="x", comment_id=7, said=(SAID,))


def make_situation(
    *incidents: Incident, comment: PullComment | None = None, **more: object
) -> PullSituation:
    ours = comment or PullComment(1, PULL)
    return PullSituation(ours, incidents, EARLIER, **more)  # type: ignore[arg-type] # of any field


def decide(situation: PullSituation, *, per_pull: int = 3, posting: bool = True) -> CommentDecision:
    return decide_comment(situation, policy=DEFAULT_POLICY, per_pull=per_pull, posting=posting)


def test_a_pull_that_broke_something_gets_a_comment() -> None:
    decision = decide(make_situation(NEW))
    assert isinstance(decision, Post)
    assert [intent.incident for intent in decision.intents] == [NEW]


def test_in_a_dry_run_it_is_only_held() -> None:
    assert isinstance(decide(make_situation(NEW), posting=False), Hold)
    assert isinstance(decide(make_situation(OVER, comment=STANDS), posting=False), Hold)


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        (make_situation(), "No incident accuses this pull."),
        (make_situation(NEW, objection="This pull is muted."), "This pull is muted."),
        (make_situation(NEW, stale={"new": "It is too old."}), "It is too old."),
        (replace(make_situation(NEW), announcing_since=NOON), "It was red before"),
    ],
)
def test_silence_has_a_reason(situation: PullSituation, reason: str) -> None:
    decision = decide(situation)
    assert isinstance(decision, Silence)
    assert decision.reason.startswith(reason)
    assert decision.intents == ()


def test_who_objects_hears_nothing_new_but_what_was_said_is_followed_to_its_end() -> None:
    """A comment that says "broken" for ever, because somebody muted us, would be false."""
    decision = decide(make_situation(OVER, NEW, comment=STANDS, objection="Muted."))
    assert isinstance(decision, Edit)
    assert [intent.incident.id for intent in decision.intents] == ["old"]


def test_a_new_incident_after_all_is_over_gets_a_comment_of_its_own() -> None:
    decision = decide(make_situation(OVER, NEW, comment=STANDS))
    assert isinstance(decision, Post)
    assert decision.comment.thread == 2
    assert decision.comment.outdated == (7,)
    assert [intent.incident.id for intent in decision.intents] == ["new"]


def test_the_last_comment_that_is_allowed_tells_what_comes_by_an_edit() -> None:
    decision = decide(make_situation(OVER, NEW, comment=STANDS), per_pull=1)
    assert isinstance(decision, Edit)
    assert len(decision.intents) == 2


def test_objections_are_asked_for_only_where_something_is_new() -> None:
    """The labels of a pull cost a call to GitHub."""
    assert has_news(make_situation(NEW), DEFAULT_POLICY)
    assert not has_news(make_situation(OVER, comment=STANDS), DEFAULT_POLICY)
    doubtful = replace(NEW, verdict=Verdict.UNKNOWN)
    assert not has_news(make_situation(doubtful), DEFAULT_POLICY)


def test_what_a_dry_run_would_have_said_was_not_said() -> None:
    dry = PullComment(1, PULL, wanted="x", said=(SAID,))
    assert forget_dry_run(dry, posting=True).said == ()
    assert forget_dry_run(dry, posting=False) == dry
    assert forget_dry_run(STANDS, posting=True) == STANDS
    begun = replace(dry, intent_at=NOON)  # it may have landed
    assert forget_dry_run(begun, posting=True) == begun


# ---------------------------------------------------------------- what is stored


def record(decision: CommentDecision, text: str | None) -> PullComment:
    return record_decision(decision, text, look_at=None, now=NOON)


def test_what_should_stand_is_stored_before_it_is_posted() -> None:
    comment = record(decide(make_situation(NEW)), "text")
    assert (comment.wanted, comment.standing, comment.why_silent) == ("text", None, None)
    assert comment.said == (Announcement("new", "confirmed", "open", NOON),)
    assert comment.incidents == ("new",)


def test_what_was_said_before_keeps_its_time() -> None:
    comment = record(decide(make_situation(OLD, comment=STANDS)), "text")
    assert comment.said == (SAID,)


def test_a_dry_run_adds_nothing_to_what_was_said() -> None:
    comment = record(decide(make_situation(OVER, comment=STANDS), posting=False), "it is fixed")
    assert comment.said == (SAID,)
    assert comment.wanted == "it is fixed"


def test_silence_leaves_what_stands_and_says_why() -> None:
    stands = replace(STANDS, said=())
    comment = record(Silence(stands, "Muted."), None)
    assert (comment.wanted, comment.why_silent) == ("x", "Muted.")


def test_what_is_held_back_stays_so_until_there_is_room() -> None:
    held = PullComment(1, PULL, why_silent="Held back.", held_rank=9, look_at=NOON)
    comment = record(decide(make_situation(NEW, comment=held)), "text")
    assert (comment.why_silent, comment.held_rank, comment.look_at) == ("Held back.", 9, NOON)
    over = record(Silence(held, "It is over."), None)
    assert (over.why_silent, over.held_rank, over.look_at) == ("It is over.", None, None)


def test_what_github_refuses_is_known_as_refused_until_it_is_taken() -> None:
    refused = replace(STANDS, wanted="y", why_silent="the pull is locked")
    intents = decide(make_situation(OVER, comment=refused))
    assert record(intents, "z").why_silent == "the pull is locked"
    assert record(intents, "x").why_silent is None  # what stands is right again
