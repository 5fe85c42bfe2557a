"""A branch as the grid looks at it: a page of commits or of hours, and the builds in it.

In: a branch, where a page begins. Out: rows; read only, each by an index.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, null, select

from bot.core.fleet.builder_record import BuilderRecord
from bot.core.fleet.grid import BuiltBy
from bot.core.model import Incident, Repository
from bot.core.ports import Clock, CommitPage
from bot.store.commits import is_branch
from bot.store.engine.database import Database, chunks
from bot.store.engine.tables import branches, builds, commits, incidents
from bot.store.json_documents import parse_incident_document
from bot.store.read_models.fleet_pages import (
    BRANCHES,
    BUILD_COLUMNS,
    load_gone,
    load_records,
    make_recent_build,
)
from bot.store.read_models.visible import Visible, is_visible, make_repository
from bot.store.row_mapping import parse_commit

_MOST_INCIDENTS = 100  # of a branch, the newest


class GridPages:
    """Implements `ports.GridStore` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load_built_branches(
        self, visible: Visible = None
    ) -> Sequence[tuple[Repository, str]]:
        """Each branch that was ever built, of each repository its default branch first."""
        wanted = BRANCHES.where(is_visible(branches, visible))
        rows = await self._database.read_at_once(lambda c: c.execute(wanted).all(), single=True)
        found = [(make_repository(row), str(row.branch)) for row in rows]
        return sorted(found, key=lambda f: (f[0].full_name, f[1] != f[0].default_branch, f[1]))

    async def load_builders_of(self, repo_id: int, branch: str) -> tuple[BuilderRecord, ...]:
        """The builders of a branch with their latest builds, by name."""
        return await self._database.read_at_once(
            lambda c: load_records(c, repo_id, branch, load_gone(c)), single=False
        )

    async def load_commit_page(
        self, repo_id: int, branch: str, before: int | None, limit: int
    ) -> CommitPage:
        """Commits of the branch's line below a position, the newest first; None: from its tip."""
        epoch = select(branches.c.epoch).where(is_branch(branches, repo_id, branch))
        line = select(commits, null().label("paths")).where(
            is_branch(commits, repo_id, branch), commits.c.epoch == epoch.scalar_subquery()
        )
        if before is not None:
            line = line.where(commits.c.position < before)
        page = line.order_by(commits.c.position.desc()).limit(limit + 1)
        rows = await self._database.read_at_once(
            lambda c: c.execute(page).mappings().all(), single=True
        )
        shown = rows[:limit]
        return CommitPage(
            commits=tuple(map(parse_commit, shown)),
            first=shown[0]["position"] if shown else None,
            last=shown[-1]["position"] if shown else None,
            goes_on=len(rows) > limit,
        )

    async def load_builds_of(
        self, repo_id: int, branch: str, shas: Collection[str]
    ) -> Sequence[BuiltBy]:
        """All builds of these commits on this branch."""
        here = select(*BUILD_COLUMNS).where(is_branch(builds, repo_id, branch))
        parts = [here.where(builds.c.revision.in_(part)) for part in chunks(sorted(set(shas)))]
        return await self._database.read_at_once(lambda c: _load_built(c, parts), single=False)

    async def load_builds_before(
        self, repo_id: int, branch: str, before: datetime, limit: int
    ) -> Sequence[BuiltBy]:
        """The last builds of a branch that ended before a moment."""
        found = (
            select(*BUILD_COLUMNS)
            .where(is_branch(builds, repo_id, branch), builds.c.complete_at < before)
            .order_by(builds.c.complete_at.desc(), builds.c.buildid.desc())
            .limit(limit)
        )
        return await self._database.read_at_once(lambda c: _load_built(c, [found]), single=True)

    async def load_moment_after(
        self, repo_id: int, branch: str, after: datetime, count: int
    ) -> datetime | None:
        """When the last of so many builds of a branch ended, from a moment on; None: fewer did."""
        found = (
            select(builds.c.complete_at)
            .where(is_branch(builds, repo_id, branch), builds.c.complete_at >= after)
            .order_by(builds.c.complete_at)
            .offset(count - 1)
            .limit(1)
        )
        return await self._database.read_at_once(lambda c: c.scalar(found), single=True)

    async def load_incidents_of(self, repo_id: int, branch: str) -> Sequence[Incident]:
        """The newest incidents of a branch, open or not; a bounded number."""
        found = (
            select(incidents.c.document)
            .where(is_branch(incidents, repo_id, branch))
            .order_by(incidents.c.opened_at.desc(), incidents.c.id)
            .limit(_MOST_INCIDENTS)
        )
        rows = await self._database.read_at_once(lambda c: c.scalars(found).all(), single=True)
        return [parse_incident_document(document) for document in rows]


def _load_built(connection: Connection, parts: Sequence[Select[*tuple[Any, ...]]]) -> list[BuiltBy]:
    return [
        BuiltBy(row.builder, make_recent_build(row))
        for part in parts
        for row in connection.execute(part)
    ]
