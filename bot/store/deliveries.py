"""The deliveries of GitHub that were taken, each once.

In: the GUID of a delivery and the keys it asks us to look at. Out: whether it was new.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bot.core.model import Key
from bot.core.people import Remark
from bot.store.arrivals import Arrival, Arrivals
from bot.store.engine import Database, uncancelled
from bot.store.tables import deliveries

_CHUNK = 1000  # far below what a statement takes


class Deliveries:
    """Implements `ports.Deliveries` on the database."""

    def __init__(self, database: Database, arrivals: Arrivals) -> None:
        self._database = database
        self._arrivals = arrivals

    async def take_delivery(
        self,
        guid: str,
        keys: Sequence[Key],
        run_at: datetime | None = None,
        remark: Remark | None = None,
    ) -> bool:
        """Remember the GUID and the remark and put the keys; False if it was taken before.

        Either both are stored or neither: a delivery that we could not store may come again.
        """
        return await self._arrivals.store(Arrival(tuple(keys), run_at, guid, remark))

    async def take_remark(self, remark: Remark) -> None:
        """Remember a comment that a list told of, and put its key; a known one is not changed."""
        await self._arrivals.store(Arrival((remark.key,), remark=remark))

    @uncancelled
    async def load_taken(self, guids: Sequence[str]) -> frozenset[str]:
        """Those of these GUIDs that were taken."""
        taken: set[str] = set()
        async with self._database.read() as connection:
            for start in range(0, len(guids), _CHUNK):
                some = guids[start : start + _CHUNK]
                found = select(deliveries.c.guid).where(deliveries.c.guid.in_(some))
                taken.update(await connection.scalars(found))
        return frozenset(taken)
