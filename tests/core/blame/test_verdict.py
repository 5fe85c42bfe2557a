"""One verdict, one figure: what is believed, what is said, and what the fix changes of it."""

import pytest

from bot.core.model import IncidentState, Verdict
from tests.support.make_observations import (
    make_story,
)

SLOW, FAST = "ARM64 Debian", "AMD64 Fedora"


def test_the_plain_rule_and_the_suspects_tell_one_figure() -> None:
    """The comment said 80 %, and the page beside it 24 %: both of the same pull."""
    story = make_story(("a", 100), ("b", 101), ("c", 102))
    story.green(SLOW, "a")
    story.green(FAST, "b")
    story.red(SLOW, "c")
    story.red(FAST, "c")
    incident = story.only()
    assert incident.pull == 102
    assert sum(s.p for s in incident.suspects if s.pull == 102) == pytest.approx(
        incident.confidence
    )
    assert sum(s.p for s in incident.suspects) <= 1.0


def test_what_the_fix_makes_of_the_belief_is_not_the_verdict() -> None:
    """Red twice, then green: a flake looks like that, too, and the comment was right before."""
    story = make_story(("a", 100), ("b", 101), ("c", 102))
    story.green(SLOW, "a")
    story.red(SLOW, "b")
    story.red(SLOW, "b")
    before = story.only()
    assert (before.verdict, before.pull) == (Verdict.SUSPECTED, 101)
    story.green(SLOW, "c")
    after = story.only()
    assert after.state is IncidentState.FIXED
    assert (after.verdict, after.pull) == (before.verdict, before.pull)
    assert (after.confidence, after.reason) == (before.confidence, before.reason)
    assert after.suspects == before.suspects


def test_nobody_is_accused_by_what_came_after_the_fix() -> None:
    """While it was red nobody knew; the green build told, and then it was over."""
    story = make_story(("a", 100), ("b", 101), ("c", 102))
    story.green(SLOW, "a")
    story.red(SLOW, "b")
    before = story.only()
    assert before.pull is None
    story.green(SLOW, "c")
    story.green(SLOW, "c")
    after = story.only()
    assert after.state is IncidentState.FIXED
    assert after.pull is None
