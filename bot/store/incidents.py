"""Incidents as they were folded, and what was said of them.

In: incidents and speech. Out: the same. Incidents follow the fold; what was said is a record, and
only `save_pull_comment` and `save_intent` touch it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Announcement, Incident, Key, PullComment
from bot.core.policy.comment_limits import DEFAULT_LIMITS, CommentLimits, PostPermit
from bot.core.policy.comment_threads import restart_after_deletion
from bot.core.ports import Clock, Lease
from bot.store.decisions import note_beliefs, note_comment, replace_parts
from bot.store.engine.database import Database, chunks, shielded
from bot.store.engine.db_clock import DbClock, find_ours, make_shared
from bot.store.engine.tables import branches, incidents, said, speech
from bot.store.engine.upserts import insert, put_rows, save_row, save_rows
from bot.store.inbox.inbox import find_lease
from bot.store.inbox.key_rows import insert_keys
from bot.store.json_documents import make_incident_document, parse_incident_document
from bot.store.notices import put_notice_keys
from bot.store.post_quota import lock_quota, reserve_post
from bot.store.row_mapping import (
    Values,
    make_pull_comment_row,
    make_said_rows,
    parse_pull_comment,
    parse_said,
)
from bot.store.search_documents import put_incident_documents
from bot.store.unsaid_comments import UNSAID

_SHARED = ("intent_at", "look_at")  # moments that instances compare with each other's
# What was said in the comment that stands, or is to; the rest is a record.
IS_OF_COMMENT = and_(
    speech.c.repo_id == said.c.repo_id,
    speech.c.number == said.c.number,
    or_(said.c.thread.is_(None), said.c.thread == speech.c.thread),
)
IN_LAST_COMMENT = exists().where(IS_OF_COMMENT)
_OLDEST_FIRST = (incidents.c.opened_at, incidents.c.branch, incidents.c.id)


class SqlIncidents:
    """Implements `ports.Incidents` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # ------------------------------------------------------------ incidents

    @shielded
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
        times = self._database.times(self._clock.now())

        def save(connection: Connection) -> int:
            for chunk in chunks(replaced):
                connection.execute(delete(incidents).where(on_branch, incidents.c.id.in_(chunk)))
            put_rows(connection, incidents, rows)
            replace_parts(connection, repo_id, branch, changed, replaced)
            put_incident_documents(connection, repo_id, changed, gone)
            note_beliefs(connection, repo_id, changed, times.here)
            put_notice_keys(connection, repo_id, [incident.id for incident in changed], times)
            version = _raise_version(connection, repo_id, branch)
            insert_keys(connection, dict.fromkeys(keys, times.here), times)
            return version

        version = await self._database.write_at_once(save, single=False)
        self._database.ring()
        return version

    @shielded
    async def load_incidents(self, repo_id: int, branch: str | None = None) -> tuple[Incident, ...]:
        """A repository's incidents, oldest first."""
        wanted = incidents.c.repo_id == repo_id
        if branch is not None:
            wanted = and_(wanted, incidents.c.branch == branch)
        return await self._load(wanted)

    @shielded
    async def load_incidents_of_pull(
        self, repo_id: int, number: int, said: Collection[str] = ()
    ) -> tuple[Incident, ...]:
        """Incidents that accuse this pull now, and those that were said on it, oldest first."""
        concerned = or_(incidents.c.pull == number, incidents.c.id.in_(sorted(said)))
        return await self._load(and_(incidents.c.repo_id == repo_id, concerned))

    async def _load(self, wanted: ColumnElement[bool]) -> tuple[Incident, ...]:
        found = select(incidents.c.document).where(wanted).order_by(*_OLDEST_FIRST)
        return await self._database.read_at_once(
            lambda c: tuple(parse_incident_document(d) for d in c.scalars(found)), single=True
        )

    # ------------------------------------------------------------ speech

    @shielded
    async def load_pull_comment(self, repo_id: int, number: int) -> PullComment | None:
        """What was wanted and said on a pull."""
        times = self._database.times(self._clock.now())
        loaded = await self._database.read_at_once(
            lambda connection: select_pull_comments(connection, [(repo_id, number)], times),
            single=False,
        )
        return loaded[0] if loaded else None

    @shielded
    async def load_unposted(self) -> tuple[tuple[int, int], ...]:
        """(repo id, number) of pulls to look at again: by now, or since something is unsaid.

        Unsaid is what is wanted and does not stand: a comment that is false by now, whatever GitHub
        said to the last edit, or a new one, as long as what it tells of lasts.
        """
        times = self._database.times(self._clock.now())
        found = (
            select(speech.c.repo_id, speech.c.number)
            .where(or_(UNSAID, speech.c.look_at <= times.now))
            .order_by(speech.c.repo_id, speech.c.number)
        )
        async with self._database.read() as connection:
            return tuple((repo_id, number) for repo_id, number in await connection.execute(found))

    @shielded
    async def save_pull_comment(self, new: PullComment) -> None:
        """Store it whole."""
        times = self._database.times(self._clock.now())
        async with self._database.write() as connection:
            await _save_pull_comment(connection, new, times)

    @shielded
    async def save_intent(
        self, new: PullComment, lease: Lease, limits: CommentLimits = DEFAULT_LIMITS
    ) -> PostPermit:
        """Store it with its `intent_at`, only while the lease holds and there is room to post."""
        times = self._database.times(self._clock.now())
        async with self._database.write() as connection:
            await lock_quota(connection)
            if not await find_lease(connection, lease, times):
                return PostPermit(granted=False)
            held = await reserve_post(connection, new, limits, times)
            if held is None:
                await _save_pull_comment(connection, new, times)
        return PostPermit(granted=held is None, held=held)


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


