"""Composition root: settings → store, clients, road, doors, worker; and an orderly end.

The only place that knows all rooms. `create_app` opens what the service needs; what it opened
is closed when the application is cleaned up, in the opposite order.
"""

import asyncio
import logging
import os
import socket
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.clients.buildbot import BuildbotClient
from bot.clients.github import GitHubClient
from bot.core.model import sweep_key
from bot.ports import Clock
from bot.reading import PoolLogReader
from bot.settings import Settings
from bot.store import Store, open_store
from bot.sweeps import BUILDBOT_SWEEP, SPEECH_SWEEP
from bot.triage import Options, Road
from bot.web import buildbot, dashboard, github, health
from bot.web.doors import BODY_LIMIT, answer_errors
from bot.worker import Timer, Worker

log = logging.getLogger(__name__)

# Heroku and most supervisors kill 30 s after SIGTERM: 20 s for work in flight, 5 s for requests.
DRAIN_SECONDS = 20
SHUTDOWN_SECONDS = 5

# Keys at once: enough that a slow log holds nobody up, few enough for one SQLite writer.
_CONCURRENCY = 4

_TIMERS = (
    Timer(sweep_key(BUILDBOT_SWEEP), every_seconds=60),
    Timer(sweep_key(SPEECH_SWEEP), every_seconds=300),
)

_STATIC = Path(__file__).parent / "web" / "static"

STORE = web.AppKey("store", Store)
WORKER = web.AppKey("worker", Worker)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def create_app(settings: Settings, clock: Clock | None = None) -> web.Application:
    """The whole service, its worker running; raises `UserError` where it cannot start."""
    async with AsyncExitStack() as stack:
        app = await _open(settings, clock or SystemClock(), stack)
        closing = stack.pop_all()

    async def close(_: web.Application) -> None:
        await closing.aclose()

    app.on_cleanup.append(close)
    return app


async def _open(settings: Settings, clock: Clock, stack: AsyncExitStack) -> web.Application:
    store = await open_store(settings.database_url, clock)
    stack.push_async_callback(store.close)
    buildbot_client = await _open_buildbot(settings, stack)
    github_client = await _open_github(settings, clock, stack)
    reader = PoolLogReader()
    stack.push_async_callback(reader.close)
    road = Road(
        buildbot=buildbot_client,
        github=github_client,
        reader=reader,
        inbox=store.inbox,
        facts=store.facts,
        incidents=store.incidents,
        clock=clock,
        options=_make_options(settings),
    )
    worker = Worker(
        store.inbox,
        road.reconcilers,
        clock,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        concurrency=_CONCURRENCY,
        timers=_TIMERS,
    )
    vitals = health.Vitals(
        store=store.views,
        clock=clock,
        buildbot=buildbot_client,
        github=github_client,
        shut_doors=_find_shut_doors(settings),
    )
    app = _make_app(settings, buildbot_client.source, store, vitals)
    app[STORE] = store
    app[WORKER] = worker
    await _start_worker(app, worker, vitals, stack)
    return app


def _make_app(
    settings: Settings, source: str, store: Store, vitals: health.Vitals
) -> web.Application:
    github_door = github.make_handler(settings.github_webhook_secret, store.deliveries)
    buildbot_door = buildbot.make_handler(settings.buildbot_webhook_token, source, store.inbox)
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[answer_errors])
    app.add_routes(
        [
            web.post("/github", github_door),
            web.post("/buildbot", buildbot_door),
            web.get("/livez", health.make_livez()),
            web.get("/readyz", health.make_readyz(vitals)),
            web.get("/health", health.make_health(vitals)),
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

    app.on_shutdown.append(drain)
    await worker.start()
    stack.push_async_callback(worker.drain, 0)


async def _open_buildbot(settings: Settings, stack: AsyncExitStack) -> BuildbotClient:
    # Buildbot's login is a cookie, and a Buildbot may well be known by its address only.
    session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
    stack.push_async_callback(session.close)
    return BuildbotClient(
        settings.buildbot_url,
        session,
        username=settings.buildbot_username,
        password=settings.buildbot_password,
    )


async def _open_github(settings: Settings, clock: Clock, stack: AsyncExitStack) -> GitHubClient:
    session = aiohttp.ClientSession()
    stack.push_async_callback(session.close)
    return GitHubClient(
        session,
        clock=clock,
        api_url=settings.github_api_url,
        graphql_url=settings.github_graphql_url,
        app_id=settings.github_app_id,
        private_key=settings.github_app_private_key,
        token=settings.github_token,
    )


def _make_options(settings: Settings) -> Options:
    return Options(
        repository=settings.repository,
        stable_tag=settings.stable_tag,
        history_days=settings.history_days,
        post_comments=settings.post_comments,
        public_url=settings.public_url,
    )


def _find_shut_doors(settings: Settings) -> tuple[str, ...]:
    doors = (
        ("POST /github", "GITHUB_WEBHOOK_SECRET", settings.github_webhook_secret),
        ("POST /buildbot", "BUILDBOT_WEBHOOK_TOKEN", settings.buildbot_webhook_token),
    )
    return tuple(
        f"{door} is shut: {name} is not set" for door, name, secret in doors if secret is None
    )
