"""Builders as they are remembered, kept.

In: what two looks at a master came to. Out: the same; it is read before each fold.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from bot.core.model import Key, KnownBuilder
from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import builders
from bot.store.engine.upserts import put_row
from bot.store.inbox.key_rows import insert_keys
from bot.store.json_documents import make_words, parse_words

_ALL = select(builders).order_by(builders.c.source, builders.c.builderid)


class SqlBuilders:
    """The part of `ports.BuildStore` that is about builders."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load_builders(self) -> tuple[KnownBuilder, ...]:
        """All that we remember, of all sources."""
        return await self._database.read_at_once(
            lambda c: tuple(_parse(row) for row in c.execute(_ALL).mappings()), single=True
        )

    @shielded
    async def save_builders(self, known: Sequence[KnownBuilder], keys: Sequence[Key]) -> None:
        """Remember these as they are now, and look at these keys; one transaction."""
        times = self._database.times(self._clock.now())

        def save(connection: Connection) -> None:
            for builder in known:
                put_row(connection, builders, _make_row(builder))
            insert_keys(connection, dict.fromkeys(keys, times.here), times)

        await self._database.write_at_once(save, single=False)
        self._database.ring()


def _make_row(builder: KnownBuilder) -> dict[str, Any]:
    return {
        "source": builder.source,
        "builderid": builder.builderid,
        "name": builder.name,
        "tags": make_words(sorted(builder.tags)),
        "workers": make_words(sorted(builder.workers)),
        "came_at": builder.came_at,
        "gone_at": builder.gone_at,
        "left_at": builder.left_at,
        "settled": builder.settled,
        "successor": builder.successor,
        "split_at": builder.split_at,
        "split_name": builder.split_name,
    }


def _parse(row: RowMapping) -> KnownBuilder:
    words: dict[str, Any] = {n: frozenset(parse_words(row[n])) for n in ("tags", "workers")}
    return KnownBuilder(**{**dict(row), **words})
