"""The inbox: the durable table of keys to look at.

In: keys, from doors, timers and reconciles. Out: leases, to workers. A key is one row, so
duplicates fold together. Every put raises the row's `generation`; a finish deletes the row only
if owner and generation are still those of the lease, so what was put meanwhile is never lost.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cachetools import cached
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Key, KeyKind
from bot.core.ports import Clock, Lease
from bot.store.engine.database import Database, shielded
from bot.store.engine.db_clock import DbClock
from bot.store.engine.tables import inbox, moments, posts, remarks, speech
from bot.store.engine.upserts import insert
from bot.store.inbox.ingest import IngestItem, IngestQueue
from bot.store.inbox.key_rows import KNOWN_KINDS, make_key, put_keys

# An error is kept for people; a whole page of HTML helps nobody.
_LONGEST_ERROR = 1000

# Three times a lease: one that is longer was taken before the clock that counts was set back. Of a
# worker that was killed then, the key waits for a minute at most.
_NO_LEASE = timedelta(minutes=1)

_DIED = "the worker that had it stopped without a word"


class SqlInbox:
    """Implements `ports.Inbox` on the database."""

    def __init__(self, database: Database, clock: Clock, arrivals: IngestQueue) -> None:
        self._database = database
        self._clock = clock
        self._arrivals = arrivals
        self.bell = database.bell

    def _times(self) -> DbClock:
        return self._database.times(self._clock.now())

    async def put(self, keys: Sequence[Key], run_at: datetime | None = None) -> None:
        """Look at these, now or at `run_at`; a key that is there is only brought forward.

        One that failed and waits comes forward, too: fresh evidence may well be what it lacked.
        Its attempts are kept. Raises `Malformed` for a name that no honest key has.
        """
        if keys:
            await self._arrivals.store(IngestItem(tuple(keys), run_at))

    @shielded
    async def put_timer(self, key: Key, every_seconds: float) -> datetime:
        """Look at this once a period, however many instances ask; returns when to ask again.

        The moment of the last time is the database's. One that lies more than a period ahead was
        written before a clock was set back, and counts for nothing: nor do the times that keys
        and intents wait for, so all are looked at. A little ahead is another instance's that asked
        with us.
        """
        period = timedelta(seconds=every_seconds)
        times, last = self._times(), moments.c.at
        async with self._database.write() as connection:
            row = insert(connection, moments).values(name=f"timer {key}", at=times.now)
            is_due = or_(
                last <= times.at(times.here - period), last > times.at(times.here + period)
            )
            mark = row.on_conflict_do_update(
                index_elements=["name"], set_={"at": row.excluded.at}, where=is_due
            )
            far = select(last).where(
                moments.c.name == f"timer {key}", last > times.at(times.here + period)
            )
            if (await connection.execute(far)).first() is not None:
                await _bring_back(connection, times)
            put = (await connection.execute(mark)).rowcount > 0
            if put:
                await put_keys(connection, [key], times)
            at = await connection.scalar(
                select(times.ours(last)).where(moments.c.name == f"timer {key}")
            )
        if put:
            self._database.ring()
        return (at or times.here) + period

    @shielded
    async def take(
        self,
        owner: str,
        lease_seconds: float,
        only: Key | None = None,
        *,
        kinds: Collection[KeyKind] = tuple(KeyKind),
    ) -> Lease | None:
        """The key of these kinds that has waited longest and that nobody works on; or this one.

        A key whose lease ran out is taken over, and the lost attempt counted. The lease's owner
        is `owner` and a token: two leases never look alike, even of one worker on one key.
        """
        times = self._times()
        until = times.here + timedelta(seconds=lease_seconds)
        found = _make_find(times)
        if only is not None:
            found = found.where(_is_key(only))
        moments = {"now": times.here, "latest": times.here + _NO_LEASE}

        def lease(connection: Connection) -> Lease | None:
            wanted = {"kinds": sorted(kinds), **_value(times, moments)}
            row = connection.execute(found, wanted).one_or_none()
            if row is None:
                return None
            taken = _make_lease(row, owner, until)
            values = {
                "to_owner": taken.owner,
                "tried": taken.attempts,
                "error": _DIED if row.lease_owner else row.last_error,
            }
            held = _of_key(taken.key) | values | _value(times, {"until": until})
            connection.execute(_make_taking(times), held)
            return taken

        return await self._database.write_at_once(lease, single=False)

    @shielded
    async def renew(self, lease: Lease, lease_seconds: float) -> Lease | None:
        """A longer lease on the same terms; None when another has taken over."""
        times = self._times()
        until = times.here + timedelta(seconds=lease_seconds)
        async with self._database.write() as connection:
            renewed = await connection.execute(
                update(inbox).where(_is_held(lease)).values(lease_until=times.at(until))
            )
        return replace(lease, until=until) if renewed.rowcount else None

    @shielded
    async def finish(self, lease: Lease, again_at: datetime | None = None) -> None:
        """Done: the key goes, or comes again at once if it was put meanwhile, or at `again_at`.

        Does nothing when the lease was lost: the key is another's now.
        """
        times = self._times()
        if not await self._database.write_at_once(
            lambda connection: _finish(connection, lease, again_at, times), single=False
        ):
            self.bell.set()

    @shielded
    async def retry(self, lease: Lease, run_at: datetime, error: str) -> None:
        """It failed: again at `run_at`, with one more attempt and the reason kept.

        If it was put meanwhile, again at once. Does nothing when the lease was lost.
        """
        times = self._times()
        unchanged = inbox.c.generation == lease.generation
        async with self._database.write() as connection:
            await connection.execute(
                update(inbox)
                .where(_is_held(lease))
                .values(
                    run_at=case((unchanged, times.at(run_at)), else_=times.now),
                    attempts=inbox.c.attempts + 1,
                    last_error=error[:_LONGEST_ERROR],
                    **_FREE,
                )
            )
        self.bell.set()

    @shielded
    async def release(self, lease: Lease) -> None:
        """Give it back as it was, for another to take at once: nothing failed, we stop."""
        async with self._database.write() as connection:
            await connection.execute(update(inbox).where(_is_held(lease)).values(**_FREE))
        self._database.ring()

    @shielded
    async def next_run_at(self) -> datetime | None:
        """When the next key is due, or a lease runs out; None when there is none."""
        when = case(
            (inbox.c.lease_until.is_(None), inbox.c.run_at),
            (inbox.c.lease_until < inbox.c.run_at, inbox.c.run_at),
            else_=inbox.c.lease_until,
        )
        first = select(self._times().ours(func.min(when))).where(inbox.c.kind.in_(KNOWN_KINDS))
        return await self._database.read_at_once(lambda c: c.scalar(first), single=True)


# ---------------------------------------------------------------- parts that others' writes use


async def find_lease(connection: AsyncConnection, lease: Lease, times: DbClock) -> bool:
    """True while the lease holds; nobody takes it over before this transaction ends."""
    holds = select(inbox.c.key).where(_is_held(lease), inbox.c.lease_until > times.now)
    return (await connection.execute(holds.with_for_update())).first() is not None


def _finish(
    connection: Connection, lease: Lease, again_at: datetime | None, times: DbClock
) -> bool:
    """True where the key is gone."""
    held = {**_of_key(lease.key), "of_owner": lease.owner, "of_generation": lease.generation}
    if again_at is None and connection.execute(_DONE, held).rowcount:
        return True
    moments = {"now": times.here, "again": again_at or times.here}
    connection.execute(_make_going_on(times), held | _value(times, moments))
    return False


# The statements of every key stand ready: to make one anew takes five times as long as to have
# SQLite execute it.

_ONE = and_(inbox.c.kind == bindparam("of_kind"), inbox.c.key == bindparam("of_key"))
_OURS = and_(_ONE, inbox.c.lease_owner == bindparam("of_owner"))
_UNCHANGED = inbox.c.generation == bindparam("of_generation")
_FREE = {"lease_owner": None, "lease_until": None}
_DONE = delete(inbox).where(_OURS, _UNCHANGED)


def _of_key(key: Key) -> dict[str, Any]:
    return {"of_kind": key.kind.value, "of_key": key.name}


def _value(times: DbClock, moments: Mapping[str, datetime]) -> dict[str, Any]:
    return {name: times.value(at) for name, at in moments.items()}


@cached({}, key=type)
def _make_find(times: DbClock) -> Select[*tuple[Any, ...]]:
    """The key that has waited longest and that nobody works on."""
    now = times.named("now")
    return (
        select(inbox)
        .where(
            inbox.c.kind.in_(bindparam("kinds", expanding=True)),
            inbox.c.run_at <= now,
            _is_unheld(now, times.named("latest")),
        )
        .order_by(inbox.c.run_at, inbox.c.kind, inbox.c.key)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


@cached({}, key=type)
def _make_taking(times: DbClock) -> Update:
    return (
        update(inbox)
        .where(_ONE)
        .values(
            lease_owner=bindparam("to_owner"),
            lease_until=times.named("until"),
            attempts=bindparam("tried"),
            last_error=bindparam("error"),
        )
    )


@cached({}, key=type)
def _make_going_on(times: DbClock) -> Update:
    """The key comes again, as if it were new."""
    now = times.named("now")
    return (
        update(inbox)
        .where(_OURS)
        .values(
            run_at=case((_UNCHANGED, times.named("again")), else_=now),
            put_at=now,
            attempts=0,
            last_error=None,
            **_FREE,
        )
    )


# When keys, pulls, begun writes and the room for new comments are looked at.
_AHEAD = (
    inbox.c.run_at,
    speech.c.intent_at,
    speech.c.look_at,
    remarks.c.intent_at,
    posts.c.at,
)


async def _bring_back(connection: AsyncConnection, times: DbClock) -> None:
    """Nothing waits for a clock that was set back: what lies ahead of now, is now.

    An intent was begun before now, whatever it says; how long before, nobody can tell.
    """
    for column in _AHEAD:
        late = update(column.table).where(column > times.now)
        await connection.execute(late.values({column: times.now}))


def _is_key(key: Key) -> ColumnElement[bool]:
    return and_(inbox.c.kind == key.kind.value, inbox.c.key == key.name)


def _is_held(lease: Lease) -> ColumnElement[bool]:
    return and_(_is_key(lease.key), inbox.c.lease_owner == lease.owner)


def is_free(times: DbClock) -> ColumnElement[bool]:
    """Nobody works on it, or who did let the lease run out."""
    return _is_unheld(times.now, times.at(times.here + _NO_LEASE))


def _is_unheld(
    now: ColumnElement[datetime], latest: ColumnElement[datetime]
) -> ColumnElement[bool]:
    until = inbox.c.lease_until
    return or_(until.is_(None), until <= now, until > latest)


def _make_lease(row: Row[*tuple[Any, ...]], owner: str, until: datetime) -> Lease:
    lost = 1 if row.lease_owner else 0
    return Lease(
        key=make_key(row),
        owner=f"{owner}/{uuid4().hex[:12]}",
        generation=row.generation,
        attempts=row.attempts + lost,
        until=until,
    )
