"""Who may be a witness: not a step that happens to have the same name."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.blame import find_outcome, find_suites, learn_suites
from bot.core.model import IncidentState, Kind, Observation, Outcome, StepRun, TestRun
from bot.core.model.build_results import Result
from tests.support.make_observations import (
    SSL,
    Story,
    make_observation,
    make_signature,
    make_story,
    sha,
)

PYTEST, MAKE, HTML = "python -m pytest", "make check", "make html"
OTHER = "test_zip.test_write"


def told(build: Observation, command: str | None, *, step: str = "test") -> Observation:
    """A build whose one step is known, with what it was told to run."""
    run = StepRun(step, command, ok=build.result in {Result.SUCCESS, Result.WARNINGS})
    return replace(
        build,
        steps=(step,) if run.ok else None,
        step_runs=(run,),
        sightings=tuple(replace(s, step=step) for s in build.sightings),
        runs=tuple(replace(r, step=step) for r in build.runs),
    )


class Fleet:
    """A story in which each builder's step is called `test`, whatever it runs."""

    def __init__(self, letters: str) -> None:
        self.story: Story = make_story(*((letter, 100 + n) for n, letter in enumerate(letters)))

    def green(self, builder: str, at: str, command: str | None, *, ran: bool = False) -> None:
        self.story.green(builder, at, ran=ran)
        self.story.builds[-1] = told(self.story.builds[-1], command)

    def red(self, builder: str, at: str, command: str | None, *failing: str) -> None:
        self.story.red(builder, at, *failing)
        self.story.builds[-1] = told(self.story.builds[-1], command)


def make_past(letters: str = "abcdef", *, quiet: bool = False) -> Fleet:
    """A builder of tests and one of documents, green for long; `quiet`: no log tells of runs."""
    fleet = Fleet(letters)
    for _ in range(40):
        fleet.green("tests", "a", PYTEST, ran=not quiet)
        fleet.green("docs", "a", HTML)
    return fleet


def find_accused(fleet: Fleet) -> dict[str, float]:
    return {s.sha[0]: s.p for s in fleet.story.only().suspects}


def test_a_docs_builder_whose_step_is_called_test_clears_nobody() -> None:
    """It built the culprit green, and the next pull was convicted for it."""
    fleet = make_past()
    fleet.green("docs", "c", HTML)
    fleet.red("tests", "d", PYTEST)
    fleet.red("tests", "d", PYTEST)
    without = make_past()
    without.red("tests", "d", PYTEST)
    without.red("tests", "d", PYTEST)
    accused = find_accused(fleet)
    assert accused["c"] == pytest.approx(find_accused(without)["c"], rel=0.01)
    assert accused["c"] == pytest.approx(accused["d"], rel=0.05), "nothing tells them apart"


def test_a_builder_that_was_seen_to_run_the_suite_clears_as_before() -> None:
    """In this very build, or in one before, by the same command of the same step."""
    for seen_before, seen_now in ((True, False), (False, True)):
        fleet = make_past()
        fleet.green("more tests", "a", MAKE, ran=seen_before)
        fleet.green("more tests", "c", MAKE, ran=seen_now)
        fleet.red("tests", "d", PYTEST)
        fleet.red("more tests", "d", MAKE)
        accused = find_accused(fleet)
        assert accused["d"] > 5 * accused["c"], (seen_before, seen_now)


def test_another_command_of_the_same_step_is_another_witness() -> None:
    """A builder of tests became one of documents; its step kept the name."""
    fleet = make_past()
    fleet.green("mixed", "a", MAKE, ran=True)
    fleet.green("mixed", "c", HTML)
    fleet.red("tests", "d", PYTEST)
    fleet.red("tests", "d", PYTEST)
    accused = find_accused(fleet)
    assert accused["c"] == pytest.approx(accused["d"], rel=0.05)


def test_what_only_later_builds_tell_is_no_word_for_another_builder() -> None:
    """Nobody saw it run the suite until then: it may have run none."""
    fleet = make_past()
    fleet.green("late", "c", MAKE)
    fleet.red("tests", "d", PYTEST)
    fleet.red("tests", "d", PYTEST)
    before = find_accused(fleet)
    fleet.green("late", "f", MAKE, ran=True)
    after = find_accused(fleet)
    assert after["c"] == pytest.approx(before["c"], rel=0.2)


