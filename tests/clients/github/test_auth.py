"""Our clock is off by minutes, or GitHub's is: we are let in all the same."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from bot.clients.github.client import GitHubClient
from bot.core.errors import Unavailable
from bot.fakes.github.auth import make_app_key
from bot.fakes.github.server import FakeGitHub
from tests.clients.hubs import APP_KEY
from tests.support.clock import NOON, FakeClock

WAYS = (timedelta(0), timedelta(minutes=-15), timedelta(minutes=3), timedelta(hours=2))


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    server = FakeGitHub(lambda: NOON, app_key=APP_KEY)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def make_client(
    github: FakeGitHub, session: aiohttp.ClientSession, ahead: timedelta, key: str = APP_KEY
) -> GitHubClient:
    clock = FakeClock(NOON + ahead)
    return GitHubClient(session, clock, api_url=github.url, app_id="1", private_key=key)


@pytest.mark.parametrize("ahead", WAYS)
async def test_an_app_signs_by_the_clock_of_github(
    github: FakeGitHub, session: aiohttp.ClientSession, ahead: timedelta
) -> None:
    """A machine three minutes ahead dates its signature into the future: GitHub refuses it.

    The refusal tells GitHub's time, and the next signature is good; so are all later ones.
    """
    client = make_client(github, session, ahead)
    assert await client.fetch_me() == "nightswatch[bot]"
    asked = github.count("app")
    assert asked == 1 + bool(ahead)
    for _ in range(3):
        await client.ping()
    assert github.count("app") == asked + 3


async def test_a_clock_of_github_that_jumps_costs_one_call(
    github: FakeGitHub, session: aiohttp.ClientSession
) -> None:
    """It is corrected by two hours while we run: one refusal, and on."""
    client = make_client(github, session, timedelta(0))
    await client.ping()
    github.skew = timedelta(hours=-2)
    await client.ping()
    assert github.count("app") == 3


async def test_a_wrong_key_is_not_tried_for_ever(
    github: FakeGitHub, session: aiohttp.ClientSession
) -> None:
    """Where the time was right, another signature would be refused, too."""
    client = make_client(github, session, timedelta(0), key=make_app_key())
    with pytest.raises(Unavailable, match="credentials"):
        await client.ping()
    assert github.count("app") == 1
