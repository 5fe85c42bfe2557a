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

from sqlalchemy import ColumnElement, Row, and_, case, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import Malformed
from bot.core.model import Key, KeyKind
from bot.ports import Clock, Lease
from bot.store.engine import Database, insert, uncancelled
from bot.store.tables import UtcDateTime, inbox

# PostgreSQL's index takes 2,704 bytes; no honest branch or id comes near.
LONGEST_NAME = 600

# An error is kept for people; a whole page of HTML helps nobody.
_LONGEST_ERROR = 1000

_DIED = "the worker that had it stopped without a word"

# Of a kind that a newer version put, we know nothing: it is left to that version.
KNOWN_KINDS = tuple(kind.value for kind in KeyKind)


class Inbox:
    """Implements `ports.Inbox` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.bell = database.bell

    @uncancelled
    async def put(self, keys: Sequence[Key], run_at: datetime | None = None) -> None:
        """Look at these, now or at `run_at`; a key that is there is only brought forward.

        One that failed and waits comes forward, too: fresh evidence may well be what it lacked.
        Its attempts are kept. Raises `Malformed` for a name that no honest key has.
        """
        if not keys:
            return
        async with self._database.write() as connection:
            await put_keys(connection, keys, self._clock.now(), run_at)
        self.bell.set()

    @uncancelled
    async def take(self, owner: str, lease_seconds: float) -> Lease | None:
        """The key that has waited longest and that nobody works on.

        A key whose lease ran out is taken over, and the lost attempt counted. The lease's owner
        is `owner` and a token: two leases never look alike, even of one worker on one key.
        """
        now = self._clock.now()
        found = (
            select(inbox)
            .where(inbox.c.kind.in_(KNOWN_KINDS), inbox.c.run_at <= now, is_free(now))
            .order_by(inbox.c.run_at, inbox.c.kind, inbox.c.key)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        async with self._database.write() as connection:
            row = (await connection.execute(found)).one_or_none()
            if row is None:
                return None
            lease = _make_lease(row, owner, now + timedelta(seconds=lease_seconds))
            await connection.execute(
                update(inbox)
                .where(_is_key(lease.key))
                .values(
                    lease_owner=lease.owner,
                    lease_until=lease.until,
                    attempts=lease.attempts,
                    last_error=_DIED if row.lease_owner else row.last_error,
                )
            )
        return lease

    @uncancelled
    async def renew(self, lease: Lease, lease_seconds: float) -> Lease | None:
        """A longer lease on the same terms; None when another has taken over."""
        until = self._clock.now() + timedelta(seconds=lease_seconds)
        async with self._database.write() as connection:
            renewed = await connection.execute(
                update(inbox).where(_is_held(lease)).values(lease_until=until)
            )
        return replace(lease, until=until) if renewed.rowcount else None

    @uncancelled
    async def finish(self, lease: Lease, again_at: datetime | None = None) -> None:
        """Done: the key goes, or comes again at once if it was put meanwhile, or at `again_at`.

        Does nothing when the lease was lost: the key is another's now.
        """
        now = self._clock.now()
        unchanged = inbox.c.generation == lease.generation
        async with self._database.write() as connection:
            if again_at is None:
                done = delete(inbox).where(_is_held(lease), unchanged)
                if (await connection.execute(done)).rowcount:
                    return
            await connection.execute(
                update(inbox)
                .where(_is_held(lease))
                .values(
                    run_at=case((unchanged, _time(again_at or now)), else_=_time(now)),
                    put_at=now,
                    attempts=0,
                    last_error=None,
                    **_FREE,
                )
            )
        self.bell.set()

    @uncancelled
    async def retry(self, lease: Lease, run_at: datetime, error: str) -> None:
        """It failed: again at `run_at`, with one more attempt and the reason kept.

        If it was put meanwhile, again at once. Does nothing when the lease was lost.
        """
        unchanged = inbox.c.generation == lease.generation
        async with self._database.write() as connection:
            await connection.execute(
                update(inbox)
                .where(_is_held(lease))
                .values(
                    run_at=case((unchanged, _time(run_at)), else_=_time(self._clock.now())),
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
        self.bell.set()

    @uncancelled
    async def next_run_at(self) -> datetime | None:
        """When the next key is due, or a lease runs out; None when there is none."""
        when = case(
            (inbox.c.lease_until.is_(None), inbox.c.run_at),
            (inbox.c.lease_until < inbox.c.run_at, inbox.c.run_at),
            else_=inbox.c.lease_until,
        )
        first = select(func.min(when)).where(inbox.c.kind.in_(KNOWN_KINDS))
        async with self._database.read() as connection:
            at: datetime | None = await connection.scalar(first)
        return at


# ---------------------------------------------------------------- parts that others' writes use


async def put_keys(
    connection: AsyncConnection,
    keys: Sequence[Key],
    now: datetime,
    run_at: datetime | None = None,
) -> None:
    """Put keys within a transaction that writes more; ring the bell after its commit.

    In the order of the keys, so that two transactions never wait for each other in a circle.
    """
    if not keys:
        return
    for key in keys:
        check_name(key.name)
    statement = insert(connection, inbox)
    new = statement.excluded
    upsert = statement.on_conflict_do_update(
        index_elements=["kind", "key"],
        set_={
            "generation": inbox.c.generation + 1,
            "run_at": case((new.run_at < inbox.c.run_at, new.run_at), else_=inbox.c.run_at),
        },
    )
    common = {"run_at": run_at or now, "put_at": now, "attempts": 0, "generation": 1}
    rows = [{"kind": key.kind.value, "key": key.name, **common} for key in sorted(set(keys))]
    await connection.execute(upsert, rows)


async def find_lease(connection: AsyncConnection, lease: Lease, now: datetime) -> bool:
    """True while the lease holds; nobody takes it over before this transaction ends."""
    holds = select(inbox.c.key).where(_is_held(lease), inbox.c.lease_until > now)
    return (await connection.execute(holds.with_for_update())).first() is not None


def check_name(name: str) -> None:
    """Raises `Malformed` for a name that does not fit an index."""
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise Malformed(f"a name of more than {LONGEST_NAME} bytes: {name[:60]!r}…")


_FREE = {"lease_owner": None, "lease_until": None}


def _time(at: datetime) -> ColumnElement[datetime]:
    """Inside a CASE, SQLAlchemy does not know the column's type by itself."""
    return literal(at, UtcDateTime())


def _is_key(key: Key) -> ColumnElement[bool]:
    return and_(inbox.c.kind == key.kind.value, inbox.c.key == key.name)


def _is_held(lease: Lease) -> ColumnElement[bool]:
    return and_(_is_key(lease.key), inbox.c.lease_owner == lease.owner)


def is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody works on it, or who did let the lease run out."""
    return or_(inbox.c.lease_until.is_(None), inbox.c.lease_until <= now)


def make_key(row: Row[*tuple[Any, ...]]) -> Key:
    """The key of a row."""
    return Key(KeyKind(row.kind), row.key)


def _make_lease(row: Row[*tuple[Any, ...]], owner: str, until: datetime) -> Lease:
    lost = 1 if row.lease_owner else 0
    return Lease(
        key=make_key(row),
        owner=f"{owner}/{uuid4().hex[:12]}",
        generation=row.generation,
        attempts=row.attempts + lost,
        until=until,
    )
