"""What the checks look at: settings, a clock, clients that only read, and what is stored.

In: settings, for `doctor`; the service gives what it has. Out: `CheckContext`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp

from bot.app.metrics import ClockSkew, Metrics, make_client_trace
from bot.app.notice_senders import open_senders
from bot.app.settings import Settings
from bot.app.wiring import make_stable_filter, open_buildbot, open_logins
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.github.api import Api
from bot.clients.github.logins import GitHubLogins
from bot.core.checks.buildbot import MOMENTS
from bot.core.checks.store import StoredFacts
from bot.core.errors import UserError
from bot.core.model import Builder
from bot.core.notices.subscriptions import Medium
from bot.core.ports import Clock, HealthStore, NoticeSender
from bot.store.inspection import open_view
from bot.store.statistics import Statistics


@dataclass(frozen=True, slots=True)
class CheckContext:
    """Everything that a check may ask."""

    settings: Settings
    clock: Clock
    buildbot: BuildbotClient
    github: Api
    skew: ClockSkew
    is_stable: Callable[[Builder], bool]
    load_moments: Callable[[], Awaitable[Mapping[str, datetime]]]
    load_stored: Callable[[], Awaitable[StoredFacts]]
    logins: GitHubLogins | None = None  # of people with GitHub
    senders: Mapping[Medium, NoticeSender] = field(default_factory=dict)


@asynccontextmanager
async def open_surroundings(settings: Settings, clock: Clock) -> AsyncIterator[CheckContext]:
    """Clients with sessions of their own, and a store that is only read."""

    async def load_view_moments() -> Mapping[str, datetime]:
        """Nothing where the service never ran."""
        try:
            async with open_view(settings.database_url, clock) as view:
                return await load_moments(view.facts.load_time)
        except UserError:
            return {}

    async def load_view_facts() -> StoredFacts:
        try:
            async with open_view(settings.database_url, clock) as view:
                return await load_stored(view.views, view.figures, posts=settings.post_comments)
        except UserError:
            return StoredFacts()

    async with AsyncExitStack() as stack:
        skew = ClockSkew()
        trace = make_client_trace("github", Metrics(), clock, skew)
        session = await stack.enter_async_context(aiohttp.ClientSession(trace_configs=[trace]))
        yield CheckContext(
            settings=settings,
            clock=clock,
            buildbot=await open_buildbot(settings, clock, stack),
            github=Api(
                session,
                clock,
                api_url=settings.github_api_url,
                graphql_url=settings.github_graphql_url,
                app_id=settings.github_app_id,
                private_key=settings.github_app_private_key,
            ),
            skew=skew,
            is_stable=make_stable_filter(settings.stable_tag, settings.stable_pattern),
            load_moments=load_view_moments,
            load_stored=load_view_facts,
            logins=await open_logins(settings, clock, stack),
            senders=await open_senders(settings, clock, stack),
        )


async def load_moments(
    load_time: Callable[[str], Awaitable[datetime | None]],
) -> Mapping[str, datetime]:
    """What pushes told, by name of the moment."""
    found = {name: await load_time(name) for name in MOMENTS}
    return {name: at for name, at in found.items() if at is not None}


async def load_stored(views: HealthStore, figures: Statistics, *, posts: bool) -> StoredFacts:
    """What is stored of trouble; raises `Unavailable`."""
    return StoredFacts(
        stuck=(await views.load_depth()).stuck,
        comments=await figures.load_refusals(posts=posts),
        troubles=await views.load_troubles(),
        unread=await views.load_unread(),
        outbox=await views.load_outbox(),
    )
