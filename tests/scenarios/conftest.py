"""Neighbours for services that run as processes of their own, in real time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from tests.support.farm import GITHUB_TOKEN, SECRET, TOKEN


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def buildbot() -> AsyncIterator[FakeBuildbot]:
    server = FakeBuildbot(_now)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    server = FakeGitHub(_now, hook_secret=SECRET)
    server.create_repository("octo-org/demo")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def settings(buildbot: FakeBuildbot, github: FakeGitHub) -> dict[str, str]:
    """Of a service between the two that may write."""
    return {
        "BUILDBOT_URL": buildbot.url,
        "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": GITHUB_TOKEN,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "POST_COMMENTS": "1",
    }
