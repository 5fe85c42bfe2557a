"""What the checks look at: settings, a clock, and clients of their own that only read.

In: settings. Out: `Surroundings`, closed at the end.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.clients.buildbot import BuildbotClient
from bot.clients.github_api import Api
from bot.core.model import Builder
from bot.measuring import ClockSkew, Measures, make_trace
from bot.parts import make_stable_test, open_buildbot
from bot.ports import Clock
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that a check may ask."""

    settings: Settings
    clock: Clock
    buildbot: BuildbotClient
    github: Api
    skew: ClockSkew
    is_stable: Callable[[Builder], bool]


@asynccontextmanager
async def open_surroundings(settings: Settings, clock: Clock) -> AsyncIterator[Surroundings]:
    """Clients with sessions of their own."""
    async with AsyncExitStack() as stack:
        skew = ClockSkew()
        trace = make_trace("github", Measures(), clock, skew)
        session = await stack.enter_async_context(aiohttp.ClientSession(trace_configs=[trace]))
        yield Surroundings(
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
            is_stable=make_stable_test(settings.stable_tag, settings.stable_pattern),
        )
