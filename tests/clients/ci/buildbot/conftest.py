"""A master that answers what it is told to, and a client of it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.clients.ci.buildbot.client import BuildbotClient
from tests.clients.ci.buildbot.masters import CLOCK
from tests.clients.serving import Serving, buildbot_no, serve


@pytest.fixture
async def master() -> AsyncIterator[Serving]:
    async with serve() as serving:
        serving.missing = buildbot_no
        yield serving


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(master: Serving, session: aiohttp.ClientSession) -> BuildbotClient:
    return BuildbotClient(master.url + "/", session, CLOCK)
