"""May we release? A table of fleets, and what a release manager is told of each."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.release import ReleaseAnswer, Standing, decide_release
from bot.core.model import (
    BuildRef,
    IncidentState,
    Verdict,
)
from bot.core.model.build_results import Result
from tests.support.make_stored import make_incident

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GREEN, RED, ODD = Result.SUCCESS, Result.FAILURE, Result.EXCEPTION


@dataclass(frozen=True)
class Row:
    """A builder: its tags, its results with the newest first, and how old the newest is."""

    tags: str
    results: tuple[Result | None, ...]
    hours: float = 1
    stable: bool = True


def make_record(name: str, row: Row) -> BuilderRecord:
    builds = tuple(
        RecentBuild(
            ref=BuildRef("buildbot", 100 - at),
            number=100 - at,
            worker="w",
            revision=None,
            result=result,
            started_at=(ended := NOW - timedelta(hours=row.hours + at)) - timedelta(minutes=30),
            complete_at=None if result is None else ended,
            url="",
        )
        for at, result in enumerate(row.results)
    )
    return BuilderRecord(name, tuple(row.tags.split()), row.stable, builds)


YES, WAIT, NO, UNKNOWN = ReleaseAnswer
OLD = 24 * 8.0

CASES: dict[str, tuple[dict[str, Row], ReleaseAnswer, dict[str, str]]] = {
    "all green": ({"A": Row("tier-1", (GREEN,)), "B": Row("", (GREEN,))}, YES, {"green": "AB"}),
    "warnings are green": ({"A": Row("tier-1", (Result.WARNINGS,))}, YES, {"green": "A"}),
    "tier 1 keeps failing": ({"A": Row("tier-1", (RED, RED))}, NO, {"blocking": "A"}),
    "tier 2 keeps failing": ({"A": Row("tier-2", (RED, RED))}, NO, {"blocking": "A"}),
    "tier 1 is red once": ({"A": Row("tier-1", (RED, GREEN))}, WAIT, {"awaited": "A"}),
    "an odd end between is no end": (
        {"A": Row("tier-1", (ODD, RED, ODD, RED))}, NO, {"blocking": "A"},
    ),
    "what runs says nothing yet": (
        {"A": Row("tier-1", (None, RED, GREEN))}, WAIT, {"awaited": "A"},
    ),
    "green again": ({"A": Row("tier-1", (GREEN, RED, RED))}, YES, {"green": "A"}),
    "tier 3 concerns only": (
        {"A": Row("tier-1", (GREEN,)), "C": Row("tier-3", (RED, RED))},
        YES, {"green": "A", "concerns": "C"},
    ),
    "untagged concerns only": (
        {"A": Row("tier-1", (GREEN,)), "C": Row("", (RED,))}, YES, {"green": "A", "concerns": "C"},
    ),
    "unstable does not count": (
        {"A": Row("tier-1", (GREEN,)), "U": Row("tier-1", (RED, RED), stable=False)},
        YES, {"green": "A"},
    ),
    "long not built is told and not red": (
        {"A": Row("tier-1", (GREEN,)), "S": Row("tier-2", (RED, RED), hours=OLD)},
        YES, {"green": "A", "idle": "S"},
    ),
    "tier 1 long not built is not known": (
        {"A": Row("tier-1", (GREEN,)), "S": Row("tier-1", (GREEN,), hours=OLD)},
        UNKNOWN, {"green": "A", "idle": "S"},
    ),
    "what fails outweighs what is not known": (
        {"A": Row("tier-2", (RED, RED)), "S": Row("tier-1", (GREEN,), hours=OLD)},
        NO, {"blocking": "A", "idle": "S"},
    ),
    "long not built alone is no yes": (
        {"A": Row("tier-1", (GREEN,), hours=OLD)}, UNKNOWN, {"idle": "A"},
    ),
    "no tier at all is no yes": (
        {"A": Row("", (GREEN,)), "B": Row("", (RED, RED))},
        UNKNOWN, {"green": "A", "concerns": "B"},
    ),
    "never built": ({"A": Row("tier-1", (ODD,)), "B": Row("tier-2", ())}, UNKNOWN, {"idle": "AB"}),
    "nobody": ({}, UNKNOWN, {}),
}  # fmt: skip


@pytest.mark.parametrize(("fleet", "answer", "groups"), CASES.values(), ids=CASES.keys())
def test_what_a_release_manager_is_told(
    fleet: dict[str, Row], answer: ReleaseAnswer, groups: dict[str, str]
) -> None:
    status = decide_release("main", [make_record(*item) for item in fleet.items()], (), NOW)
    told = {
        name: "".join(s.builder for s in getattr(status, name))
        for name in ("blocking", "awaited", "concerns", "idle", "green")
    }
    assert status.answer is answer
    assert {name: names for name, names in told.items() if names} == groups
    assert status.reason


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [
        (Verdict.CONFIRMED, NO),
        (Verdict.SUSPECTED, NO),
        (Verdict.OLD, NO),
        (Verdict.UNKNOWN, WAIT),
        (Verdict.FLAKY, WAIT),
        (Verdict.ENVIRONMENT, WAIT),
    ],
)
def test_one_red_build_blocks_when_it_is_known_to_persist(
    verdict: Verdict, answer: ReleaseAnswer
) -> None:
    record, incident = (
        make_record("A", Row("tier-1", (RED, GREEN))),
        make_incident("i1", verdict=verdict, builders=("A",)),
    )
    told = decide_release("main", [record], [incident], NOW)
    assert told.answer is answer
    (standing,) = told.blocking + told.awaited
    assert standing.incidents == ("i1",)
    over = replace(incident, state=IncidentState.FIXED)
    assert decide_release("main", [record], [over], NOW).answer is WAIT
    other = make_incident("i1", verdict=verdict, builders=("B",))
    assert decide_release("main", [record], [other], NOW).answer is WAIT


def test_a_red_builder_is_told_since_when_and_the_worst_tiers_come_first() -> None:
    fleet = {
        "Z": Row("tier-1 tier-3", (RED, RED, RED, GREEN)),
        "B": Row("tier-2", (RED, RED)),
        "A": Row("tier-2", (RED, RED)),
    }
    status = decide_release("main", [make_record(*item) for item in fleet.items()], (), NOW)
    assert [s.builder for s in status.blocking] == ["Z", "A", "B"]
    assert (status.blocking[0].tier, status.blocking[0].reds) == (1, 3)
    assert status.blocking[0].since == NOW - timedelta(hours=3)
    assert status.blocking[0].standing is Standing.FAILING
