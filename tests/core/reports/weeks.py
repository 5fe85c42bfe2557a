"""A week with something of everything, for reports."""

from datetime import timedelta
from typing import Any

from bot.core.fleet.builder_record import BuilderRecord
from bot.core.model import (
    BuildRef,
    Commit,
    Fix,
    IncidentState,
    KnownBuilder,
    RegressionRange,
    Repository,
    Verdict,
)
from bot.core.model.build_results import Result
from bot.core.ports import BranchFleet
from bot.core.ports.reports import Flaked, ResultCount, WeekFacts
from tests.core.fleet.test_release import GREEN, NOW, RED, Row, make_record
from tests.support.make_observations import make_signature
from tests.support.make_stored import make_incident

SINCE = NOW - timedelta(days=7)
HOME = Repository(1, "o/r", "main")
NASTY = "test_a | @octocat <img src=x onerror=alert(1)> `x` [y](z) \x1b[2J\n# No"


def ago(hours: float) -> timedelta:
    return timedelta(hours=hours)


def make_week(name: str = "test_ssl") -> WeekFacts:
    site = make_signature(name)
    fix = Commit("f" * 40, None, NOW, "Mend it", "octocat", 9)
    common: dict[str, Any] = {"signatures": (site,), "builders": ("A",)}
    incidents = [
        make_incident("old", opened_at=NOW - ago(24 * 9), **common),
        make_incident(
            "new", opened_at=NOW - ago(5), pull=7, confidence=0.97, verdict=Verdict.SUSPECTED,
            **common,
        ),
        make_incident(
            "mended", opened_at=NOW - ago(30), closed_at=NOW - ago(20), state=IncidentState.FIXED,
            fix=Fix(RegressionRange("d" * 40, "f" * 40), 9, "f" * 40), **common,
        ),
        make_incident(
            "flake", opened_at=NOW - ago(50), state=IncidentState.CLOSED, verdict=Verdict.FLAKY,
            red_builds=(BuildRef("bb", 1), BuildRef("bb", 2)),
            **{**common, "signatures": (site, make_signature("test_b"))},
        ),
        make_incident(
            "taken back", opened_at=NOW - ago(60), state=IncidentState.WITHDRAWN, **common
        ),
    ]  # fmt: skip
    records: tuple[BuilderRecord, ...] = (make_record("A", Row("tier-1", (RED, RED, GREEN))),)
    return WeekFacts(
        since=SINCE,
        fleets=[BranchFleet(HOME, "main", records)],
        incidents=[(HOME, incident) for incident in incidents],
        builders=[
            make_known("A", 24 * 90),
            make_known("B", 24 * 2),
            make_known("C", 24 * 90, gone=24),
        ],
        counts=[
            ResultCount("A", Result.SUCCESS, 6),
            ResultCount("A", Result.FAILURE, 3),
            ResultCount("A", Result.EXCEPTION, 1),
            ResultCount("B", Result.WARNINGS, 4),
        ],
        flaked=[
            Flaked(name, "A", NOW - ago(10)),
            Flaked(name, "B", NOW - ago(24 * 12)),
            Flaked("test_c", "B", NOW - ago(3)),
        ],
        flaky_began=[NOW - ago(50)],
        took={BuildRef("bb", 1): ago(2), BuildRef("bb", 2): ago(1)},
        commits={(1, "f" * 40): fix},
        told={(1, "new", 7)},
    )


def make_known(name: str, came: float, gone: float | None = None) -> KnownBuilder:
    return KnownBuilder(
        source="bb",
        builderid=ord(name),
        name=name,
        tags=frozenset(),
        workers=frozenset(),
        came_at=NOW - ago(came),
        gone_at=None if gone is None else NOW - ago(gone),
        settled=gone is not None,
    )
