"""The parts that the service and the commands share, made from settings.

In: settings and what is open already. Out: clients with sessions of their own, the options of the
road, and the road over a store.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import aiohttp
import re2  # type: ignore[import-untyped]  # it has no stubs

from bot.clients.buildbot import BuildbotClient
from bot.clients.github import GitHubClient
from bot.core.limits import Limits
from bot.core.model import Builder
from bot.options import Options
from bot.ports import Clock, LogReader, Pacing
from bot.settings import Settings
from bot.store import Store
from bot.sweeps import Chore
from bot.triage import Road


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def open_buildbot(
    settings: Settings, clock: Clock, stack: AsyncExitStack, *traces: aiohttp.TraceConfig
) -> BuildbotClient:
    """A client with a session of its own, closed with the stack."""
    # Buildbot's login is a cookie, and a Buildbot may well be known by its address only.
    jar = aiohttp.CookieJar(unsafe=True)
    session = aiohttp.ClientSession(cookie_jar=jar, trace_configs=list(traces))
    stack.push_async_callback(session.close)
    return BuildbotClient(
        settings.buildbot_url,
        session,
        clock,
        username=settings.buildbot_username,
        password=settings.buildbot_password,
    )


async def open_github(
    settings: Settings,
    clock: Clock,
    stack: AsyncExitStack,
    *traces: aiohttp.TraceConfig,
    pacing: Pacing | None = None,
) -> GitHubClient:
    """A client with a session of its own, closed with the stack; it keeps pace with others."""
    session = aiohttp.ClientSession(trace_configs=list(traces))
    stack.push_async_callback(session.close)
    return GitHubClient(
        session,
        clock=clock,
        api_url=settings.github_api_url,
        graphql_url=settings.github_graphql_url,
        app_id=settings.github_app_id,
        private_key=settings.github_app_private_key,
        token=settings.github_token,
        pacing=pacing,
    )


def make_stable_test(tag: str, pattern: str | None) -> Callable[[Builder], bool]:
    """Which builders may open incidents: by their whole name where a pattern is given, or a tag."""
    if pattern is None:
        return lambda builder: tag in builder.tags
    fits = re2.compile(pattern)
    return lambda builder: fits.fullmatch(builder.name) is not None


def make_options(settings: Settings) -> Options:
    """What of the settings the road needs."""
    return Options(
        repository=settings.repository,
        is_stable=make_stable_test(settings.stable_tag, settings.stable_pattern),
        history_days=settings.history_days,
        post_comments=settings.post_comments,
        public_url=settings.public_url,
        website=find_website(settings.github_api_url),
        command_prefix=settings.command_prefix,
        commands_per_hour=settings.commands_per_hour,
        policy=settings.policy,
        limits=Limits(
            settings.comments_per_pull, settings.comments_per_hour, settings.comments_per_day
        ),
        opt_out_labels=settings.opt_out_labels,
        backlog=timedelta(hours=settings.backlog_hours),
    )


def find_website(api_url: str) -> str:
    """Where people see what this API tells of: github.com, or an Enterprise Server.

    Source: https://docs.github.com/en/enterprise-server/rest/using-the-rest-api
    """
    return api_url.removesuffix("/api/v3") if api_url.endswith("/api/v3") else "https://github.com"


def make_road(
    store: Store,
    *,
    buildbot: BuildbotClient,
    github: GitHubClient,
    reader: LogReader,
    clock: Clock,
    options: Options,
    chores: Mapping[str, Chore] | None = None,
) -> Road:
    """The road over a store, with these neighbours."""
    return Road(
        buildbot=buildbot,
        github=github,
        reader=reader,
        inbox=store.inbox,
        facts=store.facts,
        incidents=store.incidents,
        hearings=store.hearings,
        clock=clock,
        options=options,
        chores=chores,
    )
