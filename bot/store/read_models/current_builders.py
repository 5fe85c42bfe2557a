"""Builders by their ids, and how long their last builds took: what a look at running builds needs.

In: a source, names. Out: rows; read only, each builder's last builds by an index.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import Connection, bindparam, select

from bot.core.model.build_results import Result, is_evidence
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import builders, builds
from bot.store.read_models.build_summaries import NEWEST

# What broke off or was skipped says nothing of how long a build takes.
_TELLING = [int(result) for result in Result if is_evidence(result)]

_LAST = (
    select(builds.c.started_at, builds.c.complete_at)
    .where(
        builds.c.builder == bindparam("name"),
        builds.c.source == bindparam("of_source"),
        builds.c.complete_at.is_not(None),
        builds.c.result.in_(_TELLING),
    )
    .order_by(*NEWEST)
    .limit(bindparam("most"))
)


class CurrentBuilders:
    """Implements what `web.current_work` asks of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @shielded
    async def load_builder_names(self, source: str) -> Mapping[int, str]:
        """The names of a source's builders, by id."""
        found = select(builders.c.builderid, builders.c.name).where(builders.c.source == source)

        def load(connection: Connection) -> dict[int, str]:
            return {row.builderid: row.name for row in connection.execute(found)}

        return await self._database.read_at_once(load, single=True)

    @shielded
    async def load_last_spans(
        self, source: str, names: Collection[str], limit: int
    ) -> Mapping[str, tuple[timedelta, ...]]:
        """How long the last builds of these builders took that came to an end of their own."""

        def load(connection: Connection) -> dict[str, tuple[timedelta, ...]]:
            found = {}
            for name in sorted(names):
                asked = {"name": name, "of_source": source, "most": limit}
                rows = connection.execute(_LAST, asked)
                spans = (row.complete_at - row.started_at for row in rows)
                found[name] = tuple(max(span, timedelta(0)) for span in spans)
            return found

        return await self._database.read_at_once(load, single=False)
