"""What is kept of incidents only saves time: made anew, they are the same."""

from dataclasses import replace

from bot.core.blame import BranchState, advance, extend, new_state
from bot.core.model import Incident, Observation
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.make_observations import LATE, Story, make_story

OTHER = "test_zip.test_write"
COMMITS = tuple((letter, 100 + n) for n, letter in enumerate("abcdef"))


def make_long_story() -> Story:
    """Two tests that nobody mends fail for long on two builders, and one of them ends."""
    story = make_story(*COMMITS, past=("A", "B"))
    story.red("A", "c", "test_ssl.test_read", OTHER)
    story.red("B", "d", "test_ssl.test_read", OTHER)
    for n in range(40):
        story.red("AB"[n % 2], "d" if n < 20 else "e", "test_ssl.test_read", OTHER)
        if n % 8 == 0:
            story.green("C", "bd"[n % 16 // 8])
    story.red("B", "f", "test_ssl.test_read")
    story.red("A", "f", "test_ssl.test_read")
    story.green("A", "f", minute=999)
    return story


def fold(story: Story, builds: list[Observation]) -> BranchState:
    return advance(extend(new_state("main"), story.line), builds, LATE)


def test_one_by_one_gives_what_all_at_once_gives() -> None:
    """Also where a build comes late, and all that was kept of later ones is thrown away."""
    story = make_long_story()
    expected = fold(story, story.builds).incidents
    state = extend(new_state("main"), story.line)
    for build in story.builds:
        state = advance(state, [build], LATE)
        known = state.observations
        assert state.incidents == fold(story, list(known)).incidents
    assert state.incidents == expected
    late = [*story.builds[:30], *story.builds[31:], story.builds[30]]
    state = extend(new_state("main"), story.line)
    for build in late:
        state = advance(state, [build], LATE)
    assert state.incidents == expected


def test_each_red_build_is_told_of_all_the_same() -> None:
    story = make_long_story()
    state = extend(new_state("main"), story.line)
    told: list[Incident] = []
    for build in story.builds:
        state = advance(state, [build], LATE)
        told = [i for i in state.incidents if build.ref in i.red_builds]
        assert bool(told) is bool(build.sightings)


def test_a_policy_that_wants_many_red_builds_sees_each_of_them() -> None:
    """One that needs thirty is silent at twenty-nine, whatever was kept until then."""
    policy = replace(DEFAULT_POLICY, failures_needed=30, noise_of_one=0.0)
    story = make_long_story()
    line = extend(new_state("main"), story.line)
    state = line
    for count, build in enumerate(story.builds, 1):
        state = advance(state, [build], LATE, policy)
        anew = advance(line, story.builds[:count], LATE, policy)
        assert state.incidents == anew.incidents
