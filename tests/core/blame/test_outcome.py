"""What a build says of a signature: a pass that nobody saw would clear the guilty."""

from dataclasses import replace

import pytest

from bot.core.blame import outcome
from bot.core.model import IncidentState, Kind, Observation, Outcome, Signature
from bot.core.results import Result
from tests.core.blame.make import SSL, make_observation, make_signature, make_story

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
        for result in (Result.EXCEPTION, Result.RETRY, Result.CANCELLED, Result.SKIPPED)
    },
}


@pytest.mark.parametrize(("build", "expected"), CASES.values(), ids=CASES.keys())
def test_outcome_of_a_test(build: Observation, expected: Outcome | None) -> None:
    assert outcome(build, make_signature()) is expected


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
    assert outcome(build, signature) is expected


def test_a_build_of_another_branch_says_nothing() -> None:
    """The same test on a release branch must not clear main."""
    other = Signature("3.12", "unittest", Kind.TEST_FAILURE, SSL, "boom")
    assert outcome(make_observation(1, "A", "a"), other) is None


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
        told = outcome(replace(green, steps=steps), signature, seen)
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
