"""Which builds a branch's open incidents need: asked of the planner after a fold, and stored.

In: the fold of a branch. Out: requests, each with a key of its own; what is no longer needed is
wished back. Nothing is asked here: that is `request.py`'s.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.core.blame import BranchState
from bot.core.model import (
    FIRST_SOURCE,
    Budget,
    BuilderLoad,
    BuildRequest,
    Incident,
    IncidentState,
    ListedBuilder,
    PlannedBuild,
    Repository,
    RequestPlan,
    RequestPurpose,
    RequestState,
)
from bot.core.model.ci_requests import BuilderQueue
from bot.core.model.request_options import RequestMode
from bot.core.model.request_records import (
    TAKEN_BACK,
    TAKEN_BACK_AT_CI,
    RequestRecord,
    SpendingOrder,
)
from bot.core.requests import measure_builders, plan_requests
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_announcing_since
from bot.reconcile.request_answers import load_askable

log = logging.getLogger(__name__)


async def plan_builds(
    ctx: Context,
    repository: Repository,
    branch: str,
    state: BranchState,
    incidents: Sequence[Incident],
) -> datetime | None:
    """Store what should be asked for now; when to plan again, where a limit says so."""
    options, repo_id = ctx.options.requests, repository.repo_id
    if not options.is_on:
        return None
    orders = {order.incident: order for order in await ctx.requests.load_orders(repo_id)}
    records = await ctx.requests.load_requests(ctx.clock.now() - options.limits.share_span)
    wanted = await _find_wanted(ctx, incidents, orders, records)
    records = await _add_earlier(ctx, repo_id, wanted, records)
    wanted = [i for i in wanted if not _is_taken_back(i, records, orders.get(i.id))]
    if not wanted:
        return None
    listed = await load_askable(ctx)
    if isinstance(listed, str):  # `doctor` says what to do about it
        log.info("nothing can be asked for", extra={"reason": listed})
        listed = {}
    plan = await _plan(ctx, state, wanted, listed, records=records, orders=orders)
    new = [
        _make_record(
            ctx,
            planned,
            repo_id=repo_id,
            branch=branch,
            builderid=listed[planned.builder].builderid,
            earlier=_count_same(planned, records),
            order=orders.get(planned.incident),
        )
        for planned in plan.ask
    ]
    if new or plan.cancel:
        await ctx.requests.save_plan(new, plan.cancel)
    for planned in plan.ask:
        log.info("build planned", extra={"incident": planned.incident, "reason": planned.told})
    return plan.again_at


async def _plan(
    ctx: Context,
    state: BranchState,
    wanted: Sequence[Incident],
    listed: Mapping[str, ListedBuilder],
    *,
    records: Sequence[RequestRecord],
    orders: Mapping[str, SpendingOrder],
) -> RequestPlan:
    """In a thread: believing anew for each build that could be asked for takes its time."""
    now = ctx.clock.now()
    fleet = await _load_fleet(ctx, state, listed, now)
    budgets = {name: _find_budget(order, records) for name, order in orders.items()}
    plan = partial(
        plan_requests,
        limits=ctx.options.requests.limits,
        budgets=budgets,
    )
    requests = [record.request for record in records]
    found = await asyncio.to_thread(plan, state, wanted, fleet, requests, now)
    return replace(found, ask=tuple(_keep_within(budgets, found.ask)))


def _keep_within(
    budgets: Mapping[str, Budget], planned: Sequence[PlannedBuild]
) -> Iterator[PlannedBuild]:
    """What one plan asks for is spent at once: no more of it than is left."""
    left = {name: budget.builds for name, budget in budgets.items()}
    for build in planned:
        if left.get(build.incident, 1) > 0:
            yield build
        if build.incident in left:
            left[build.incident] -= 1


async def _find_wanted(
    ctx: Context,
    incidents: Sequence[Incident],
    orders: Mapping[str, SpendingOrder],
    records: Sequence[RequestRecord],
) -> list[Incident]:
    """Incidents that builds may be asked for, or were: of people's orders, or where we may all.

    What was red before anything may be said is the past: nobody would hear what it cost.
    """
    since = await load_announcing_since(ctx.builds, ctx.ci, posting=ctx.options.post_comments)
    auto = ctx.options.requests.mode is RequestMode.AUTO and since is not None
    asked = {r.request.incident for r in records if r.request.is_outstanding}

    def is_wanted(incident: Incident) -> bool:
        if incident.id in asked:
            return True
        if incident.state is not IncidentState.OPEN:
            return False
        news = auto and since is not None and incident.opened_at > since
        return news or incident.id in orders

    return [incident for incident in incidents if is_wanted(incident)]


async def _add_earlier(
    ctx: Context, repo_id: int, wanted: Sequence[Incident], recent: Sequence[RequestRecord]
) -> tuple[RequestRecord, ...]:
    """With all that was ever asked for these incidents: their budgets are spent once."""
    known = {record.request.id: record for record in recent}
    for incident in wanted:
        earlier = await ctx.requests.load_requests_of(repo_id, incident=incident.id)
        known |= {record.request.id: record for record in earlier}
    return tuple(known.values())


def _is_taken_back(
    incident: Incident, records: Sequence[RequestRecord], order: SpendingOrder | None
) -> bool:
    """People took a build of it back: no other is asked for until somebody orders one."""
    taken = [
        record.request.asked_at
        for record in records
        if record.request.incident == incident.id
        and record.request.state is RequestState.CANCELLED
        and record.words in {TAKEN_BACK, TAKEN_BACK_AT_CI}
    ]
    return bool(taken) and (order is None or order.at <= max(taken))


# ---------------------------------------------------------------- the fleet


async def _load_fleet(
    ctx: Context, state: BranchState, listed: Mapping[str, ListedBuilder], now: datetime
) -> dict[str, BuilderLoad]:
    """What each of them takes, and has to do."""
    if not listed:
        return {}
    queues = await ctx.requesters[FIRST_SOURCE].fetch_queues()
    loads = await asyncio.to_thread(measure_builders, state.observations, now)
    return {
        name: _put_queue(load, listed[name], queues.get(listed[name].builderid), now)
        for name, load in loads.items()
        if name in listed
    }


def _put_queue(
    load: BuilderLoad, builder: ListedBuilder, queue: BuilderQueue | None, now: datetime
) -> BuilderLoad:
    """Buildbot's clock may be ahead of ours: nothing waits since a time to come."""
    queue = queue or BuilderQueue()
    times = (queue.waiting_since, queue.running_since)
    waiting, running = (None if at is None else min(at, now) for at in times)
    away = not builder.connected
    return replace(load, waiting_since=waiting, running_since=running, is_away=away)


