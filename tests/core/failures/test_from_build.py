"""What a build shows: each failure once, and nothing of what was not read to its end."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.failures.from_build import find_occurrences, place_runs
from bot.core.model import Build, Failure, Kind, Log, Reading, ScheduledBy, TestRun
from bot.core.model.build_results import Result

RED = Build(
    source="bb",
    buildid=1,
    number=1,
    builderid=1,
    buildrequestid=1,
    worker="w",
    branch="main",
    revision="a" * 40,
    repository=None,
    scheduled_by=ScheduledBy.BRANCH,
    result=Result.FAILURE,
    started_at=datetime(2026, 1, 1, tzinfo=UTC),
    complete_at=datetime(2026, 1, 1, 1, tzinfo=UTC),
)
LOG = Log(logid=1, step="test", step_number=1, step_result=Result.FAILURE, name="stdio", lines=9)


def make_failure(passed: bool | None = None, kind: Kind = Kind.TEST_FAILURE) -> Failure:
    return Failure("regrtest", kind, "test.test_x.T.test_a", "boom", passed_on_rerun=passed)


def find_flags(*failures: Failure, build: Build = RED) -> list[bool]:
    sightings = find_occurrences(build, [(LOG, Reading(failures=failures))])
    assert len({sighting.signature for sighting in sightings}) == len(sightings)
    return [sighting.passed_on_rerun for sighting in sightings]


@pytest.mark.parametrize(
    ("failures", "flags"),
    [
        ((), []),
        ((None,), [False]),
        ((True,), [True]),
        ((True, True), [True]),
        ((True, False), [False]),
        ((None, True), [False]),
    ],
)
def test_what_failed_twice_and_passed_once_again_has_failed(
    failures: tuple[bool | None, ...], flags: list[bool]
) -> None:
    """One signature that is both red and flaky in one build would speak for and against a pull."""
    assert find_flags(*map(make_failure, failures)) == flags


def test_a_green_build_shows_only_what_passed_when_run_again() -> None:
    """Tests print failures on purpose; a build that ended well vouches for them."""
    green = replace(RED, result=Result.SUCCESS)
    assert find_flags(make_failure(None), build=green) == []
    assert find_flags(make_failure(True), build=green) == [True]


@pytest.mark.parametrize("kind", [Kind.INFRA, Kind.UNKNOWN, Kind.INTERRUPTED])
def test_what_is_nobodys_opens_nothing(kind: Kind) -> None:
    """A full disk is no commit."""
    assert find_flags(make_failure(kind=kind)) == []


def test_what_was_not_read_to_its_end_shows_nothing() -> None:
    """Half a log says nothing of what stands in the other half."""
    reading = Reading(failures=(make_failure(),))
    whole, half = (LOG, reading), (LOG, replace(reading, partial=True))
    assert find_occurrences(RED, [whole, half]) == ()
    assert find_occurrences(replace(RED, branch=None), [whole]) == ()
    assert find_occurrences(RED, []) == ()
    assert [sighting.step for sighting in find_occurrences(RED, [whole])] == ["test"]


RUN = TestRun("regrtest", complete=True)
TEST = "test.test_x.T.test_a"


@pytest.mark.parametrize(
    ("build", "reading", "reached"),
    [
        (RED, Reading(failures=(make_failure(),), runs=(RUN,)), True),  # it is listed as failed
        (RED, Reading(failures=(make_failure(),), runs=(RUN,), partial=True), False),
        (RED, Reading(failures=(make_failure(kind=Kind.INFRA),), runs=(RUN,)), False),
        (
            replace(RED, result=Result.SUCCESS),
            Reading(failures=(make_failure(),), runs=(RUN,)),
            False,
        ),
        (replace(RED, result=Result.SUCCESS), Reading(runs=(RUN,)), True),
    ],
    ids=["red", "partial", "machine", "green that lists it", "green"],
)
def test_a_failure_that_is_left_out_has_not_passed(
    build: Build, reading: Reading, reached: bool
) -> None:
    """Two thousand failures were too many to be told, and each of them counted as a pass."""
    placed = place_runs(build, LOG, reading)
    assert [run.reached(TEST) for run in placed.runs] == [reached]
    assert {run.step for run in placed.runs} == {"test"}
