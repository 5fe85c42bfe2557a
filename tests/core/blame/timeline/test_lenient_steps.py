"""Steps that may fail: Buildbot does not say which, green builds in which they failed do."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.model import IncidentState, Observation, StepRun
from bot.core.model.build_results import Result
from tests.support.make_observations import SSL, Story, make_story

LINT = "test_lint.test_style"


def with_steps(build: Observation, *failed: tuple[str, Sequence[str]]) -> Observation:
    """A build in which these steps failed, each with the tests that it lists."""
    steps = {test: step for step, tests in failed for test in tests}
    return replace(
        build,
        step_runs=tuple(StepRun(step, f"make {step}", ok=False) for step, _ in failed),
        sightings=tuple(replace(s, step=steps[s.signature.site]) for s in build.sightings),
        runs=tuple(replace(run, step=failed[-1][0]) for run in build.runs if failed),
    )


def red(story: Story, at: str, *failed: tuple[str, Sequence[str]], **more: object) -> None:
    story.red("A", at, *(test for _, tests in failed for test in tests), **more)
    story.builds[-1] = with_steps(story.builds[-1], *failed)


def make_lenient() -> Story:
    """Lint failed in a build that was green all the same."""
    story = make_story(("a", 1), ("b", 2), ("c", 3), ("d", 4))
    story.green("A", "a")
    story.builds[-1] = with_steps(story.builds[-1], ("lint", ()))
    return story


def find_told(story: Story) -> set[str]:
    return {s.site for incident in story.state().incidents for s in incident.signatures}


def test_what_failed_in_a_step_that_may_fail_opens_nothing() -> None:
    story = make_lenient()
    red(story, "b", ("lint", [LINT]), ("test", [SSL]))
    assert find_told(story) == {SSL}


def test_in_a_step_of_which_nothing_is_known_it_does() -> None:
    story = make_story(("a", 1), ("b", 2))
    story.green("A", "a")
    red(story, "b", ("lint", [LINT]), ("test", [SSL]))
    assert find_told(story) == {LINT, SSL}


def test_a_build_that_is_red_for_it_alone_tells_that_it_may_not_fail_any_more() -> None:
    story = make_lenient()
    red(story, "b", ("lint", [LINT]))
    red(story, "c", ("lint", [LINT]), ("test", [SSL]))
    assert find_told(story) == {LINT, SSL}


def test_it_ends_in_the_same_whatever_the_order_of_arrival() -> None:
    story = make_lenient()
    for at in "bcd":
        red(story, at, ("lint", [LINT]), ("test", [SSL]))
    late = make_story(("a", 1), ("b", 2), ("c", 3), ("d", 4))
    late.builds = story.builds[::-1]
    assert late.state().incidents == story.state().incidents


def test_tests_that_failed_before_a_step_ended_in_an_exception_are_read() -> None:
    story = make_story(("a", 1), ("b", 2), ("c", 3))
    for _ in range(3):
        story.green("A", "a")
    red(story, "b", ("test", [SSL]), result=Result.EXCEPTION)
    assert story.only().state is IncidentState.OPEN
    assert {s.site for s in story.only().signatures} == {SSL}
