"""Lists of what is thought, said and asked in the repositories, page by page.

In: the same tables as the road's. Out: rows for the dashboard and the API, the newest first; read
only.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Incident, PullComment, Repository
from bot.core.model.commands import AuditEntry, Feedback
from bot.core.model.request_records import RequestRecord
from bot.core.ports import Clock
from bot.store.command_rows import parse_audit_entry, parse_feedback
from bot.store.engine.database import Database, shielded
from bot.store.engine.request_tables import requests
from bot.store.engine.tables import actions, commits, incidents, labels, repositories, speech
from bot.store.incidents import load_pull_comments
from bot.store.json_documents import parse_incident_document
from bot.store.read_models.visible import (
    LAST_OFFSET,
    REPOSITORY,
    Visible,
    is_visible,
    make_repository,
)
from bot.store.request_rows import parse_request

# A remark may come from a repository of which no build was ever seen.
_NAMES = ((repositories.c.full_name, ""), (repositories.c.default_branch, ""))


class RepositoryPages:
    """Implements `ports.DashboardStore` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def load_pull_comments(
        self, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[tuple[Repository, PullComment, str | None]]:
        """Repository, speech and the merge commit's sha where known; newest pulls first."""
        page = (
            select(*REPOSITORY, speech.c.number)
            .join(repositories, repositories.c.repo_id == speech.c.repo_id)
            .where(is_visible(speech, visible))
            .order_by(speech.c.number.desc(), speech.c.repo_id.desc())
            .offset(min(offset, LAST_OFFSET))
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(page)).all()
            pulls = [(row.repo_id, row.number) for row in rows]
            times = self._database.times(self._clock.now())
            loaded = await load_pull_comments(connection, pulls, times)
            spoken = {(s.repo_id, s.number): s for s in loaded}
            merges = await _load_merges(connection, pulls)
        return [
            (make_repository(row), spoken[pull], merges.get(pull))
            for row, pull in zip(rows, pulls, strict=True)
        ]

    @shielded
    async def load_incident_page(
        self, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[tuple[Repository, Incident]]:
        """Incidents with the repository they are in, newest first."""
        page = (
            _SELECT_INCIDENTS.where(is_visible(incidents, visible))
            .order_by(incidents.c.opened_at.desc(), incidents.c.id.desc())
            .offset(min(offset, LAST_OFFSET))
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [_make_incident(row) for row in await connection.execute(page)]

    @shielded
    async def load_audit_page(
        self, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[tuple[Repository, AuditEntry]]:
        """What people told us to do, and what came of it; the newest first."""
        newest = (actions.c.acted_at.desc(), actions.c.comment_id.desc(), actions.c.position.desc())
        rows = await self._load_page(actions, newest, offset, limit, visible)
        return [(make_repository(row), parse_audit_entry(row._mapping)) for row in rows]

    @shielded
    async def load_feedback_page(
        self, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[tuple[Repository, Feedback]]:
        """What later words and reverts say of our verdicts; the newest first."""
        newest = (labels.c.said_at.desc(), labels.c.incident_id, labels.c.source)
        rows = await self._load_page(labels, newest, offset, limit, visible)
        return [(make_repository(row), parse_feedback(row._mapping)) for row in rows]

    @shielded
    async def load_request_page(
        self, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[tuple[Repository, RequestRecord]]:
        """What was asked for, the newest first."""
        newest = (requests.c.asked_at.desc(), requests.c.id)
        rows = await self._load_page(requests, newest, offset, limit, visible)
        return [(make_repository(row), parse_request(row._mapping)) for row in rows]

    async def _load_page(
        self,
        table: Table,
        order: Sequence[ColumnElement[Any]],
        offset: int,
        limit: int,
        visible: Visible,
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Rows of a table, with the name of their repository as far as it is known."""
        named = (func.coalesce(c, other).label(c.name) for c, other in _NAMES)
        page = (
            select(table, *named)
            .outerjoin(repositories, repositories.c.repo_id == table.c.repo_id)
            .where(is_visible(table, visible))
            .order_by(*order)
            .offset(min(offset, LAST_OFFSET))
            .limit(limit)
        )
        async with self._database.read() as connection:
            return (await connection.execute(page)).all()

    @shielded
    async def load_incident(self, incident_id: str) -> tuple[Repository, Incident] | None:
        """One incident."""
        found = _SELECT_INCIDENTS.where(incidents.c.id == incident_id).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(found)).one_or_none()
        return _make_incident(row) if row else None


_SELECT_INCIDENTS = select(*REPOSITORY, incidents.c.document).join(
    repositories, repositories.c.repo_id == incidents.c.repo_id
)


async def _load_merges(
    connection: AsyncConnection, pulls: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """The last commit of each pull on its line: of several by rebase, the one that merged."""
    if not pulls:
        return {}
    found = (
        select(commits.c.repo_id, commits.c.pull, commits.c.sha)
        .where(or_(*(_is_of_pulls(*of) for of in groupby(sorted(pulls), itemgetter(0)))))
        .order_by(commits.c.epoch, commits.c.position)
    )
    return {(row.repo_id, row.pull): row.sha for row in await connection.execute(found)}


def _is_of_pulls(repo_id: int, pulls: Iterable[tuple[int, int]]) -> ColumnElement[bool]:
    """Pairs in one list would be looked for without the index."""
    return and_(commits.c.repo_id == repo_id, commits.c.pull.in_([number for _, number in pulls]))


def _make_incident(row: Row[*tuple[Any, ...]]) -> tuple[Repository, Incident]:
    return make_repository(row), parse_incident_document(row.document)
