"""Composition root: settings → store, clients, road, doors, worker; and an orderly end.

The only place that knows all rooms. `create_app` opens what the service needs; what it opened
is closed when the application is cleaned up, in the opposite order.
"""

import logging
import os
import socket
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from bot.catching_up import GITHUB_SWEEP, CatchingUp, mark_first_start
from bot.clients.buildbot import BuildbotClient
from bot.clients.github import GitHubClient
from bot.core.errors import Unavailable
from bot.core.model import KeyKind, Repository, sweep_key
from bot.core.payloads import ListedComment, make_listed_remark
from bot.measuring import (
    ClockSkew,
    MeasuredReader,
    Measures,
    make_trace,
    measure_doors,
    measure_speech,
    measure_work,
)
from bot.observe import make_scrubber
from bot.parts import SystemClock, make_options, make_road, open_buildbot, open_github
from bot.ports import Clock, LogReader, Reconcile
from bot.reading import PoolLogReader
from bot.settings import Settings
from bot.store import Store, open_store
from bot.store.figures import Figures
from bot.store.pacing import SharedPacing
from bot.store.retention import RETENTION_SWEEP, Limits, Retention
from bot.sweeps import BUILDBOT_SWEEP, SPEECH_SWEEP, Chore
from bot.triage import Road
from bot.web import buildbot, dashboard, github, health
from bot.web.doors import BODY_LIMIT, answer_errors
from bot.web.metrics import make_metrics
from bot.web.pulse import Pulse, PushWatch, Reach
from bot.worker import Timer, Worker

log = logging.getLogger(__name__)

# Heroku and most supervisors kill 30 s after SIGTERM: 20 s for work in flight, 5 s for requests.
DRAIN_SECONDS = 20
SHUTDOWN_SECONDS = 5

# Keys at once: enough that a slow log holds nobody up, and so few that builds are read nearly in
# their order. More were tried: one storm with twelve accused a pull and took it back; whether for
# that reason is not known.
_CONCURRENCY = 4

# Within a minute `/health` has to say that builds finish which nobody pushed: 45 s until the sweep
# sees them, and two looks of five seconds at what was pushed.
TIMERS = (
    Timer(sweep_key(BUILDBOT_SWEEP), every_seconds=45),
    Timer(sweep_key(SPEECH_SWEEP), every_seconds=300),
    # A webhook that failed is found within ten minutes, at a call each time where none did.
    Timer(sweep_key(GITHUB_SWEEP), every_seconds=600),
    Timer(sweep_key(RETENTION_SWEEP), every_seconds=86_400),
)

_STATIC = Path(__file__).parent / "web" / "static"

STORE = web.AppKey("store", Store)
WORKER = web.AppKey("worker", Worker)


async def create_app(
    settings: Settings, clock: Clock | None = None, reader: LogReader | None = None
) -> web.Application:
    """The whole service, its worker running; raises `UserError` where it cannot start.

    A `reader` that is given may serve others, too, and is left open.
    """
    async with AsyncExitStack() as stack:
        reader = reader or _open_reader(stack)
        app = await _open(settings, clock or SystemClock(), reader, stack)
        closing = stack.pop_all()

    async def close(_: web.Application) -> None:
        await closing.aclose()

    app.on_cleanup.append(close)
    return app


def _open_reader(stack: AsyncExitStack) -> LogReader:
    reader = PoolLogReader()
    stack.push_async_callback(reader.close)
    return reader


async def _open(
    settings: Settings, clock: Clock, reader: LogReader, stack: AsyncExitStack
) -> web.Application:
    measures, skew = Measures(), ClockSkew()
    store = await open_store(settings.database_url, clock)
    stack.push_async_callback(store.close)
    trace = make_trace("buildbot", measures, clock)
    buildbot_client = await open_buildbot(settings, clock, stack, trace)
    trace, pacing = make_trace("github", measures, clock, skew), SharedPacing(store.database, clock)
    github_client = await open_github(settings, clock, stack, trace, pacing=pacing)
    road = make_road(
        store,
        buildbot=buildbot_client,
        github=github_client,
        reader=MeasuredReader(reader, measures),
        clock=clock,
        options=make_options(settings),
        chores=_make_chores(settings, store, github_client, clock),
    )
    worker = Worker(
        store.inbox,
        _measure(road, store, buildbot_client.source, measures),
        clock,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        concurrency=_CONCURRENCY,
        timers=TIMERS,
    )
    vitals = _make_vitals(
        settings, clock, store, buildbot_=buildbot_client, github_=github_client, skew=skew
    )
    app = _make_app(settings, buildbot_client.source, store, vitals, measures)
    app[STORE], app[WORKER] = store, worker
    await _start_worker(app, worker, vitals, stack)
    return app


