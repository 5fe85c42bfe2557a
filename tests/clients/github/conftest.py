"""Both GitHubs, and clients of them."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.clients.github.client import GitHubClient
from tests.clients.hubs import APP_KEY, TOKEN, Hub, open_hub


@pytest.fixture(params=["demo", "strict"])
async def hub(request: pytest.FixtureRequest) -> AsyncIterator[Hub]:
    async with open_hub(request.param) as opened:
        yield opened


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture(params=["app", "token"])
def client(
    hub: Hub, session: aiohttp.ClientSession, request: pytest.FixtureRequest
) -> GitHubClient:
    app = {"app_id": "1", "private_key": APP_KEY}
    who: dict[str, Any] = app if request.param == "app" else {"token": TOKEN}
    return GitHubClient(session, hub.clock, api_url=hub.url, **who)


@pytest.fixture
def app(hub: Hub, session: aiohttp.ClientSession) -> GitHubClient:
    return GitHubClient(session, hub.clock, api_url=hub.url, app_id="1", private_key=APP_KEY)
