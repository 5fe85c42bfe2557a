"""What a build says of a signature: a pass that nobody saw would clear the guilty."""

from dataclasses import replace

import pytest

from bot.core.blame import find_outcome
from bot.core.blame.timeline.outcomes import find_shown
from bot.core.log_reading import find_places, is_inside
from bot.core.model import IncidentState, Kind, Observation, Outcome, Signature, TestRun
from bot.core.model.build_results import Result
from tests.support.make_observations import SSL, make_observation, make_signature, make_story

OTHER = "test_zip.test_write"
COMPILE = make_signature("Modules/_ssl.c", "unknown type", Kind.COMPILE_ERROR)
LINT = make_signature("Lib/ssl.py", "line too long", Kind.LINT)

CASES = {
    "green passes everything": (make_observation(1, "A", "a"), Outcome.PASS),
    "warnings are green": (make_observation(1, "A", "a", result=Result.WARNINGS), Outcome.PASS),
    "red with it": (make_observation(1, "A", "a", [SSL]), Outcome.FAIL),
    "red for another test, whole suite ran": (make_observation(1, "A", "a", [OTHER]), Outcome.PASS),
    "red for another test, suite cut short": (
        make_observation(1, "A", "a", [OTHER], complete=False),
        None,
    ),
    "cut short, but it is not among those not reached": (
        make_observation(1, "A", "a", [OTHER], complete=False, not_reached=(OTHER,)),
        Outcome.PASS,
    ),
    "cut short before it": (
        make_observation(1, "A", "a", [OTHER], complete=False, not_reached=(SSL,)),
        None,
    ),
    "cut short before its file": (
        make_observation(
            1, "A", "a", [OTHER], complete=False, not_reached=(SSL.rpartition(".")[0],)
        ),
        None,
    ),
    "the suite ran to its end, but its module could not be set up": (
        make_observation(1, "A", "a", [OTHER], not_reached=("test_ssl",)),
        None,
    ),
    "the suite ran to its end, and another module could not be set up": (
        make_observation(1, "A", "a", [OTHER], not_reached=("test_ss", "test_zip")),
        Outcome.PASS,
    ),
    "its file failed as a whole": (make_observation(1, "A", "a", ["test_ssl"]), None),
    "its file only left something behind": (
        make_observation(1, "A", "a", [make_signature("test_ssl", "cwd", Kind.ENV_CHANGED)]),
        Outcome.PASS,
    ),
    "its file failed and passed when it was run again": (
        make_observation(1, "A", "a", [OTHER], flaked=["test_ssl"]),
        Outcome.PASS,
    ),
    "green, but its run was cut": (make_observation(1, "A", "a", complete=False), None),
    "green, its run was cut, and it is not among those left out": (
        make_observation(1, "A", "a", complete=False, not_reached=(OTHER,)),
        Outcome.PASS,
    ),
    "green, and no run was read": (make_observation(1, "A", "a", ran=False), Outcome.PASS),
    "no test ran": (make_observation(1, "A", "a", [COMPILE], ran=False), None),
    "same test, another message": (
        make_observation(1, "A", "a", [make_signature(message="other")]),
        None,
    ),
    "passed on re-run, build green": (make_observation(1, "A", "a", flaked=[SSL]), Outcome.FLAKED),
    "passed on re-run, build red": (
        make_observation(1, "A", "a", [OTHER], flaked=[SSL]),
        Outcome.FLAKED,
    ),
    "listed as failed in a green build": (
        make_observation(1, "A", "a", [SSL], result=Result.WARNINGS),
        None,
    ),
    **{
        f"{result.name} says nothing": (make_observation(1, "A", "a", [SSL], result=result), None)
        for result in (Result.RETRY, Result.CANCELLED, Result.SKIPPED)
    },
    "it failed before a later step ended in an exception": (
        make_observation(1, "A", "a", [SSL], result=Result.EXCEPTION, ran=False),
        Outcome.FAIL,
    ),
    "an exception before anything is known": (
        make_observation(1, "A", "a", result=Result.EXCEPTION, ran=False),
        None,
    ),
    "an exception after its suite was cut": (
        make_observation(1, "A", "a", [OTHER], result=Result.EXCEPTION, complete=False),
        None,
    ),
}


@pytest.mark.parametrize("index", [True, False], ids=["looked up", "looked through"])
@pytest.mark.parametrize(("build", "expected"), CASES.values(), ids=CASES.keys())
def test_outcome_of_a_test(build: Observation, expected: Outcome | None, index: bool) -> None:
    """Whether the build is looked through for one question or for many."""
    shown = find_shown(build) if index else None
    assert find_outcome(build, make_signature(), shown=shown) is expected


