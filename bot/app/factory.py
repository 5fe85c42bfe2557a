"""Composition root: settings → store, clients, road, doors, worker; and an orderly end.

The only place that knows all rooms. `create_app` opens what the service needs; what it opened
is closed when the application is cleaned up, in the opposite order.
"""

import logging
import os
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

from aiohttp import web

from bot.app.comment_parser import CommentParser
from bot.app.log_pool import LogPool
from bot.app.logging_setup import make_redactor
from bot.app.metrics import (
    ClockSkew,
    InstrumentedLogReader,
    Metrics,
    instrument_reconcilers,
    make_client_trace,
)
from bot.app.notice_senders import open_senders
from bot.app.settings import Settings
from bot.app.setup_checks.context import CheckContext, load_moments, load_stored
from bot.app.setup_monitor import SetupMonitor
from bot.app.sweeps import AT_START, TIMERS, make_sweeps
from bot.app.web_app import make_web_app
from bot.app.wiring import (
    SystemClock,
    make_context,
    make_options,
    make_stable_filter,
    open_buildbot,
    open_github,
    open_logins,
)
from bot.app.worker import Worker
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.ci.buildbot.requests import BuildbotRequester
from bot.clients.github.client import GitHubClient
from bot.clients.github.logins import GitHubLogins
from bot.core.errors import Unavailable
from bot.core.log_rules import ProjectFormat
from bot.core.model import KeyKind
from bot.core.model.counts import count_words
from bot.core.notices.subscriptions import Medium
from bot.core.ports import BuildRequester, Clock, LogReader, NoticeSender, Reconcile
from bot.reconcile.context import Context, ParseCommands
from bot.reconcile.cursors import begin_filing, begin_reminding
from bot.reconcile.notice_subscriptions import begin_subscriptions
from bot.reconcile.reconcilers import make_reconcilers
from bot.reconcile.repository_options import RepositoryOptions
from bot.store import Store, open_store
from bot.store.github_rate_limit import SharedRateLimit
from bot.store.statistics import Statistics
from bot.web.health.checks import HealthSources
from bot.web.health.probes import Probe, ProbeLoop, PushMonitor
from bot.web.webhooks.bodies import Bodies
from bot.web.webhooks.refused_deliveries import RefusedDeliveries

log = logging.getLogger(__name__)

# Heroku and most supervisors kill 30 s after SIGTERM: 20 s for work in flight, 5 s for requests.
DRAIN_SECONDS = 20
SHUTDOWN_SECONDS = 5

# Keys at once: enough that a slow log holds nobody up, and so few that builds are read nearly in
# their order. More were tried: one storm with twelve accused a pull and took it back; whether for
# that reason is not known.
_CONCURRENCY = 4

STORE = web.AppKey("store", Store)
WORKER = web.AppKey("worker", Worker)
SOURCES = web.AppKey("sources", HealthSources)


async def create_app(
    settings: Settings,
    clock: Clock | None = None,
    reader: LogReader | None = None,
    cache: Path | None = None,
    *,
    works: bool = True,
) -> web.Application:
    """The whole service, its worker running; raises `UserError` where it cannot start.

    A `reader` that is given may serve others, too, and is left open. One of its own keeps in
    `cache` what it compiles. Where it does not work, it shows what is stored, and calls nobody.
    """
    async with AsyncExitStack() as stack:
        reader = reader or _open_reader(stack, cache, settings.log_rules or ())
        app = await _open(settings, clock or SystemClock(), reader, stack, works=works)
        if works:
            await _start_worker(app, app[WORKER], app[SOURCES], stack)
        closing = stack.pop_all()

    async def close(_: web.Application) -> None:
        await closing.aclose()

    app.on_cleanup.append(close)
    return app


def _open_reader(
    stack: AsyncExitStack, cache: Path | None, rules: tuple[ProjectFormat, ...]
) -> LogReader:
    reader = LogPool(cache=cache, rules=rules)
    stack.push_async_callback(reader.close)
    return reader


def _open_parser(stack: AsyncExitStack) -> ParseCommands:
    parser = CommentParser()
    stack.push_async_callback(parser.close)
    return parser.parse