def _make_chores(
    settings: Settings, store: Store, github_client: GitHubClient, clock: Clock
) -> dict[str, Chore]:
    """The sweeps beside those of the road."""
    days = timedelta(days=settings.facts_days), timedelta(days=settings.readings_days)
    retention = Retention(store.database, clock, Limits(*days))

    async def take_comment(repository: Repository, listed: ListedComment) -> None:
        remark = make_listed_remark(repository, listed, settings.command_prefix)
        if remark is not None:
            await store.deliveries.take_remark(remark)

    catching_up = CatchingUp(
        github_client,
        store.facts,
        store.deliveries,
        hears_webhooks=settings.github_webhook_secret is not None,
        take_comment=take_comment,
    )

    async def delete_old(now: datetime) -> None:
        await retention.delete_old(now)

    async def catch_up(_: datetime) -> None:
        await mark_first_start(github_client, store.facts)
        await catching_up.sweep()

    return {RETENTION_SWEEP: delete_old, GITHUB_SWEEP: catch_up}


def _make_vitals(
    settings: Settings,
    clock: Clock,
    store: Store,
    *,
    buildbot_: BuildbotClient,
    github_: GitHubClient,
    skew: ClockSkew,
) -> health.Vitals:
    """What `/health` looks at."""
    return health.Vitals(
        store=store.views,
        figures=Figures(store.database, clock),
        clock=clock,
        buildbot=buildbot_,
        github=github_,
        reach_buildbot=Reach(buildbot_.ping, lambda: buildbot_.last_contact),
        reach_github=Reach(github_.ping, lambda: github_.last_contact),
        skew=skew,
        pushes=PushWatch(store.facts, clock) if settings.buildbot_webhook_token else None,
        shut_doors=_find_shut_doors(settings),
        posts=settings.post_comments,
        scrub=make_scrubber(settings.secrets),
    )


def _measure(road: Road, store: Store, source: str, measures: Measures) -> dict[KeyKind, Reconcile]:
    """The road's table, with instruments around it."""
    table = dict(road.reconcilers)
    table[KeyKind.PULL] = measure_speech(
        table[KeyKind.PULL], store.incidents, store.facts, measures, source=source
    )
    return measure_work(table, measures)


def _make_app(
    settings: Settings, source: str, store: Store, vitals: health.Vitals, measures: Measures
) -> web.Application:
    github_door = github.make_handler(
        settings.github_webhook_secret, store.deliveries, settings.command_prefix
    )
    note = vitals.pushes.note if vitals.pushes else lambda _: None
    buildbot_door = buildbot.make_handler(
        settings.buildbot_webhook_token, source, store.inbox, note
    )
    count = measure_doors(measures, frozenset({"/github", "/buildbot"}))
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[count, answer_errors])
    figures = Figures(store.database, vitals.clock)
    app.add_routes(
        [
            web.post("/github", github_door),
            web.post("/buildbot", buildbot_door),
            web.get("/livez", health.make_livez()),
            web.get("/readyz", health.make_readyz(vitals)),
            web.get("/health", health.make_health(vitals)),
            web.get("/metrics", make_metrics(measures.registry, figures, vitals)),
            web.static("/static", _STATIC),
            *dashboard.make_routes(
                store.views, settings.dashboard, settings.dashboard_password, settings.public_url
            ),
        ]
    )
    return app


async def _start_worker(
    app: web.Application, worker: Worker, vitals: health.Vitals, stack: AsyncExitStack
) -> None:
    """Work until the application is shut down; work in flight is then waited for."""

    async def drain(_: web.Application) -> None:
        vitals.draining = True
        await worker.drain(DRAIN_SECONDS)

    pulse = Pulse([vitals.reach_buildbot, vitals.reach_github], vitals.pushes, vitals.clock)
    app.on_shutdown.append(drain)
    await pulse.start()
    # Whatever the timers say: what was pushed while nobody listened is lost.
    with suppress(Unavailable):
        await app[STORE].inbox.put([sweep_key(BUILDBOT_SWEEP), sweep_key(GITHUB_SWEEP)])
    stack.push_async_callback(pulse.stop)
    await worker.start()
    stack.push_async_callback(worker.drain, 0)


def _find_shut_doors(settings: Settings) -> tuple[str, ...]:
    doors = (
        ("POST /github", "GITHUB_WEBHOOK_SECRET", settings.github_webhook_secret),
        ("POST /buildbot", "BUILDBOT_WEBHOOK_TOKEN", settings.buildbot_webhook_token),
    )
    return tuple(
        f"{door} is shut: {name} is not set" for door, name, secret in doors if secret is None
    )