def test_of_two_runs_of_a_suite_nobody_knows_which_has_the_test() -> None:
    """One was cut: it may be the one."""
    whole = make_observation(1, "A", "a", [OTHER])
    both = replace(whole, runs=(*whole.runs, TestRun("unittest", complete=False)))
    elsewhere = replace(whole, runs=(*whole.runs, TestRun("pytest", complete=False)))
    assert find_outcome(both, make_signature()) is None
    assert find_outcome(elsewhere, make_signature()) is Outcome.PASS


def test_a_file_whose_test_was_not_named_has_not_passed_where_one_is() -> None:
    """Quiet runners name the file of one failure, and the tests of two."""
    file = make_signature("test_ssl")
    for index in (True, False):
        for failing, expected in (([SSL], None), ([OTHER], Outcome.PASS)):
            build = make_observation(1, "A", "a", failing)
            shown = find_shown(build) if index else None
            assert find_outcome(build, file, shown=shown) is expected, failing


def test_what_a_place_holds() -> None:
    """By the separators of all runners; the beginning of a name is no place."""
    for place, inside in (
        ("test_gate.Gate", "test_gate.Gate.test_open"),
        ("tests/test_a.py", "tests/test_a.py::Gate::test_open[1]"),
        ("tests", "tests/test_a.py::test_open"),
        ("t.py::test_open", "t.py::test_open[a - b]"),
        ("gate.test.js", "gate.test.js > opens > at dawn"),
        ("a.b.GateTest", "a.b.GateTest#opens"),
    ):
        assert is_inside(inside, place)
        assert is_inside(place, place)
        assert place in find_places(inside)
        assert not is_inside(place, inside)
        assert not is_inside(f"{place}s.test_open", place)
    assert not is_inside("adds two numbers", "adds")


@pytest.mark.parametrize(
    ("build", "signature", "expected"),
    [
        (make_observation(1, "A", "a"), COMPILE, Outcome.PASS),
        (make_observation(1, "A", "a", [SSL], complete=False), COMPILE, Outcome.PASS),
        (make_observation(1, "A", "a", [SSL], ran=False), COMPILE, None),
        (make_observation(1, "A", "a", [COMPILE], ran=False), COMPILE, Outcome.FAIL),
        (make_observation(1, "A", "a"), LINT, Outcome.PASS),
        (make_observation(1, "A", "a", [SSL]), LINT, None),
    ],
    ids=["green", "tests ran", "no tests ran", "failed", "lint green", "lint unknown in red"],
)
def test_outcome_of_a_build_failure(
    build: Observation, signature: Signature, expected: Outcome | None
) -> None:
    """A compile error is over once any test ran; a lint step may just not have been reached."""
    assert find_outcome(build, signature) is expected


def test_a_build_of_another_branch_says_nothing() -> None:
    """The same test on a release branch must not clear main."""
    other = Signature("3.12", "unittest", Kind.TEST_FAILURE, SSL, "boom")
    assert find_outcome(make_observation(1, "A", "a"), other) is None


def test_a_green_build_passes_only_what_its_steps_ran() -> None:
    """Which step ran is told by name; where either is not known, green is green."""
    signature = make_signature()
    green = make_observation(1, "A", "a")
    for steps, seen, passed in (
        (None, {"test"}, True),
        (("test",), {"test"}, True),
        (("docs",), {"test"}, False),
        ((), {"test"}, False),
        (("docs",), {"test", None}, True),
        (("docs",), set(), True),
        (("docs", "test2"), {"test", "test2"}, True),
    ):
        told = find_outcome(replace(green, steps=steps), signature, seen)
        assert told is (Outcome.PASS if passed else None), (steps, seen)


def test_each_builder_may_call_its_test_step_as_it_likes() -> None:
    """Once it was seen to fail there, it is seen to pass there, too."""
    story = make_story(("a", 1), ("b", 2), ("c", 3))
    for builder, step in (("A", "test"), ("B", "check")):
        story.green(builder, "a")
        story.builds[-1] = replace(story.builds[-1], steps=("git", step))
    for builder, step in (("A", "test"), ("B", "check")):
        story.red(builder, "b")
        (seen,) = story.builds[-1].sightings
        story.builds[-1] = replace(story.builds[-1], sightings=(replace(seen, step=step),))
    for builder, step in (("A", "test"), ("B", "check")):
        assert story.only().state is IncidentState.OPEN
        story.green(builder, "c")
        story.builds[-1] = replace(story.builds[-1], steps=("git", step))
    assert story.only().state is IncidentState.FIXED