# ---------------------------------------------------------------- what is stored


def _find_budget(order: SpendingOrder, records: Sequence[RequestRecord]) -> Budget:
    own = [r.request for r in records if r.comment_id == order.comment_id]
    spent = sum(r.incident == order.incident and r.costs_time for r in own)
    return Budget(builds=order.builds - spent, is_told=True)


def _count_same(planned: PlannedBuild, records: Sequence[RequestRecord]) -> int:
    place = (planned.incident, planned.builder, planned.revision)
    requests = (record.request for record in records)
    return sum((r.incident, r.builder, r.revision) == place for r in requests)


def _make_record(
    ctx: Context,
    planned: PlannedBuild,
    *,
    repo_id: int,
    branch: str,
    builderid: int,
    earlier: int,
    order: SpendingOrder | None,
) -> RequestRecord:
    """The same plan made twice is one request: its id says what for, and how often before."""
    now = ctx.clock.now()
    request = BuildRequest(
        id=f"i{planned.incident}.{builderid}.{planned.revision[:10]}.{earlier}",
        source=FIRST_SOURCE,
        builder=planned.builder,
        revision=planned.revision,
        purpose=RequestPurpose.BISECT if order else RequestPurpose.AUTO,
        state=RequestState.PLANNED,
        asked_at=now,
        incident=planned.incident,
        reason=planned.reason,
        asked_by=order.by if order else None,
        expected_minutes=planned.minutes,
    )
    return RequestRecord(
        request=request,
        repo_id=repo_id,
        builderid=builderid,
        branch=branch,
        deadline=now + ctx.options.requests.lasts,
        number=order.number if order else None,
        comment_id=order.comment_id if order else None,
        position=order.position if order else 0,
        dry_run=not ctx.options.post_comments,
    )
