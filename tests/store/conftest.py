"""Real SQLite files; each test has one of its own, and property tests share one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.store import Store, open_store
from tests.clock import FakeClock


def make_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/nightswatch.db"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return make_url(tmp_path)


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    opened = await open_store(database_url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def twin(store: Store, database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    """The same database, as a second process sees it."""
    opened = await open_store(database_url, clock)
    yield opened
    await opened.close()


class Shelf:
    """A store and an event loop for tests that Hypothesis calls many times."""

    def __init__(self, database_url: str) -> None:
        self.clock = FakeClock()
        self._runner = asyncio.Runner()
        self.store = self._runner.run(open_store(database_url, self.clock))

    def tell(self, story: Callable[[Store], Awaitable[Any]]) -> Any:
        """Run a story to its end."""

        async def run() -> Any:
            return await story(self.store)

        return self._runner.run(run())

    def close(self) -> None:
        self._runner.run(self.store.close())
        self._runner.close()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    opened = Shelf(make_url(tmp_path_factory.mktemp("shelf")))
    yield opened
    opened.close()
