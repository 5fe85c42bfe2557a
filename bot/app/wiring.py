"""The parts that the service and the commands share, made from settings.

In: settings and what is open already. Out: clients with sessions of their own, the options of the
road, and its context over a store.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import re2  # type: ignore[import-untyped]  # it has no stubs

from bot.app.settings import Settings
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.github.client import GitHubClient
from bot.clients.github.logins import GitHubLogins
from bot.core.fleet.facets import FACET_RULES
from bot.core.model import Builder, KnownRepositories
from bot.core.model.addresses import GITHUB_HOSTS
from bot.core.notices.subscriptions import Medium
from bot.core.policy.comment_limits import CommentLimits
from bot.core.ports import BuildRequester, CiSource, Clock, LogReader, NoticeSender, RateLimit
from bot.reconcile.context import Context, ParseCommands
from bot.reconcile.options import Options
from bot.store import Store


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
        repositories=make_known_repositories(settings),
    )


def make_known_repositories(settings: Settings) -> KnownRepositories:
    """Which repository is watched where builds do not tell, and what other addresses stand for."""
    watched, host = settings.repository, urlsplit(settings.github_api_url).hostname
    return KnownRepositories(
        watched=watched,
        mirrors={place: name or watched or "" for place, name in settings.repository_mirrors},
        hosts=GITHUB_HOSTS | ({host} if host else frozenset()),
    )


async def open_github(
    settings: Settings,
    clock: Clock,
    stack: AsyncExitStack,
    *traces: aiohttp.TraceConfig,
    pacing: RateLimit | None = None,
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


async def open_logins(
    settings: Settings, clock: Clock, stack: AsyncExitStack
) -> GitHubLogins | None:
    """Logins of people with GitHub, with a session of their own; None where they are not set up.

    It keeps no cookie: who logs in now has nothing to do with who did before.
    """
    client_id, secret = settings.github_app_client_id, settings.github_app_client_secret
    if client_id is None or secret is None or settings.dashboard not in {"auto", "github"}:
        return None
    session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    stack.push_async_callback(session.close)
    return GitHubLogins(
        session,
        clock,
        client_id=client_id,
        client_secret=secret,
        api_url=settings.github_api_url,
    )


def make_stable_filter(tag: str, pattern: str | None) -> Callable[[Builder], bool]:
    """Which builders may open incidents: by their whole name where a pattern is given, or a tag."""
    if pattern is None:
        return lambda builder: tag in builder.tags
    fits = re2.compile(pattern)
    return lambda builder: fits.fullmatch(builder.name) is not None


def make_options(settings: Settings) -> Options:
    """What of the settings the road needs."""
    return Options(
        is_stable=make_stable_filter(settings.stable_tag, settings.stable_pattern),
        history_days=settings.history_days,
        post_comments=settings.post_comments,
        public_url=settings.public_url,
        website=find_website(settings.github_api_url),
        command_prefix=settings.command_prefix,
        commands_per_hour=settings.commands_per_hour,
        policy=settings.policy,
        limits=CommentLimits(
            settings.comments_per_pull, settings.comments_per_hour, settings.comments_per_day
        ),
        opt_out_labels=settings.opt_out_labels,
        backlog=timedelta(hours=settings.backlog_hours),
        requests=settings.requests,
        subscriptions=settings.notices.subscriptions,
        facet_rules=settings.builder_facets or FACET_RULES,
        tracker=settings.tracker,
    )


def find_website(api_url: str) -> str:
    """Where people see what this API tells of: github.com, or an Enterprise Server.

    Source: https://docs.github.com/en/enterprise-server/rest/using-the-rest-api
    """
    return api_url.removesuffix("/api/v3") if api_url.endswith("/api/v3") else "https://github.com"


def make_context(
    store: Store,
    *,
    ci: Sequence[CiSource],
    github: GitHubClient,
    log_reader: LogReader,
    parse_commands: ParseCommands,
    clock: Clock,
    options: Options,
    requesters: Mapping[str, BuildRequester] | None = None,
    senders: Mapping[Medium, NoticeSender] | None = None,
) -> Context:
    """The road's neighbours, over a store."""
    return Context(
        ci={source.source: source for source in ci},
        github=github,
        log_reader=log_reader,
        parse_commands=parse_commands,
        inbox=store.inbox,
        builds=store.facts,
        incidents=store.incidents,
        commands=store.commands,
        requests=store.requests,
        requesters=requesters or {},
        clock=clock,
        options=options,
        reminders=store.reminders,
        settings_files=store.settings_files,
        files=github.files,
        reverts=github.reverts,
        notices=store.notices,
        senders=senders or {},
        issues=github.issues,
        tracker=store.tracker,
    )