def _raise_version(connection: Connection, repo_id: int, branch: str) -> int:
    row = insert(connection, branches).values(
        repo_id=repo_id, branch=branch, epoch=0, version=0, incidents_version=1
    )
    raised = row.on_conflict_do_update(
        index_elements=["repo_id", "branch"],
        set_={"incidents_version": branches.c.incidents_version + 1},
    )
    returning = raised.returning(branches.c.incidents_version)
    version: int = connection.execute(returning).scalar_one()
    return version


async def _save_pull_comment(connection: AsyncConnection, new: PullComment, times: DbClock) -> None:
    """What others wait for, by the clock that all share."""
    of_pull = and_(said.c.repo_id == new.repo_id, said.c.number == new.number)
    of_comment = or_(said.c.thread.is_(None), said.c.thread == new.thread)
    await save_row(connection, speech, make_shared(make_pull_comment_row(new), _SHARED, times))
    await connection.execute(delete(said).where(of_pull, of_comment))
    await save_rows(connection, said, make_said_rows(new))
    await connection.run_sync(note_comment, new, times.here)
    told = [announcement.incident_id for announcement in new.said]
    await connection.run_sync(put_notice_keys, new.repo_id, told, times)


async def load_pull_comments(
    connection: AsyncConnection, pulls: Sequence[tuple[int, int]], times: DbClock
) -> list[PullComment]:
    """Speech on these pulls, newest pulls first."""
    return await connection.run_sync(select_pull_comments, pulls, times)


def select_pull_comments(
    connection: Connection, pulls: Sequence[tuple[int, int]], times: DbClock
) -> list[PullComment]:
    """The same within a transaction at once."""
    if not pulls:
        return []
    place = (speech.c.repo_id.desc(), speech.c.number.desc())
    found = select(*find_ours(speech, _SHARED, times)).where(_is_on(speech, pulls))
    spoken = select(said).where(_is_on(said, pulls), IN_LAST_COMMENT)
    records: defaultdict[tuple[int, int], list[Announcement]] = defaultdict(list)
    for row in connection.execute(spoken.order_by(said.c.position)).mappings():
        records[row["repo_id"], row["number"]].append(parse_said(row))
    rows = connection.execute(found.order_by(*place)).mappings()
    return [parse_pull_comment(row, records[row["repo_id"], row["number"]]) for row in rows]


def _is_on(table: Table, pulls: Sequence[tuple[int, int]]) -> ColumnElement[bool]:
    """The rows of these pulls; as pairs SQLite would look for them in every row there is."""
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    for repo_id, number in pulls:
        numbers[repo_id].append(number)
    return or_(
        *(
            and_(table.c.repo_id == repo_id, table.c.number.in_(sorted(own)))
            for repo_id, own in sorted(numbers.items())
        )
    )


async def begin_comment_again(
    connection: AsyncConnection, repo_id: int, number: int, times: DbClock
) -> None:
    """Somebody asks us back to a pull; where our comment was deleted, the next one may come."""
    for known in await load_pull_comments(connection, [(repo_id, number)], times):
        if known.deleted_at is not None:
            await _save_pull_comment(connection, restart_after_deletion(known), times)
