"""Builds that we asked for are evidence, at whatever commit; they begin nothing and end nothing.

What a branch is like now, its own builds tell. A build of an old commit tells of what was.
"""

import itertools

import pytest

from bot.core.blame import advance, extend, new_state
from bot.core.model import IncidentState, RegressionRange, ScheduledBy, Verdict
from tests.support.make_observations import LATE, SSL, Story, make_story, sha

SLOW, FAST = "ARM64 Debian", "AMD64 Fedora"
COMMITS = tuple((letter, 100 + n) for n, letter in enumerate("abcdefgh"))
ZIP = "test_zip.test_write"
ASKED = ScheduledBy.REQUEST


def make_fixed() -> Story:
    """Red from c on, and mended by f."""
    story = make_story(*COMMITS, past=(SLOW, FAST))
    for builder in (SLOW, FAST):
        story.red(builder, "c")
        story.red(builder, "d")
        story.green(builder, "f")
    assert story.only().state is IncidentState.FIXED
    return story


@pytest.mark.parametrize("at", ["c", "d", "e"])
def test_what_was_mended_is_not_broken_again_by_a_build_of_an_old_commit(at: str) -> None:
    """Asked for about another failure, it shows this one as well, as it must."""
    story = make_fixed()
    before = story.only()
    story.red(SLOW, at, scheduled_by=ASKED)
    incident = story.only()
    assert (incident.id, incident.state) == (before.id, IncidentState.FIXED)
    assert incident.range == before.range


def make_green_again(scheduled_by: ScheduledBy) -> Story:
    """Nobody had built the commits between; then c is built, and shows what is over by now."""
    story = make_story(*COMMITS, past=(SLOW, FAST))
    for builder in (SLOW, FAST):
        story.green(builder, "b")
        story.green(builder, "f")
    story.red(SLOW, "c", ZIP, scheduled_by=scheduled_by)
    story.red(FAST, "c", ZIP, scheduled_by=scheduled_by)
    return story


def test_what_is_only_seen_at_an_old_commit_accuses_nobody() -> None:
    """A person forced the build: what it shows is over as it is found."""
    incident = make_green_again(ScheduledBy.FORCE).only()
    assert incident.state is IncidentState.FIXED
    assert (incident.pull, incident.verdict) == (None, Verdict.UNKNOWN)


def test_a_build_that_we_asked_for_begins_no_incident() -> None:
    """Who was asked about one failure and shows another has told us nothing of the branch."""
    assert make_green_again(ASKED).state().incidents == ()
    story = make_story(*COMMITS, past=(SLOW, FAST))
    story.red(FAST, "h", ZIP, scheduled_by=ASKED)
    assert story.state().incidents == ()
    story.red(FAST, "h", ZIP)
    assert len(story.only().red_builds) == 2  # the branch's own build opens it, and both count


def test_what_comes_back_after_the_fix_is_open_again() -> None:
    """At a commit that nobody has passed since, on a build of the branch's own."""
    story = make_fixed()
    story.red(SLOW, "h", scheduled_by=ASKED)
    story.red(FAST, "h")
    assert any(i.state is IncidentState.OPEN for i in story.state().incidents)


def test_builds_between_narrow_the_range_whoever_asked_for_them() -> None:
    """Green at d, red at e: the range is what the branch's own builds and these leave together."""
    story = make_story(*COMMITS, past=(SLOW, FAST))
    story.red(FAST, "h")
    story.red(SLOW, "h")
    assert story.only().range == RegressionRange(sha("a"), sha("h"))
    story.green(FAST, "d", scheduled_by=ASKED)
    story.red(FAST, "e", scheduled_by=ASKED)
    incident = story.only()
    assert incident.range == RegressionRange(sha("d"), sha("e"))
    assert (incident.pull, incident.state) == (104, IncidentState.OPEN)


def test_a_builder_stays_red_where_only_an_old_commit_was_green() -> None:
    """A pass before the culprit ends no incident, however late it was built."""
    story = make_story(*COMMITS, past=(SLOW, FAST))
    story.red(FAST, "e")
    for at in ("b", "c", "d"):
        story.green(FAST, at, scheduled_by=ASKED)
    assert story.only().state is IncidentState.OPEN


def test_the_next_build_of_the_branch_finds_its_range_as_if_nobody_had_asked() -> None:
    """Another test breaks later: its last green is the branch's own build, not ours of old."""
    plain = make_story(*COMMITS, past=(FAST,))
    asked = make_story(*COMMITS, past=(FAST,))
    for story in (plain, asked):
        story.red(FAST, "d")
        if story is asked:
            story.green(FAST, "b", scheduled_by=ASKED)
            story.red(FAST, "c", scheduled_by=ASKED)
        story.red(FAST, "g", SSL, ZIP)
    found = [
        next(i.range for i in story.state().incidents if i.signatures[0].site == ZIP)
        for story in (plain, asked)
    ]
    assert found[0] == found[1] == RegressionRange(sha("d"), sha("g"))


def test_it_makes_no_difference_when_they_arrive() -> None:
    """Late, twice and in any order, as after a restart."""
    story = make_fixed()
    story.red(SLOW, "e", scheduled_by=ASKED)
    story.red(FAST, "c", ZIP, scheduled_by=ASKED)
    story.green(FAST, "b", scheduled_by=ASKED)
    past, news = story.builds[:-6], story.builds[-6:]
    expected = story.state().incidents
    for order in itertools.islice(itertools.permutations(news), 0, None, 37):
        state = advance(extend(new_state("main"), story.line), past, LATE)
        for build in (*order, order[0]):
            state = advance(state, (build,), LATE)
        assert state.incidents == expected