def test_who_showed_it_ran_it_before_as_well() -> None:
    """A quiet runner tells of failures only: without its green builds there would be no range."""
    fleet = make_past(quiet=True)
    fleet.green("tests", "b", PYTEST)
    fleet.red("tests", "c", PYTEST)
    incident = fleet.story.only()
    assert (incident.range.last_good, incident.range.first_bad) == (sha("b"), sha("c"))
    fleet.green("tests", "d", HTML)
    assert fleet.story.only().state is IncidentState.OPEN, "it ran something else"
    fleet.green("docs", "d", HTML)
    assert fleet.story.only().state is IncidentState.OPEN
    fleet.green("tests", "e", PYTEST)
    assert fleet.story.only().state is IncidentState.FIXED


def test_a_real_breakage_is_not_flaky_for_what_documents_passed() -> None:
    """Hundreds of green builds of documents made a test that broke look like one that flakes."""
    few, many = make_past(), make_past()
    for _ in range(400):
        many.green("docs", "b", HTML)
    for fleet in (few, many):
        for _ in range(3):
            fleet.red("tests", "c", PYTEST)
    assert find_accused(many) == pytest.approx(find_accused(few), abs=0.02)


def test_compilers_say_nothing_when_all_is_well() -> None:
    """The same step by the same command compiles the same; any other step may compile nothing."""
    error = make_signature("ssl.c", "no member", Kind.COMPILE_ERROR)
    for command, passed in ((MAKE, True), (HTML, False), (None, False)):
        fleet = Fleet("abcdef")
        for _ in range(40):
            fleet.green("tests", "a", MAKE)
            fleet.green("other", "a", command)
        fleet.green("other", "c", command)
        fleet.story.red("tests", "d", error, ran=False)
        fleet.story.builds[-1] = told(fleet.story.builds[-1], MAKE)
        fleet.green("other", "b", command)
        accused = find_accused(fleet)
        assert (accused["d"] > 3 * accused["c"]) is passed, command


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (make_observation(1, "A", "a", ran=False), None),
        (make_observation(1, "A", "a"), Outcome.PASS),
        (make_observation(1, "A", "a", complete=False), None),
        (make_observation(1, "A", "a", [OTHER]), Outcome.PASS),
        (make_observation(1, "A", "a", [OTHER], ran=False), None),
        (make_observation(1, "A", "a", [OTHER], result=Result.EXCEPTION), None),
        (make_observation(1, "A", "a", [OTHER], result=Result.EXCEPTION, ran=False), None),
        (make_observation(1, "A", "a", [SSL], result=Result.EXCEPTION, ran=False), Outcome.FAIL),
    ],
)
def test_a_build_of_a_stranger_speaks_for_itself_alone(
    build: Observation, expected: Outcome | None
) -> None:
    assert find_outcome(told(build, MAKE), make_signature()) is expected


def make_known(*shown: tuple[str, str | None]) -> Sequence[Observation]:
    return [
        told(make_observation(n, "A", "a"), command, step=step)
        for n, (step, command) in enumerate(shown)
    ]


def test_what_steps_run() -> None:
    """Where a command is not known, that is no sign that it is another one."""
    for shown, step, command, runs in (
        ((("test", MAKE),), "test", MAKE, True),
        ((("test", MAKE),), "test", HTML, False),
        ((("test", MAKE),), "check", MAKE, False),
        ((("test", None),), "test", MAKE, True),
        ((("test", MAKE),), "test", None, True),
        ((("test", MAKE), ("test", HTML)), "test", HTML, True),
    ):
        build = told(make_observation(9, "A", "a", ran=False), command, step=step)
        known = learn_suites(make_known(*shown))
        assert find_suites(build, known) == (frozenset({"unittest"}) if runs else frozenset())


def test_a_step_that_failed_in_a_green_build_went_through_nothing() -> None:
    build = replace(
        make_observation(9, "A", "a", ran=False), step_runs=(StepRun("test", MAKE, ok=False),)
    )
    assert not find_suites(build, learn_suites(make_known(("test", MAKE))))


def test_a_run_that_was_cut_tells_what_the_step_runs_all_the_same() -> None:
    cut = told(replace(make_observation(1, "A", "a"), runs=(TestRun("unittest", False),)), MAKE)
    later = told(make_observation(2, "A", "b", ran=False), MAKE)
    assert find_suites(later, learn_suites([cut])) == {"unittest"}
