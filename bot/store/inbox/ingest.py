"""What comes in through the doors, stored many at a time: group commit.

In: arrivals, each with its keys and perhaps a GUID. Out: for each, whether it was new, once its own
row is durable. A commit waits for the disk, so all that arrive during one commit share the next.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cachetools import cached
from sqlalchemy import Connection, UpdateBase

from bot.core.errors import Unavailable
from bot.core.model import Key
from bot.core.model.commands import UserComment
from bot.core.ports import Clock
from bot.store.command_rows import make_user_comment_row
from bot.store.engine.database import Database
from bot.store.engine.db_clock import DbClock
from bot.store.engine.errors import connection_lost
from bot.store.engine.tables import deliveries, remarks
from bot.store.engine.upserts import insert
from bot.store.inbox.key_rows import check_name, insert_keys

# One transaction stays far below a second, so that whoever else wants to write gets a turn.
_LARGEST_GROUP = 500

# With the database away, each waits for ten seconds at most twice; a flood is shed before that.
_MOST_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class IngestItem:
    """Keys to put, with the GUID of the delivery and the comment that brought them, if any."""

    keys: tuple[Key, ...]
    run_at: datetime | None = None
    guid: str | None = None
    comment: UserComment | None = None


_Waiting = tuple[IngestItem, asyncio.Future[bool]]


class IngestQueue:
    """Stores arrivals in groups, in the order in which they came."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def store(self, arrival: IngestItem) -> bool:
        """True when it is stored; False if its GUID was taken before, and nothing is stored.

        What fails of the others in its group does not touch it. It is stored even if the caller is
        cancelled meanwhile. Raises `Malformed` for a name that does not fit, `Unavailable`.
        """
        _check(arrival)
        if len(self._waiting) >= _MOST_WAITING:
            raise Unavailable("database: too many wait to be stored")
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all(), name="arrivals")
        return await asyncio.shield(stored)

    async def _write_all(self) -> None:
        while self._waiting:
            group = self._waiting[:_LARGEST_GROUP]
            del self._waiting[:_LARGEST_GROUP]
            await self._write_group(group)

    async def _write_group(self, group: Sequence[_Waiting]) -> None:
        try:
            news = await self._write_again_if_cut([arrival for arrival, _ in group])
        except Unavailable as away:
            _refuse(group, away)
        except Exception as error:
            if len(group) == 1:
                _refuse(group, error)
                return
            for one in group:  # only whose fault it is shall fail
                await self._write_group([one])
        else:
            for (_, stored), new in zip(group, news, strict=True):
                if not stored.done():
                    stored.set_result(new)

    async def _write_again_if_cut(self, group: Sequence[IngestItem]) -> list[bool]:
        """Nobody sends a push twice because our connection had died while nothing was sent."""
        try:
            return await self._write(group)
        except Unavailable as away:
            if not connection_lost(away):
                raise
            return await self._write(group)

    async def _write(self, group: Sequence[IngestItem]) -> list[bool]:
        """One transaction; for each arrival, whether it is new."""
        times = self._database.times(self._clock.now())
        is_single = all(a.guid is None and a.comment is None for a in group)
        news = await self._database.write_at_once(
            lambda connection: _insert(connection, group, times), single=is_single
        )
        if any(arrival.keys for arrival, new in zip(group, news, strict=True) if new):
            self._database.ring()
        return news


def _check(arrival: IngestItem) -> None:
    for key in arrival.keys:
        check_name(key.name)
    if arrival.guid is not None:
        check_name(arrival.guid)


def _refuse(group: Sequence[_Waiting], error: Exception) -> None:
    """Each its own exception: a shared one would collect the tracebacks of all."""
    for _, stored in group:
        if not stored.done():
            one = Unavailable(error.reason) if isinstance(error, Unavailable) else error
            stored.set_exception(one)


def _insert(connection: Connection, group: Sequence[IngestItem], times: DbClock) -> list[bool]:
    """For each arrival, whether it is new."""
    unclaimed = _insert_guids(connection, group, times)
    news = [_claim(arrival, unclaimed) for arrival in group]
    fresh = [arrival for arrival, new in zip(group, news, strict=True) if new]
    _insert_user_comments(connection, fresh)
    insert_keys(connection, _merge(fresh, times.here), times)
    return news


def _insert_guids(connection: Connection, group: Sequence[IngestItem], times: DbClock) -> set[str]:
    """Remember the GUIDs; those that are new. In their order, so that nobody waits in a circle."""
    guids = sorted({arrival.guid for arrival in group if arrival.guid is not None})
    if not guids:
        return set()
    at = times.value(times.here)
    rows = [{"guid": guid, "at": at} for guid in guids]
    return set(connection.scalars(_make_guids(connection, times), rows))


# Made once for each dialect, as the one of the keys is.
@cached({}, key=lambda connection, _: connection.dialect.name)
def _make_guids(connection: Connection, times: DbClock) -> UpdateBase:
    row = insert(connection, deliveries).values(at=times.named("at"))
    return row.on_conflict_do_nothing().returning(deliveries.c.guid)


def _insert_user_comments(connection: Connection, group: Sequence[IngestItem]) -> None:
    """Keep comments as they were first told: what comes later of the same comment is no news."""
    comments = {a.comment.key: a.comment for a in reversed(group) if a.comment is not None}
    if comments:
        row = insert(connection, remarks).on_conflict_do_nothing()
        connection.execute(row, [make_user_comment_row(comments[key]) for key in sorted(comments)])


def _claim(arrival: IngestItem, unclaimed: set[str]) -> bool:
    """The first with a new GUID has it."""
    if arrival.guid is None:
        return True
    new = arrival.guid in unclaimed
    unclaimed.discard(arrival.guid)
    return new


def _merge(group: Sequence[IngestItem], now: datetime) -> dict[Key, datetime]:
    """When to look at each key: as soon as anybody asked for."""
    run_at: dict[Key, datetime] = {}
    for arrival in group:
        due = arrival.run_at or now
        for key in arrival.keys:
            run_at[key] = min(due, run_at.get(key, due))
    return run_at
