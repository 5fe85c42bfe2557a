"""Builders and workers: what they are, their builds, and the incidents that they showed.

In: a name. Out: all that is stored of it, as far as it is shown.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Text, and_, column, select, values

from bot.core.incidents.builder_roster import make_roster
from bot.core.model import Incident, KnownBuilder, Repository
from bot.core.ports import Clock
from bot.core.ports.details import BuilderDetail, WorkerDetail
from bot.core.trends.builds import BuildSummary
from bot.store.builders import SqlBuilders
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import builders, builds
from bot.store.read_models.build_summaries import (
    COLUMNS,
    FINISHED,
    NEWEST,
    load_summaries,
    make_summary,
    select_newest,
)
from bot.store.read_models.incident_parts import load_incidents_by_part
from bot.store.read_models.visible import Visible, is_visible

# As many as a builder of many branches makes in a quarter; what is older is on Buildbot's own page.
MOST_BUILDS = 5000


class BuilderDetails:
    """The part of `ports.DetailStore` that is about builders and workers."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._builders = SqlBuilders(database, clock)

    @shielded
    async def load_builder_list(
        self, visible: Visible = None
    ) -> Sequence[tuple[KnownBuilder, BuildSummary | None]]:
        """All builders that are remembered, with their last build; by name."""
        known = {(b.source, b.builderid): b for b in await self._builders.load_builders()}
        own = (builds.c.source == builders.c.source, builds.c.builder == builders.c.name)
        newest = select(builds.c.buildid).where(*own, FINISHED, is_visible(builds, visible))
        last = newest.order_by(*NEWEST).limit(1).correlate(builders).scalar_subquery()
        at_last = and_(builds.c.source == builders.c.source, builds.c.buildid == last)
        listed = (builders.c.source.label("of_source"), builders.c.builderid.label("of_builder"))
        found = select(*listed, *COLUMNS).join(builds, at_last)

        def load(connection: Connection) -> dict[tuple[str, int], BuildSummary]:
            rows = connection.execute(found).mappings()
            return {(r["of_source"], r["of_builder"]): make_summary(r) for r in rows}

        lasts = await self._database.read_at_once(load, single=True)
        shown = [(b, lasts.get(place)) for place, b in known.items()]
        return sorted(
            (one for one in shown if visible is None or one[1] is not None),
            key=lambda one: (one[0].name.casefold(), one[0].source),
        )

    @shielded
    async def load_builder_detail(
        self, name: str, since: datetime, visible: Visible = None
    ) -> BuilderDetail | None:
        """One builder, with its builds since then."""
        remembered = await self._builders.load_builders()
        names = tuple(sorted(make_roster(remembered).find_old_names([name])))
        known = next((b for b in remembered if b.name == name), None)
        wanted = and_(builds.c.builder.in_(names), is_visible(builds, visible))
        recent = select_newest(and_(wanted, builds.c.complete_at >= since), MOST_BUILDS)
        last = select_newest(wanted, 1)

        def load(
            connection: Connection,
        ) -> tuple[tuple[BuildSummary, ...], list[tuple[Repository, Incident]]]:
            own = load_summaries(connection, recent) or load_summaries(connection, last)
            return own, load_incidents_by_part(connection, "builder", name, visible)

        own, incidents = await self._database.read_at_once(load, single=False)
        if not own and not incidents and (known is None or visible is not None):
            return None
        return BuilderDetail(name, known, names, own, tuple(incidents))

    @shielded
    async def load_worker_list(
        self, visible: Visible = None
    ) -> Sequence[tuple[str, tuple[str, ...], BuildSummary | None]]:
        """All workers of those builders, the builders of each, and its last build; by name."""
        places: defaultdict[str, set[str]] = defaultdict(set)
        for builder, _ in await self.load_builder_list(visible):
            for worker in builder.workers if builder.gone_at is None else ():
                places[worker].add(builder.name)
        lasts = await self._load_lasts(sorted(places), visible)
        return [
            (name, tuple(sorted(places[name])), lasts.get(name))
            for name in sorted(places, key=str.casefold)
        ]

    async def _load_lasts(self, names: Sequence[str], visible: Visible) -> dict[str, BuildSummary]:
        """The last build of each worker, by one query."""
        if not names:
            return {}
        asked = values(column("name", Text), name="asked").data([(n,) for n in names]).cte()
        mine = and_(builds.c.worker == asked.c.name, FINISHED, is_visible(builds, visible))
        newest = select(builds.c.complete_at).where(mine).order_by(*NEWEST).limit(1)
        last = newest.correlate(asked).scalar_subquery()
        at_last = and_(builds.c.worker == asked.c.name, builds.c.complete_at == last)
        shown = is_visible(builds, visible)
        found = select(*COLUMNS).select_from(asked.join(builds, at_last)).where(FINISHED, shown)
        summaries = await self._database.read_at_once(
            lambda connection: load_summaries(connection, found), single=True
        )
        return {summary.worker: summary for summary in summaries}

    @shielded
    async def load_worker_detail(
        self, name: str, since: datetime, visible: Visible = None
    ) -> WorkerDetail | None:
        """One worker, with its builds since then."""
        wanted = and_(builds.c.worker == name, is_visible(builds, visible))
        recent = select_newest(and_(wanted, builds.c.complete_at >= since), MOST_BUILDS)
        last = select_newest(wanted, 1)

        def load(connection: Connection) -> tuple[BuildSummary, ...]:
            return load_summaries(connection, recent) or load_summaries(connection, last)

        own = await self._database.read_at_once(load, single=False)
        remembered = await self._builders.load_builders()
        may_run = {b.name for b in remembered if name in b.workers and b.gone_at is None}
        if not own and (not may_run or visible is not None):
            return None
        shown = may_run if visible is None else may_run & {b.builder for b in own}
        return WorkerDetail(name, tuple(sorted(shown)), own)
