"""Incidents as a feed or a list tells them: the newest of some kind, and when each last turned.

In: a branch, builders, a state, or none of these. Out: rows; read only.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, select, true

from bot.core.model import Incident, IncidentState, Repository
from bot.store.engine.database import Database, chunks, shielded
from bot.store.engine.page_tables import decisions, incident_parts
from bot.store.engine.tables import incidents, repositories
from bot.store.json_documents import parse_incident_document
from bot.store.read_models.visible import (
    LAST_OFFSET,
    REPOSITORY,
    Visible,
    is_visible,
    make_repository,
)

_Found = Select[int, str, str, str]


class IncidentFeed:
    """Implements `web.feeds.FeedStore` and the list of incidents on the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @shielded
    async def load_newest_incidents(
        self,
        visible: Visible,
        branch: str | None,
        builders: Collection[str] | None,
        limit: int,
    ) -> Sequence[tuple[Repository, Incident]]:
        """The newest incidents, of one branch or of all, on any of these builders or on all."""
        on_any = exists().where(
            incident_parts.c.repo_id == incidents.c.repo_id,
            incident_parts.c.branch == incidents.c.branch,
            incident_parts.c.id == incidents.c.id,
            incident_parts.c.kind == "builder",
            incident_parts.c.name.in_(sorted(builders or ())),
        )
        found = _select(visible).where(
            true() if branch is None else incidents.c.branch == branch,
            true() if builders is None else on_any,
        )
        return await self._load(found.limit(limit))

    @shielded
    async def load_incident_list(
        self, state: IncidentState | None, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[tuple[Repository, Incident]]:
        """Incidents in a state, or all, the newest first."""
        wanted = true() if state is None else incidents.c.state == state.value
        page = _select(visible).where(wanted).offset(min(offset, LAST_OFFSET)).limit(limit)
        return await self._load(page)

    @shielded
    async def load_turns(
        self, incidents: Collection[tuple[int, str]]
    ) -> Mapping[tuple[int, str], datetime]:
        """When each, by repository and id, got the verdict and the state that it has.

        Those of which nothing was written down are left out.
        """
        known: dict[int, list[str]] = {}
        for repo_id, name in sorted(incidents):
            known.setdefault(repo_id, []).append(name)

        def load(connection: Connection) -> dict[tuple[int, str], datetime]:
            found: dict[tuple[int, str], datetime] = {}
            for repo_id, names in known.items():
                for part in chunks(names):
                    found |= _load_turns(connection, repo_id, part)
            return found

        return await self._database.read_at_once(load, single=False)

    async def _load(self, found: _Found) -> list[tuple[Repository, Incident]]:
        rows = await self._database.read_at_once(lambda c: c.execute(found).all(), single=True)
        return [(make_repository(row), parse_incident_document(row.document)) for row in rows]


def _select(visible: Visible) -> _Found:
    return (
        select(*REPOSITORY, incidents.c.document)
        .join(repositories, repositories.c.repo_id == incidents.c.repo_id)
        .where(is_visible(incidents, visible))
        .order_by(incidents.c.opened_at.desc(), incidents.c.id)
    )


def _load_turns(
    connection: Connection, repo_id: int, names: Sequence[str]
) -> dict[tuple[int, str], datetime]:
    own = and_(decisions.c.repo_id == repo_id, decisions.c.subject.in_(names))
    columns = (decisions.c.subject, decisions.c.at, decisions.c.verdict, decisions.c.state)
    newest = select(*columns).where(own).order_by(decisions.c.subject, decisions.c.position.desc())
    found = {}
    for name, group in groupby(connection.execute(newest).all(), lambda row: row.subject):
        rows = list(group)
        before = (at for at, row in enumerate(rows) if not _is_same(row, rows[0]))
        found[repo_id, name] = rows[next(before, len(rows)) - 1].at
    return found


def _is_same(one: Row[*tuple[Any, ...]], other: Row[*tuple[Any, ...]]) -> bool:
    return (one.verdict, one.state) == (other.verdict, other.state)
