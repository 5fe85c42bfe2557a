"""When GitHub may be called, for all instances together: three rows of moments.

In: how long GitHub told us to wait, and turns to write. Out: how long is left. All of it is told in
durations, and kept by the database's clock: machines' clocks are not compared.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.db_clock import DbClock
from bot.store.engine.tables import moments
from bot.store.engine.upserts import insert

_TURN = "github: next write"
_SHUT = "github: shut until"
_TOLD = "github: told to wait"

# Nothing that we store lies further ahead: what does was written before a clock was set back. Of
# each instance one write is in line, a second after the other; GitHub's limits reset within the
# hour.
_LONGEST_LINE = timedelta(minutes=1)
_FARTHEST = timedelta(hours=1, minutes=1)


class SharedRateLimit:
    """Implements `ports.Pacing` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def take_turn(self, gap: timedelta) -> timedelta:
        """Take the next turn to write, `gap` after the one before; how long it is until then."""
        times = self._database.times(self._clock.now())
        async with self._database.write() as connection:
            next_at = await self._lock(connection, _TURN, times)
            turn = next_at if times.here < next_at < times.here + _LONGEST_LINE else times.here
            await self._move(connection, _TURN, times.at(turn + gap))
        return turn - times.here

    @shielded
    async def load_shut(self) -> timedelta | None:
        """How long GitHub still wants to be left alone; None: it does not.

        What it told us later than now, it told us before a clock was set back: it will again.
        """
        times = self._database.times(self._clock.now())
        found = select(moments.c.name, times.ours(moments.c.at).label("at"))
        found = found.where(moments.c.name.in_([_SHUT, _TOLD]))
        rows = await self._database.read_at_once(lambda c: c.execute(found).all(), single=True)
        at = {row.name: row.at for row in rows}
        if _SHUT not in at or at.get(_TOLD, times.here) > times.here:
            return None
        left: timedelta = at[_SHUT] - times.here
        return left if timedelta(0) < left < _FARTHEST else None

    @shielded
    async def save_shut(self, wait: timedelta) -> None:
        """GitHub wants to be left alone for so long; whoever was told the longest counts."""
        times = self._database.times(self._clock.now())
        until = times.here + wait
        async with self._database.write() as connection:
            known = await self._lock(connection, _SHUT, times)
            told = await self._lock(connection, _TOLD, times)
            if told > times.here or not until < known < times.here + _FARTHEST:
                await self._move(connection, _SHUT, times.at(until))
                await self._move(connection, _TOLD, times.now)

    async def _lock(self, connection: AsyncConnection, name: str, times: DbClock) -> datetime:
        """The moment by our clock; nobody else moves it before this transaction ends."""
        row = insert(connection, moments).values(name=name, at=times.now)
        await connection.execute(row.on_conflict_do_nothing())
        found = select(times.ours(moments.c.at)).where(moments.c.name == name)
        return (await connection.execute(found.with_for_update())).scalar_one() or times.here

    async def _move(
        self, connection: AsyncConnection, name: str, at: ColumnElement[datetime]
    ) -> None:
        await connection.execute(update(moments).where(moments.c.name == name).values(at=at))
