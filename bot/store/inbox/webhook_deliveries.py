"""The deliveries of GitHub that were taken, each once.

In: the GUID of a delivery and the keys it asks us to look at. Out: whether it was new.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bot.core.model import Key
from bot.core.model.commands import UserComment
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import deliveries
from bot.store.inbox.ingest import IngestItem, IngestQueue

_CHUNK = 1000  # far below what a statement takes


class SqlDeliveries:
    """Implements `ports.Deliveries` on the database."""

    def __init__(self, database: Database, arrivals: IngestQueue) -> None:
        self._database = database
        self._arrivals = arrivals

    async def take_delivery(
        self,
        guid: str,
        keys: Sequence[Key],
        run_at: datetime | None = None,
        comment: UserComment | None = None,
    ) -> bool:
        """Remember the GUID and the comment and put the keys; False if it was taken before.

        Either both are stored or neither: a delivery that we could not store may come again.
        """
        return await self._arrivals.store(IngestItem(tuple(keys), run_at, guid, comment))

    async def take_user_comment(self, comment: UserComment) -> None:
        """Remember a comment that a list told of, and put its key; a known one is not changed."""
        await self._arrivals.store(IngestItem((comment.key,), comment=comment))

    @shielded
    async def load_taken(self, guids: Sequence[str]) -> frozenset[str]:
        """Those of these GUIDs that were taken."""
        taken: set[str] = set()
        async with self._database.read() as connection:
            for start in range(0, len(guids), _CHUNK):
                some = guids[start : start + _CHUNK]
                found = select(deliveries.c.guid).where(deliveries.c.guid.in_(some))
                taken.update(await connection.scalars(found))
        return frozenset(taken)
