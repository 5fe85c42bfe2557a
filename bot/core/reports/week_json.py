"""A week's report as JSON: what `/api/v1/report` and `report --format json` tell.

In: a `WeekReport`. Out: what `json.dumps` takes; times are ISO 8601 in UTC, spans are hours.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.core.reports.fleet_json import render_advice
from bot.core.reports.weekly import RECOVERY_HOURS, IncidentLine, WeekReport

Json = dict[str, Any]


def render_week_json(report: WeekReport) -> Json:
    """All of it."""
    typical = report.typical_recovery
    return {
        "since": _iso(report.since),
        "until": _iso(report.now),
        "builds": report.builds,
        "releases": [
            {"branch": name, "answer": status.answer.value, "reason": status.reason}
            for name, status in report.releases
        ],
        "still_open": [_render_line(line) for line in report.still_open],
        "new": [_render_line(line) for line in report.new],
        "fixed": [_render_line(line) for line in report.fixed],
        "flaky": [
            {
                "test": line.name,
                "incidents": line.incidents,
                "passed_on_rerun": line.builds,
                "builders": list(line.builders),
                "lost_hours": _hours(line.lost),
                "issues": list(line.issues),
            }
            for line in report.flaky
        ],
        "lost_hours": _hours(report.lost),
        "fixers": [{"author": who, "fixed": count} for who, count in report.fixers],
        "builders_added": list(report.added),
        "builders_gone": list(report.gone),
        "advice": render_advice(report.advice),
        "failure_rates": [
            {"builder": r.builder, "builds": r.builds, "failed": r.failed, "broken": r.broken}
            for r in report.rates
        ],
        "red_to_fixed": {
            "median_hours": None if typical is None else _hours(typical),
            "up_to_hours": [*RECOVERY_HOURS, None],
            "fixed": list(report.recovery),
        },
        "flakes_by_week": [
            {"from": day.isoformat(), "flakes": count} for day, count in report.flakes_by_week
        ],
    }


def _render_line(line: IncidentLine) -> Json:
    fix = line.fixed_by
    return {
        "id": line.id,
        "branch": line.branch,
        "tests": list(line.tests),
        "builders": list(line.builders),
        "verdict": line.verdict.value,
        "state": line.state.value,
        "pull": line.pull,
        "issue": line.issue or None,
        "percent": line.percent if line.pull is not None else None,
        "opened": _iso(line.opened_at),
        "closed": _iso(line.closed_at) if line.closed_at else None,
        "fixed_by": {"sha": fix.sha, "pull": fix.pull, "author": fix.author} if fix else None,
    }


def _iso(at: datetime) -> str:
    return at.isoformat()


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 2)
