"""Builds as lists show them: of a builder, of a worker, of what failed in them.

In: a condition. Out: finished builds, the newest first.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, select

from bot.core.model import BuildRef, ScheduledBy
from bot.core.model.build_results import Result
from bot.core.trends.builds import BuildSummary
from bot.store.engine.tables import builds

COLUMNS = (
    builds.c.source,
    builds.c.buildid,
    builds.c.number,
    builds.c.builder,
    builds.c.worker,
    builds.c.branch,
    builds.c.revision,
    builds.c.result,
    builds.c.scheduled_by,
    builds.c.started_at,
    builds.c.complete_at,
    builds.c.url,
    builds.c.repo_id,
)
"""What a summary is made of: all that lies before the bulk of a build."""

FINISHED = and_(builds.c.complete_at.is_not(None), builds.c.result.is_not(None))
NEWEST = (builds.c.complete_at.desc(), builds.c.buildid.desc())


def select_newest(wanted: ColumnElement[bool], limit: int) -> Select[*tuple[Any, ...]]:
    """The newest finished builds of a kind."""
    return select(*COLUMNS).where(wanted, FINISHED).order_by(*NEWEST).limit(limit)


def load_summaries(
    connection: Connection, found: Select[*tuple[Any, ...]]
) -> tuple[BuildSummary, ...]:
    """What a query of `COLUMNS` finds."""
    return tuple(make_summary(row) for row in connection.execute(found).mappings())


def make_summary(row: RowMapping, *, flaked: bool = False) -> BuildSummary:
    """From `COLUMNS`."""
    return BuildSummary(
        ref=BuildRef(row["source"], row["buildid"]),
        number=row["number"],
        builder=row["builder"],
        worker=row["worker"],
        branch=row["branch"],
        revision=row["revision"],
        result=Result(row["result"]),
        scheduled_by=ScheduledBy(row["scheduled_by"]),
        started_at=row["started_at"],
        complete_at=row["complete_at"],
        url=row["url"],
        repo_id=row["repo_id"],
        flaked=flaked,
    )
