"""What people look at: the inbox in figures, pages of speech and of incidents, named reasons.

In: the same tables as the road's. Out: rows for `/health`, the dashboard and the API; read only.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Incident, Repository, Speech
from bot.core.people import Action, Label
from bot.ports import STUCK_AFTER, InboxDepth, Notes, StuckKey
from bot.store.documents import parse_incident_document
from bot.store.engine import uncancelled
from bot.store.inbox import is_free
from bot.store.incidents import load_speeches
from bot.store.keys import KNOWN_KINDS, make_key
from bot.store.moments import Moments
from bot.store.people_rows import parse_action, parse_label
from bot.store.tables import (
    actions,
    builds,
    commits,
    inbox,
    incidents,
    labels,
    repositories,
    speech,
)
from bot.store.times import Times
from bot.store.troubles import Troubles

# A key that failed each time for so long is stuck, too, if its back-off was asked for by others.
_FAILING_TOO_LONG = timedelta(hours=1)

# Reasons repeat: a few of the latest tell the story.
_NOTES = 10
_STUCK_KEYS = 100

# Far past any page, and within what every database can count to.
_LAST_OFFSET = 1_000_000_000

# A remark may come from a repository of which no build was ever seen.
_NAMES = ((repositories.c.full_name, ""), (repositories.c.default_branch, ""))
_REPOSITORY = (repositories.c.repo_id, repositories.c.full_name, repositories.c.default_branch)


class Views(Moments, Troubles):
    """Implements `ports.HealthStore` and `ports.DashboardStore` on the database."""

    # ------------------------------------------------------------ health

    @uncancelled
    async def load_depth(self) -> InboxDepth:
        """The inbox in figures; what somebody works on is not overdue."""
        times = self._database.times(self._clock.now())
        known = inbox.c.kind.in_(KNOWN_KINDS)
        overdue = and_(known, inbox.c.run_at <= times.now, is_free(times))
        async with self._database.read() as connection:
            depth = await connection.scalar(select(func.count()).select_from(inbox))
            oldest = await connection.scalar(
                select(times.ours(func.min(inbox.c.run_at))).where(overdue)
            )
            stuck = (await connection.execute(_select_stuck(times))).all()
        return InboxDepth(
            depth=depth or 0,
            oldest_due_at=oldest,
            stuck=tuple(StuckKey(str(make_key(r)), r.attempts, r.last_error or "") for r in stuck),
        )

    @uncancelled
    async def load_notes(self) -> Notes:
        """The latest named reasons: of builds, and of comments that are wanted but do not stand."""
        noted = (
            select(builds.c.builder, builds.c.number, builds.c.note)
            .where(builds.c.note != "")
            .order_by(builds.c.complete_at.desc(), builds.c.buildid.desc())
            .limit(_NOTES)
        )
        refused = (
            select(repositories.c.full_name, speech.c.number, speech.c.why_silent)
            .join(repositories, repositories.c.repo_id == speech.c.repo_id)
            .where(
                speech.c.why_silent.is_not(None),
                speech.c.wanted.is_distinct_from(speech.c.standing),
            )
            .order_by(speech.c.repo_id.desc(), speech.c.number.desc())
            .limit(_NOTES)
        )
        async with self._database.read() as connection:
            of_builds = (await connection.execute(noted)).all()
            of_pulls = (await connection.execute(refused)).all()
        return Notes(
            builds=tuple(f"{name} #{number}: {note}" for name, number, note in of_builds),
            pulls=tuple(f"{name}#{number}: {why}" for name, number, why in of_pulls),
        )

    # ------------------------------------------------------------ the dashboard

    @uncancelled
    async def load_speeches(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Speech, str | None]]:
        """Repository, speech and the merge commit's sha where known; newest pulls first."""
        page = (
            select(*_REPOSITORY, speech.c.number)
            .join(repositories, repositories.c.repo_id == speech.c.repo_id)
            .order_by(speech.c.number.desc(), speech.c.repo_id.desc())
            .offset(min(offset, _LAST_OFFSET))
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(page)).all()
            pulls = [(row.repo_id, row.number) for row in rows]
            times = self._database.times(self._clock.now())
            loaded = await load_speeches(connection, pulls, times)
            spoken = {(s.repo_id, s.number): s for s in loaded}
            merges = await _load_merges(connection, pulls)
        return [
            (_make_repository(row), spoken[pull], merges.get(pull))
            for row, pull in zip(rows, pulls, strict=True)
        ]

    @uncancelled
    async def load_incident_page(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Incident]]:
        """Incidents with the repository they are in, newest first."""
        page = (
            _SELECT_INCIDENTS.order_by(incidents.c.opened_at.desc(), incidents.c.id.desc())
            .offset(min(offset, _LAST_OFFSET))
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [_make_incident(row) for row in await connection.execute(page)]

    @uncancelled
    async def load_action_page(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Action]]:
        """What people told us to do, and what came of it; the newest first."""
        newest = (actions.c.acted_at.desc(), actions.c.comment_id.desc(), actions.c.position.desc())
        rows = await self._load_page(actions, newest, offset, limit)
        return [(_make_repository(row), parse_action(row._mapping)) for row in rows]

    @uncancelled
    async def load_label_page(self, offset: int, limit: int) -> Sequence[tuple[Repository, Label]]:
        """What later words and reverts say of our verdicts; the newest first."""
        newest = (labels.c.said_at.desc(), labels.c.incident_id, labels.c.source)
        rows = await self._load_page(labels, newest, offset, limit)
        return [(_make_repository(row), parse_label(row._mapping)) for row in rows]

    async def _load_page(
        self, table: Table, order: Sequence[ColumnElement[Any]], offset: int, limit: int
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Rows of a table, with the name of their repository as far as it is known."""
        named = (func.coalesce(c, other).label(c.name) for c, other in _NAMES)
        page = (
            select(table, *named)
            .outerjoin(repositories, repositories.c.repo_id == table.c.repo_id)
            .order_by(*order)
            .offset(min(offset, _LAST_OFFSET))
            .limit(limit)
        )
        async with self._database.read() as connection:
            return (await connection.execute(page)).all()

    @uncancelled
    async def load_incident(self, incident_id: str) -> tuple[Repository, Incident] | None:
        """One incident."""
        found = _SELECT_INCIDENTS.where(incidents.c.id == incident_id).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(found)).one_or_none()
        return _make_incident(row) if row else None


_SELECT_INCIDENTS = select(*_REPOSITORY, incidents.c.document).join(
    repositories, repositories.c.repo_id == incidents.c.repo_id
)


def _select_stuck(times: Times) -> Select[*tuple[Any, ...]]:
    """Keys that failed too often, or for too long; the worst first."""
    failing = and_(inbox.c.attempts > 0, inbox.c.put_at <= times.at(times.here - _FAILING_TOO_LONG))
    return (
        select(inbox)
        .where(inbox.c.kind.in_(KNOWN_KINDS), or_(inbox.c.attempts >= STUCK_AFTER, failing))
        .order_by(inbox.c.attempts.desc(), inbox.c.put_at, inbox.c.kind, inbox.c.key)
        .limit(_STUCK_KEYS)
    )


async def _load_merges(
    connection: AsyncConnection, pulls: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """The last commit of each pull on its line: of several by rebase, the one that merged."""
    if not pulls:
        return {}
    found = (
        select(commits.c.repo_id, commits.c.pull, commits.c.sha)
        .where(tuple_(commits.c.repo_id, commits.c.pull).in_(pulls))
        .order_by(commits.c.epoch, commits.c.position)
    )
    return {(row.repo_id, row.pull): row.sha for row in await connection.execute(found)}


def _make_repository(row: Row[*tuple[Any, ...]]) -> Repository:
    return Repository(row.repo_id, row.full_name, row.default_branch)


def _make_incident(row: Row[*tuple[Any, ...]]) -> tuple[Repository, Incident]:
    return _make_repository(row), parse_incident_document(row.document)
