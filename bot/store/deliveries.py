"""The deliveries of GitHub that were taken, each once.

In: the GUID of a delivery and the keys it asks us to look at. Out: whether it was new.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.core.model import Key
from bot.ports import Clock
from bot.store.engine import Database, insert, uncancelled
from bot.store.inbox import check_name, put_keys
from bot.store.tables import deliveries


class Deliveries:
    """Implements `ports.Deliveries` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @uncancelled
    async def take_delivery(
        self, guid: str, keys: Sequence[Key], run_at: datetime | None = None
    ) -> bool:
        """Remember the GUID and put its keys, one transaction; False if it was taken before.

        Either both are stored or neither: a delivery that we could not store may come again.
        """
        check_name(guid)
        now = self._clock.now()
        async with self._database.write() as connection:
            row = insert(connection, deliveries).values(guid=guid, at=now)
            new = (await connection.execute(row.on_conflict_do_nothing())).rowcount > 0
            if new:
                await put_keys(connection, keys, now, run_at)
        if new:
            self._database.bell.set()
        return new
