"""Incidents as they were folded, and what was said of them.

In: incidents and speech. Out: the same. Incidents follow the fold; what was said is a record, and
only `save_speech` and `save_intent` touch it.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Incident, Key, Said, Speech
from bot.ports import Clock, Lease
from bot.store.documents import make_incident_document, parse_incident_document
from bot.store.engine import Database, chunks, insert, save_row, save_rows, uncancelled
from bot.store.inbox import find_lease
from bot.store.keys import put_keys
from bot.store.rows import (
    Values,
    make_said_rows,
    make_speech_row,
    parse_said,
    parse_speech,
)
from bot.store.tables import branches, incidents, said, speech
from bot.store.times import Times

_OLDEST_FIRST = (incidents.c.opened_at, incidents.c.branch, incidents.c.id)


class Incidents:
    """Implements `ports.Incidents` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # ------------------------------------------------------------ incidents

    @uncancelled
    async def save_incidents(
        self,
        repo_id: int,
        branch: str,
        changed: Sequence[Incident],
        keys: Sequence[Key],
        gone: Sequence[str] = (),
    ) -> int:
        """Save what changed, remove what is gone (ids), put follow-up keys, one transaction.

        All others stay as they are. Returns the new `incidents_version` of the branch.
        """
        on_branch = and_(incidents.c.repo_id == repo_id, incidents.c.branch == branch)
        rows = [_make_row(repo_id, branch, incident) for incident in changed]
        replaced = [*gone, *(row["id"] for row in rows)]
        async with self._database.write() as connection:
            for chunk in chunks(replaced):
                old = delete(incidents).where(on_branch, incidents.c.id.in_(chunk))
                await connection.execute(old)
            await save_rows(connection, incidents, rows)
            version = await _raise_version(connection, repo_id, branch)
            await put_keys(connection, keys, self._database.times(self._clock.now()))
        self._database.ring()
        return version

    @uncancelled
    async def load_incidents(self, repo_id: int, branch: str | None = None) -> tuple[Incident, ...]:
        """A repository's incidents, oldest first."""
        wanted = incidents.c.repo_id == repo_id
        if branch is not None:
            wanted = and_(wanted, incidents.c.branch == branch)
        return await self._load(wanted)

    @uncancelled
    async def load_incidents_of_pull(self, repo_id: int, number: int) -> tuple[Incident, ...]:
        """Incidents that accuse this pull now, oldest first."""
        return await self._load(and_(incidents.c.repo_id == repo_id, incidents.c.pull == number))

    async def _load(self, wanted: ColumnElement[bool]) -> tuple[Incident, ...]:
        found = select(incidents.c.document).where(wanted).order_by(*_OLDEST_FIRST)
        async with self._database.read() as connection:
            return tuple(parse_incident_document(d) for d in await connection.scalars(found))

    # ------------------------------------------------------------ speech

    @uncancelled
    async def load_speech(self, repo_id: int, number: int) -> Speech | None:
        """What was wanted and said on a pull."""
        async with self._database.read() as connection:
            times = self._database.times(self._clock.now())
            loaded = await load_speeches(connection, [(repo_id, number)], times)
        return loaded[0] if loaded else None

    @uncancelled
    async def load_unsaid(self) -> tuple[tuple[int, int], ...]:
        """(repo id, number) of pulls whose wanted text differs from the standing one.

        Those that GitHub refused for good are left out.
        """
        found = (
            select(speech.c.repo_id, speech.c.number)
            .where(speech.c.wanted.is_distinct_from(speech.c.standing))
            .where(speech.c.why_silent.is_(None))
            .order_by(speech.c.repo_id, speech.c.number)
        )
        async with self._database.read() as connection:
            return tuple((repo_id, number) for repo_id, number in await connection.execute(found))

    @uncancelled
    async def save_speech(self, new: Speech) -> None:
        """Store it whole."""
        times = self._database.times(self._clock.now())
        async with self._database.write() as connection:
            await _save_speech(connection, new, times)

    @uncancelled
    async def save_intent(self, new: Speech, lease: Lease) -> bool:
        """Store it with its `intent_at`, only while the lease holds; False when it was lost."""
        times = self._database.times(self._clock.now())
        async with self._database.write() as connection:
            if not await find_lease(connection, lease, times):
                return False
            await _save_speech(connection, new, times)
        return True


def _make_row(repo_id: int, branch: str, incident: Incident) -> Values:
    return {
        "repo_id": repo_id,
        "branch": branch,
        "id": incident.id,
        "verdict": incident.verdict.value,
        "state": incident.state.value,
        "pull": incident.pull,
        "opened_at": incident.opened_at,
        "closed_at": incident.closed_at,
        "document": make_incident_document(incident),
    }


async def _raise_version(connection: AsyncConnection, repo_id: int, branch: str) -> int:
    row = insert(connection, branches).values(
        repo_id=repo_id, branch=branch, epoch=0, version=0, incidents_version=1
    )
    raised = row.on_conflict_do_update(
        index_elements=["repo_id", "branch"],
        set_={"incidents_version": branches.c.incidents_version + 1},
    )
    returning = raised.returning(branches.c.incidents_version)
    version: int = (await connection.execute(returning)).scalar_one()
    return version


async def _save_speech(connection: AsyncConnection, new: Speech, times: Times) -> None:
    """The intent by the clock that all share: another instance waits for it to settle."""
    of_pull = and_(said.c.repo_id == new.repo_id, said.c.number == new.number)
    row = make_speech_row(new)
    if new.intent_at is not None:
        row = {**row, "intent_at": times.at(new.intent_at)}
    await save_row(connection, speech, row)
    await connection.execute(delete(said).where(of_pull))
    await save_rows(connection, said, make_said_rows(new))


async def load_speeches(
    connection: AsyncConnection, pulls: Sequence[tuple[int, int]], times: Times
) -> list[Speech]:
    """Speech on these pulls, newest pulls first."""
    if not pulls:
        return []
    place = (speech.c.repo_id.desc(), speech.c.number.desc())
    others = [column for column in speech.c if column is not speech.c.intent_at]
    intent_at = times.ours(speech.c.intent_at).label("intent_at")
    found = select(*others, intent_at).where(tuple_(speech.c.repo_id, speech.c.number).in_(pulls))
    spoken = select(said).where(tuple_(said.c.repo_id, said.c.number).in_(pulls))
    records: defaultdict[tuple[int, int], list[Said]] = defaultdict(list)
    for row in (await connection.execute(spoken.order_by(said.c.position))).mappings():
        records[row["repo_id"], row["number"]].append(parse_said(row))
    rows = (await connection.execute(found.order_by(*place))).mappings()
    return [parse_speech(row, records[row["repo_id"], row["number"]]) for row in rows]
