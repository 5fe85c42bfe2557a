"""A small GitHub with one repository, on loopback."""

from collections.abc import AsyncIterator

import pytest

from bot.fakes.github.auth import make_app_key
from bot.fakes.github.server import FakeGitHub
from tests.fakes.github.asking import Clock


@pytest.fixture(scope="module")
def app_key() -> str:
    return make_app_key()


@pytest.fixture
async def gh(app_key: str) -> AsyncIterator[FakeGitHub]:
    github = FakeGitHub(Clock(), app_key=app_key)
    github.create_repository("octo-org/demo", branches=("3.13",))
    await github.start()
    yield github
    await github.stop()
