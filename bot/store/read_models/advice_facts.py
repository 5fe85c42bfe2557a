"""What advice on builders rests on: their last month in figures, and when each last built.

In: the time, and which repositories are shown. Out: `AdviceFacts`; read only.
"""

from collections import Counter, defaultdict
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from bot.core.fleet.advice import MONTH, AdviceFacts, BuilderMonth, LastSeen
from bot.core.model.build_results import Result, is_evidence, is_red
from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import builds
from bot.store.read_models.build_summaries import FINISHED
from bot.store.read_models.builder_details import BuilderDetails
from bot.store.read_models.visible import Visible, is_visible


class AdviceFactsPages:
    """A part of the read models."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._details = BuilderDetails(database, clock)

    @shielded
    async def load_advice_facts(self, now: datetime, visible: Visible = None) -> AdviceFacts:
        """Builders that were taken out are left out, and so are their workers."""
        listed = await self._details.load_builder_list(visible)
        builders = [
            LastSeen(known.name, known.came_at, last.complete_at if last else None)
            for known, last in listed
            if known.gone_at is None
        ]
        came = {known.name: known.came_at for known, _ in listed}
        workers = [
            LastSeen(
                name,
                min((came[b] for b in places if b in came), default=now),
                last.complete_at if last else None,
                places,
            )
            for name, places, last in await self._details.load_worker_list(visible)
        ]
        months = await self._database.read_at_once(
            lambda connection: count_months(connection, now - MONTH, visible), single=True
        )
        return AdviceFacts(months, builders, workers)


def count_months(
    connection: Connection, since: datetime, visible: Visible
) -> dict[str, BuilderMonth]:
    """How the builds of each builder ended since then."""
    wanted = and_(FINISHED, builds.c.complete_at >= since, is_visible(builds, visible))
    found = select(builds.c.builder, builds.c.result, func.count()).where(wanted)
    counts: defaultdict[str, Counter[Result]] = defaultdict(Counter)
    for builder, result, count in connection.execute(
        found.group_by(builds.c.builder, builds.c.result)
    ):
        counts[builder][Result(result)] = count
    return {
        builder: BuilderMonth(
            told=sum(n for result, n in own.items() if is_evidence(result)),
            failed=sum(n for result, n in own.items() if is_red(result)),
            broken=own[Result.EXCEPTION] + own[Result.RETRY],
        )
        for builder, own in counts.items()
    }
