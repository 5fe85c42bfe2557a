"""Moments: named times that outlive a process.

In: a name and a time of somebody else's clock, or that something was done just now. Out: the same;
what was done by any instance is told by our own clock, for theirs may be off.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import moments
from bot.store.engine.upserts import put_row


class Cursors:
    """The part of `ports.Facts` and `ports.HealthStore` that is about named moments."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def load_time(self, name: str) -> datetime | None:
        """A named moment by a neighbour's clock: a sweep's cursor, the first start."""
        found = select(moments.c.at).where(moments.c.name == name)
        return await self._database.read_at_once(lambda c: c.scalar(found), single=True)

    @shielded
    async def save_time(self, name: str, at: datetime | None) -> None:
        """Set or forget a named moment."""

        def save(connection: Connection) -> None:
            if at is None:
                connection.execute(delete(moments).where(moments.c.name == name))
            else:
                put_row(connection, moments, {"name": name, "at": at})

        await self._database.write_at_once(save, single=True)

    @shielded
    async def mark_done(self, name: str) -> None:
        """Remember that this was done just now."""
        done = {"name": name, "at": self._database.times(self._clock.now()).now}
        await self._database.write_at_once(lambda c: put_row(c, moments, done), single=True)

    @shielded
    async def load_done(self, name: str) -> datetime | None:
        """When any instance last did this, by our own clock."""
        times = self._database.times(self._clock.now())
        found = select(times.ours(moments.c.at)).where(moments.c.name == name)
        return await self._database.read_at_once(lambda c: c.scalar(found), single=True)
