"""The inbox: the durable table of keys to look at.

In: keys, from doors, timers and reconciles. Out: leases, to workers. A key is one row, so
duplicates fold together. Every put raises the row's `generation`; a finish deletes the row only
if owner and generation are still those of the lease, so what was put meanwhile is never lost.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Key
from bot.ports import Clock, Lease
from bot.store.arrivals import Arrival, Arrivals
from bot.store.engine import Database, insert, uncancelled
from bot.store.keys import KNOWN_KINDS, make_key, put_keys
from bot.store.tables import inbox, moments, remarks, speech
from bot.store.times import Times

# An error is kept for people; a whole page of HTML helps nobody.
_LONGEST_ERROR = 1000

# Three times a lease: one that is longer was taken before the clock that counts was set back. Of a
# worker that was killed then, the key waits for a minute at most.
_NO_LEASE = timedelta(minutes=1)

_DIED = "the worker that had it stopped without a word"


class Inbox:
    """Implements `ports.Inbox` on the database."""

    def __init__(self, database: Database, clock: Clock, arrivals: Arrivals) -> None:
        self._database = database
        self._clock = clock
        self._arrivals = arrivals
        self.bell = database.bell

    def _times(self) -> Times:
        return self._database.times(self._clock.now())

    async def put(self, keys: Sequence[Key], run_at: datetime | None = None) -> None:
        """Look at these, now or at `run_at`; a key that is there is only brought forward.

        One that failed and waits comes forward, too: fresh evidence may well be what it lacked.
        Its attempts are kept. Raises `Malformed` for a name that no honest key has.
        """
        if keys:
            await self._arrivals.store(Arrival(tuple(keys), run_at))

    @uncancelled
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

    @uncancelled
    async def take(self, owner: str, lease_seconds: float, only: Key | None = None) -> Lease | None:
        """The key that has waited longest and that nobody works on; or this one, if so.

        A key whose lease ran out is taken over, and the lost attempt counted. The lease's owner
        is `owner` and a token: two leases never look alike, even of one worker on one key.
        """
        times = self._times()
        until = times.here + timedelta(seconds=lease_seconds)
        found = (
            select(inbox)
            .where(inbox.c.kind.in_(KNOWN_KINDS), inbox.c.run_at <= times.now, is_free(times))
            .order_by(inbox.c.run_at, inbox.c.kind, inbox.c.key)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if only is not None:
            found = found.where(_is_key(only))

        def lease(connection: Connection) -> Lease | None:
            row = connection.execute(found).one_or_none()
            if row is None:
                return None
            taken = _make_lease(row, owner, until)
            connection.execute(
                update(inbox)
                .where(_is_key(taken.key))
                .values(
                    lease_owner=taken.owner,
                    lease_until=times.at(until),
                    attempts=taken.attempts,
                    last_error=_DIED if row.lease_owner else row.last_error,
                )
            )
            return taken

        return await self._database.write_at_once(lease, single=False)

    @uncancelled
    async def renew(self, lease: Lease, lease_seconds: float) -> Lease | None:
        """A longer lease on the same terms; None when another has taken over."""
        times = self._times()
        until = times.here + timedelta(seconds=lease_seconds)
        async with self._database.write() as connection:
            renewed = await connection.execute(
                update(inbox).where(_is_held(lease)).values(lease_until=times.at(until))
            )
        return replace(lease, until=until) if renewed.rowcount else None

    @uncancelled
    async def finish(self, lease: Lease, again_at: datetime | None = None) -> None:
        """Done: the key goes, or comes again at once if it was put meanwhile, or at `again_at`.

        Does nothing when the lease was lost: the key is another's now.
        """
        times = self._times()
        if not await self._database.write_at_once(
            lambda connection: _finish(connection, lease, again_at, times), single=False
        ):
            self.bell.set()

    @uncancelled
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

    @uncancelled
    async def release(self, lease: Lease) -> None:
        """Give it back as it was, for another to take at once: nothing failed, we stop."""
        async with self._database.write() as connection:
            await connection.execute(update(inbox).where(_is_held(lease)).values(**_FREE))
        self._database.ring()

    @uncancelled
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


async def find_lease(connection: AsyncConnection, lease: Lease, times: Times) -> bool:
    """True while the lease holds; nobody takes it over before this transaction ends."""
    holds = select(inbox.c.key).where(_is_held(lease), inbox.c.lease_until > times.now)
    return (await connection.execute(holds.with_for_update())).first() is not None


def _finish(connection: Connection, lease: Lease, again_at: datetime | None, times: Times) -> bool:
    """True where the key is gone."""
    unchanged = inbox.c.generation == lease.generation
    if again_at is None:
        done = delete(inbox).where(_is_held(lease), unchanged)
        if connection.execute(done).rowcount:
            return True
    connection.execute(
        update(inbox)
        .where(_is_held(lease))
        .values(
            run_at=case((unchanged, times.at(again_at or times.here)), else_=times.now),
            put_at=times.now,
            attempts=0,
            last_error=None,
            **_FREE,
        )
    )
    return False


async def _bring_back(connection: AsyncConnection, times: Times) -> None:
    """Nothing waits for a clock that was set back: what lies ahead of now, is now.

    An intent was begun before now, whatever it says; how long before, nobody can tell.
    """
    for column in (inbox.c.run_at, speech.c.intent_at, remarks.c.intent_at):
        late = update(column.table).where(column > times.now)
        await connection.execute(late.values({column: times.now}))


_FREE = {"lease_owner": None, "lease_until": None}


def _is_key(key: Key) -> ColumnElement[bool]:
    return and_(inbox.c.kind == key.kind.value, inbox.c.key == key.name)


def _is_held(lease: Lease) -> ColumnElement[bool]:
    return and_(_is_key(lease.key), inbox.c.lease_owner == lease.owner)


def is_free(times: Times) -> ColumnElement[bool]:
    """Nobody works on it, or who did let the lease run out."""
    until, latest = inbox.c.lease_until, times.at(times.here + _NO_LEASE)
    return or_(until.is_(None), until <= times.now, until > latest)


def _make_lease(row: Row[*tuple[Any, ...]], owner: str, until: datetime) -> Lease:
    lost = 1 if row.lease_owner else 0
    return Lease(
        key=make_key(row),
        owner=f"{owner}/{uuid4().hex[:12]}",
        generation=row.generation,
        attempts=row.attempts + lost,
        until=until,
    )
