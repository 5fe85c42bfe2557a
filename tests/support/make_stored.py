"""Facts, commits and incidents with as little said as a test needs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import model
from bot.core.model.build_results import Result
from tests.support.refs import ref, refs

MOMENT = datetime(2026, 3, 2, 11, tzinfo=UTC)


def make_facts(buildid: int, **changes: Any) -> model.BuildRecord:
    build = model.Build(
        source="bb",
        buildid=buildid,
        number=buildid,
        builderid=1,
        buildrequestid=buildid,
        worker="wk",
        branch="main",
        revision="a" * 40,
        repository="o/r",
        scheduled_by=model.ScheduledBy.BRANCH,
        result=Result.FAILURE,
        started_at=MOMENT,
        complete_at=MOMENT,
    )
    builder = model.Builder("bb", 1, "AMD64 Debian")
    return model.BuildRecord(build=replace(build, **changes), builder=builder, repo_id=1)


def make_commit(sha: str, pull: int | None = None, **changes: Any) -> model.Commit:
    commit = model.Commit(
        sha=sha, parent=None, at=MOMENT, title=f"Change {sha}", author="ada", pull=pull
    )
    return replace(commit, **changes)


def make_incident(id_: str, hours: int = 0, **changes: Any) -> model.Incident:
    incident = model.Incident(
        id=id_,
        branch="main",
        signatures=(),
        builders=("AMD64 Debian",),
        verdict=model.Verdict.UNKNOWN,
        state=model.IncidentState.OPEN,
        range=model.RegressionRange(None, None),
        ranges=(),
        suspects=(),
        opened_at=MOMENT + timedelta(hours=hours),
        first_red_build=ref(1),
        red_builds=refs(1),
    )
    return replace(incident, **changes)
