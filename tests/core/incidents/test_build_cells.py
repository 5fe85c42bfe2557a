"""What a build says of an incident: what beliefs were made from first, then their own rule."""

from dataclasses import replace

import pytest

from bot.core.incidents.build_cells import find_cells
from bot.core.model import (
    BuildAt,
    BuildEvidence,
    Incident,
    Kind,
    Observation,
    Occurrence,
    Outcome,
    Says,
    StepRun,
    Suspect,
)
from bot.core.model.build_results import Result
from tests.support.make_observations import SSL, make_observation, make_signature, make_story, sha
from tests.support.refs import ref

BUILDER = "AMD64 Debian"
OTHER = "test_zip.test_write"


def make_incident() -> Incident:
    story = make_story(("a", 100), ("b", 101))
    story.green(BUILDER, "a")
    story.red(BUILDER, "b")
    return story.only()


def make_at(observation: Observation | None, buildid: int = 9) -> BuildAt:
    return BuildAt(sha("b"), BUILDER, ref(buildid), buildid, "https://bb.example.org", observation)


def find_says(incident: Incident, observation: Observation | None, *seen: Occurrence) -> Says:
    shown = replace(make_observation(8, BUILDER, "a"), sightings=seen)
    (cell,) = find_cells(incident, [make_at(observation)], [shown])
    return cell.says


@pytest.mark.parametrize(
    ("observation", "says"),
    [
        (make_observation(9, BUILDER, "b"), Says.PASS),
        (make_observation(9, BUILDER, "b", (SSL,)), Says.FAIL),
        (make_observation(9, BUILDER, "b", (OTHER,)), Says.PASS),
        (make_observation(9, BUILDER, "b", (OTHER,), complete=False), Says.NOTHING),
        (make_observation(9, BUILDER, "b", flaked=(SSL,), result=Result.WARNINGS), Says.FLAKED),
        (make_observation(9, BUILDER, "b", result=Result.EXCEPTION), Says.NOTHING),
        (make_observation(9, BUILDER, "b", (make_signature(message="other"),)), Says.NOTHING),
        (None, Says.RUNNING),
    ],
)
def test_a_build_says_what_it_showed(observation: Observation | None, says: Says) -> None:
    assert find_says(make_incident(), observation) is says


def test_a_green_build_that_skipped_the_step_says_nothing() -> None:
    """Its docs were built, and the tests were not run."""
    green = replace(make_observation(9, BUILDER, "b"), steps=("docs",))
    seen = Occurrence(make_signature(), step="test")
    assert find_says(make_incident(), green) is Says.PASS, "nobody knows where it was seen"
    assert find_says(make_incident(), green, seen) is Says.NOTHING


def test_of_several_failures_all_have_to_pass() -> None:
    """Half of it is still broken: that is no green build to point at."""
    incident = make_incident()
    both = (*incident.signatures, make_signature(OTHER))
    wide = replace(incident, signatures=both)
    assert find_says(wide, make_observation(9, BUILDER, "b")) is Says.PASS
    assert find_says(wide, make_observation(9, BUILDER, "b", (OTHER,))) is Says.FAIL
    cut = make_observation(9, BUILDER, "b", (OTHER, "test_os.x"), complete=False)
    assert find_says(incident, cut) is Says.NOTHING


def test_the_table_and_the_reasons_tell_one_story() -> None:
    """A builder "passed" in the reasons and said nothing in the table above them."""
    incident = make_incident()
    testimony = BuildEvidence(BUILDER, ref(9), Outcome.PASS, -1.0, f"{BUILDER} passed in build 9.")
    told = replace(incident, suspects=(Suspect(sha("b"), 101, 0.9, (testimony,)),))
    cut = make_observation(9, BUILDER, "b", (OTHER,), complete=False)
    assert find_says(told, cut) is Says.PASS


def test_a_compiler_that_was_silent_passed_by_the_command_of_another_builder() -> None:
    """The table said nothing of the very build by which beliefs had cleared a commit."""
    broken = make_signature("src/zip.c:4", kind=Kind.COMPILE_ERROR)
    incident = replace(make_incident(), signatures=(broken,))
    steps = (StepRun("compile", "make -j4"),)
    red = replace(
        make_observation(8, "RISC-V", "b"),
        result=Result.FAILURE,
        sightings=(Occurrence(broken, step="compile"),),
        step_runs=(StepRun("compile", "make -j4", ok=False),),
    )
    green = replace(make_observation(9, BUILDER, "a", ran=False), step_runs=steps)
    (cell,) = find_cells(incident, [make_at(green)], [red])
    assert cell.says is Says.PASS
    other = replace(green, step_runs=(StepRun("compile", "make docs"),))
    (cell,) = find_cells(incident, [make_at(other)], [red])
    assert cell.says is Says.NOTHING
