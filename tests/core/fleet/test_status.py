"""How builders stand, as a watcher is told: each row a fleet."""

from dataclasses import replace

from bot.core.fleet.release import Standing
from bot.core.fleet.status import (
    FleetStatus,
    find_named_shas,
    find_red_builds,
    make_branch_status,
)
from bot.core.model import BuilderRange, BuildRef, Commit, RegressionRange
from bot.core.model.build_results import Result
from tests.core.fleet.test_release import GREEN, NOW, RED, Row, make_record
from tests.support.make_stored import make_incident

SHAS = [letter * 40 for letter in "edcba"]


def make_status(rows: dict[str, Row]) -> FleetStatus:
    records = [make_record(name, row) for name, row in rows.items()]
    branch = make_branch_status(*("o/r", "main", records, ()), sites={}, commits={}, now=NOW)
    return FleetStatus(NOW, (branch,))


def test_what_is_red_comes_first_then_stable_ones_by_tier() -> None:
    status = make_status(
        {
            "green 1": Row("tier-1", (GREEN,)),
            "green none": Row("", (GREEN,)),
            "unstable red": Row("", (RED,), stable=False),
            "red 2": Row("tier-2", (RED, RED)),
        }
    )
    (branch,) = status.branches
    names = [b.builder for b in branch.builders]
    assert names == ["red 2", "unstable red", "green 1", "green none"]
    assert branch.answer.value == "no"


def test_only_stable_builders_count_unless_there_are_none() -> None:
    rows = {"a": Row("", (RED,), stable=False), "b": Row("", (GREEN,))}
    assert make_status(rows).red == ()
    del rows["b"]
    assert [b.builder for b in make_status(rows).red] == ["a"]


def test_one_that_has_not_built_for_a_week_is_idle_and_not_red() -> None:
    status = make_status({"a": Row("", (RED,), hours=24 * 8)})
    assert status.red == ()
    assert status.branches[0].builders[0].standing is Standing.IDLE


def test_a_strip_tells_running_and_odd_ends_the_oldest_first() -> None:
    status = make_status({"a": Row("", (None, RED, Result.RETRY, GREEN))})
    (builder,) = status.branches[0].builders
    assert builder.strip == ("success", "retry", "failure", "running")


def test_since_which_commit_it_is_red_and_what_was_green_before() -> None:
    record = make_record("a", Row("", (RED, Result.EXCEPTION, RED, GREEN, GREEN)))
    builds = tuple(replace(b, revision=s) for b, s in zip(record.builds, SHAS, strict=True))
    record = replace(record, builds=builds)
    commit = Commit(SHAS[2], None, NOW, "Break it", None, 7)
    branch = make_branch_status(
        *("o/r", "main", [record], ()),
        sites={builds[0].ref: ("test_a",)},
        commits={SHAS[2]: commit},
        now=NOW,
    )
    (builder,) = branch.builders
    assert builder.first_bad is not None
    assert (builder.first_bad.sha, builder.first_bad.pull) == (SHAS[2], 7)
    assert builder.last_good == SHAS[3]
    assert builder.failing == ("test_a",)
    assert (builder.reds, builder.is_red_before) == (2, False)
    assert [b.ref for b in find_red_builds([record])] == [builds[0].ref]
    assert find_named_shas([record], ()) == {SHAS[2]}


def test_red_for_as_far_back_as_we_look_is_said_to_be_older() -> None:
    (builder,) = make_status({"a": Row("", (RED, RED))}).branches[0].builders
    assert builder.is_red_before


def test_of_a_failure_that_is_known_the_range_tells_the_commit() -> None:
    record = make_record("a", Row("", (RED, RED, GREEN)))
    bounds = RegressionRange("8" * 40, "9" * 40)
    ranges = (BuilderRange("a", bounds, None, BuildRef("buildbot", 99)),)
    incident = make_incident("i1", builders=("a",), ranges=ranges)
    branch = make_branch_status(
        *("o/r", "main", [record], [incident]), sites={}, commits={}, now=NOW
    )
    (builder,) = branch.builders
    assert [i.id for i in builder.incidents] == [incident.id]
    assert builder.first_bad is not None
    assert builder.first_bad.sha == "9" * 40
