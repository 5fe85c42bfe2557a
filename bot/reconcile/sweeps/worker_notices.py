"""The sweep over workers: whose owners asked to hear of it are told which are away, or back.

In: when each worker last built. Out: notices in the outbox.
"""

from collections.abc import Mapping
from datetime import datetime

from bot.core.errors import Unavailable
from bot.core.fleet.advice import LastSeen
from bot.core.notices.decide import Change, TaggedBuilder, describe_builders
from bot.core.notices.notice import NO_REPOSITORY
from bot.core.notices.subscriptions import Subscription
from bot.core.notices.workers import decide_worker_notice, make_worker_facts
from bot.core.ports.reports import AdviceStore
from bot.reconcile.context import Context

WORKERS_SWEEP = "workers"


class WorkerNoticeSweep:
    """Looks at all workers that anybody subscribed to."""

    def __init__(self, ctx: Context, store: AdviceStore) -> None:
        self._ctx = ctx
        self._store = store

    async def run(self, now: datetime) -> None:
        """`now` is by the sources' clocks, as builds are."""
        hearers = [s for s in self._ctx.options.subscriptions if s.hears_of_workers]
        if not hearers:
            return
        tags = {b.name: tuple(sorted(b.tags)) for b in await self._ctx.builds.load_builders()}
        began = await self._ctx.notices.load_subscription_times()
        looked_at = await self._ctx.builds.load_time(f"{WORKERS_SWEEP} sweep")
        new = {s.name for s in hearers if looked_at is None or looked_at <= began[s.name]}
        for worker in (await self._store.load_advice_facts(now)).workers:
            subject = self._describe(worker, tags)
            wanting = [s for s in hearers if s.wants_worker(subject)]
            if wanting:
                await self._look(worker, wanting, new, now)

    def _describe(
        self, worker: LastSeen, tags: Mapping[str, tuple[str, ...]]
    ) -> Mapping[str, frozenset[str]]:
        builders = [TaggedBuilder(b, tags.get(b, ()), (worker.name,)) for b in worker.builders]
        described = describe_builders(builders, self._ctx.options.facet_rules)
        return {**described, "worker": frozenset({worker.name})}

    async def _look(
        self, worker: LastSeen, hearers: list[Subscription], new: set[str], now: datetime
    ) -> None:
        ctx = self._ctx
        facts = make_worker_facts(worker, now, ctx.options.public_url)
        stored = await ctx.notices.load_notices(NO_REPOSITORY, facts.incident)
        changes: list[Change] = []
        for subscription in hearers:
            known = [n for n in stored if n.subscription == subscription.name]
            change = decide_worker_notice(
                subscription, facts, known, is_new=subscription.name in new, now=ctx.clock.now()
            )
            changes += [change] if change else []
        if changes and not await ctx.notices.save_changes(changes):
            raise Unavailable("one of these notices is being sent just now")