async def _open(
    settings: Settings, clock: Clock, reader: LogReader, stack: AsyncExitStack, *, works: bool
) -> web.Application:
    metrics, skew = Metrics(), ClockSkew()
    store = await open_store(settings.database_url, clock)
    stack.push_async_callback(store.close)
    trace = make_client_trace("buildbot", metrics, clock)
    buildbot_client = await open_buildbot(settings, clock, stack, trace)
    trace = make_client_trace("github", metrics, clock, skew)
    pacing = SharedRateLimit(store.database, clock)
    github_client = await open_github(settings, clock, stack, trace, pacing=pacing)
    context = make_context(
        store,
        ci=[buildbot_client],
        github=github_client,
        log_reader=InstrumentedLogReader(reader, metrics),
        parse_commands=_open_parser(stack),
        clock=clock,
        options=make_options(settings),
        requesters=_make_requesters(settings, buildbot_client),
        senders=await _open_senders(settings, clock, store, stack, works=works),
    )
    options = await _begin(context, works=works)
    clients = buildbot_client, github_client
    sweeps = make_sweeps(settings, context, store, clients, options)
    reconcilers = make_reconcilers(context, options, sweeps)
    deliveries = RefusedDeliveries(store.facts, clock)
    logins = await open_logins(settings, clock, stack)
    sources = _make_health_sources(
        settings, context, store, clients, skew=skew, deliveries=deliveries, logins=logins
    )
    app = make_web_app(
        settings,
        store,
        sources,
        metrics,
        source=buildbot_client,
        deliveries=deliveries,
        logins=logins,
        find_prefixes=lambda: options.prefixes,
        works=works,
    )
    app[WORKER] = _make_worker(store, instrument_reconcilers(reconcilers, metrics), clock)
    app[STORE], app[SOURCES] = store, sources
    return app


async def _open_senders(
    settings: Settings, clock: Clock, store: Store, stack: AsyncExitStack, *, works: bool
) -> Mapping[Medium, NoticeSender]:
    """Who works stays on IRC, and tells how things are: in numbers, for anybody may ask."""

    async def tell_status() -> str:
        count = count_words(
            len(await store.notices.load_open_incidents()), "incident is", "incidents are"
        )
        where = f" {settings.public_url}" if settings.public_url else ""
        return f"{count} open.{where}"

    return await open_senders(settings, clock, stack, stays=works, tell_status=tell_status)


async def _begin(context: Context, *, works: bool) -> RepositoryOptions:
    """What is there by now is no news to those who are new."""
    await begin_reminding(context.builds, context.ci)
    await begin_filing(context.builds, context.ci, context.options.tracker)
    if works:
        await begin_subscriptions(context)
    return RepositoryOptions(context.options, context.settings_files)


def _make_worker(store: Store, table: Mapping[KeyKind, Reconcile], clock: Clock) -> Worker:
    return Worker(
        store.inbox,
        table,
        clock,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        concurrency=_CONCURRENCY,
        timers=TIMERS,
    )


def _make_requesters(
    settings: Settings, buildbot_client: BuildbotClient
) -> dict[str, BuildRequester]:
    """Who can be asked for builds, by source."""
    requester = BuildbotRequester(buildbot_client, settings.force_scheduler)
    return {buildbot_client.source: requester}


def _make_health_sources(
    settings: Settings,
    context: Context,
    store: Store,
    clients: tuple[BuildbotClient, GitHubClient],
    *,
    skew: ClockSkew,
    deliveries: RefusedDeliveries,
    logins: GitHubLogins | None,
) -> HealthSources:
    """What `/health` looks at."""
    buildbot_, github_ = clients
    clock = context.clock
    pushes = PushMonitor(store.facts, clock) if settings.buildbot_webhook_token else None
    figures = Statistics(store.database, clock)
    here = CheckContext(
        settings=settings,
        clock=clock,
        buildbot=buildbot_,
        github=github_.api,
        skew=skew,
        is_stable=make_stable_filter(settings.stable_tag, settings.stable_pattern),
        load_moments=partial(load_moments, store.facts.load_time),
        load_stored=partial(load_stored, store.views, figures, posts=settings.post_comments),
        logins=logins,
        senders=context.senders,
    )
    setup = SetupMonitor(here)
    return HealthSources(
        store=store.views,
        clock=clock,
        buildbot=buildbot_,
        github=github_,
        reach_buildbot=Probe(buildbot_.ping, lambda: buildbot_.last_contact),
        reach_github=Probe(github_.ping, lambda: github_.last_contact),
        skew=skew,
        pushes=pushes,
        load_checks=setup.load,
        watches=[setup.look, deliveries.save, *([pushes.look] if pushes else [])],
        bodies=Bodies(now=clock.now),
        posts=settings.post_comments,
        scrub=make_redactor(settings.secrets),
    )


async def _start_worker(
    app: web.Application, worker: Worker, sources: HealthSources, stack: AsyncExitStack
) -> None:
    """Work until the application is shut down; work in flight is then waited for."""

    async def drain(_: web.Application) -> None:
        sources.draining = True
        await worker.drain(DRAIN_SECONDS)

    probe_loop = ProbeLoop(
        [sources.reach_buildbot, sources.reach_github], sources.watches, sources.clock
    )
    app.on_shutdown.append(drain)
    await probe_loop.start()
    # Whatever the timers say: what was pushed while nobody listened is lost, and what GitHub
    # refused under other credentials it may take now.
    with suppress(Unavailable):
        await app[STORE].inbox.put(AT_START)
    stack.push_async_callback(probe_loop.stop)
    await worker.start()
    stack.push_async_callback(worker.drain, 0)
