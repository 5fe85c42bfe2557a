"""Whether a comment is acted on at all: what is old, forged, edited or a flood, is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.commands.acceptance import find_flood, find_refusal, find_unreadable
from bot.core.commands.parser import ParsedCommands
from bot.core.model import Comment
from bot.core.model.commands import CommandResult, UserComment
from tests.support.clock import NOON

SAID = UserComment(1, "octo-org/demo", 5, 101, "mona", "/buildbot status", NOON)
FOUND = Comment(5, "mona", "/buildbot status", number=101, created_at=NOON)
STARTED, SOON = NOON - timedelta(days=1), NOON + timedelta(seconds=9)


def refuse(found: Comment | None = FOUND, said: UserComment = SAID, **times: object) -> str | None:
    known = {"own_login": "nightswatch[bot]", "started": STARTED, "now": SOON}
    decision = find_refusal(said, found, **{**known, **times})  # type: ignore[arg-type] # of any
    return decision.answer if decision else None


def test_what_stands_as_it_was_delivered_is_acted_on() -> None:
    assert refuse() is None
    assert refuse(replace(FOUND, author="Mona")) is None  # logins have no case


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, "deleted or edited"),
        (replace(FOUND, body="/buildbot mute"), "deleted or edited"),
        (replace(FOUND, author="hubot"), "tells otherwise"),
        (replace(FOUND, number=102), "tells otherwise"),
        (replace(FOUND, created_at=SOON), "tells otherwise"),
        (replace(FOUND, created_at=None), "tells otherwise"),
    ],
)
def test_what_github_has_otherwise_is_not_believed(found: Comment | None, why: str) -> None:
    """Text and author of a delivery are signed, but a comment may be edited since."""
    assert why in (refuse(found) or "")


def test_we_do_not_talk_to_ourselves() -> None:
    assert refuse(own_login="MONA") == "It is our own."


def test_what_was_said_before_us_was_not_said_to_us() -> None:
    assert refuse(started=SOON) == "It was said before the first start."


@pytest.mark.parametrize(
    ("waited", "too_late"), [(timedelta(hours=1), False), (timedelta(hours=1, seconds=1), True)]
)
def test_after_an_hour_nobody_waits_any_more(waited: timedelta, too_late: bool) -> None:
    assert bool(refuse(now=NOON + waited)) is too_late


def test_without_githubs_clock_nothing_is_known_to_be_in_time() -> None:
    assert refuse(now=None) == "It is older than an hour."


def test_a_flood_begins_beyond_the_limit() -> None:
    assert find_flood(20, most=20) is None
    flood = find_flood(21, most=20)
    assert flood is not None
    assert (flood.result, flood.answer) == (
        CommandResult.REFUSED,
        "More than 20 comments in an hour.",
    )


def test_what_cannot_be_read_is_said_or_left() -> None:
    assert find_unreadable(ParsedCommands()) is None
    many = find_unreadable(ParsedCommands(too_many=True))
    assert many is not None
    assert many.result is CommandResult.NOT_UNDERSTOOD
    slow = find_unreadable(ParsedCommands(given_up=True))
    assert slow is not None
    assert slow.result is CommandResult.REFUSED
