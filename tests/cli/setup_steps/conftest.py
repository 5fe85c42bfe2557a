"""A small Buildbot and GitHub that steps ask."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from tests.clients.hubs import APP_KEY, REPO


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def buildbot() -> AsyncIterator[FakeBuildbot]:
    server = FakeBuildbot(now)
    await server.start()
    server.add_builder("AMD64 Debian", tags=["stable", "linux"])
    server.add_builder("ARM64 Debian", tags=["linux"])
    await server.build("AMD64 Debian", "a" * 40, result=Result.SUCCESS)
    yield server
    await server.stop()


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    server = FakeGitHub(now, app_key=APP_KEY)
    await server.start()
    server.create_repository(REPO)
    yield server
    await server.stop()
