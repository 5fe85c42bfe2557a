"""Real databases; each test has one of its own, and property tests share one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from bot.store import Store, open_store
from tests.support.clock import FakeClock
from tests.support.databases import NAMES, Database, SqliteDatabase
from tests.support.postgres import PostgresServer


@pytest.fixture
async def twin(store: Store, database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    """The same database, as a second process sees it."""
    opened = await open_store(database_url, clock)
    yield opened
    await opened.close()


class Shelf:
    """A store and an event loop for tests that Hypothesis calls many times."""

    def __init__(self, database: Database) -> None:
        self.clock = database.make_clock()
        self._runner = asyncio.Runner()
        self.store = self._runner.run(open_store(database.url, self.clock))

    def tell(self, story: Callable[[Store], Awaitable[Any]]) -> Any:
        """Run a story to its end."""

        async def run() -> Any:
            return await story(self.store)

        return self._runner.run(run())

    def close(self) -> None:
        self._runner.run(self.store.close())
        self._runner.close()


@pytest.fixture(scope="module", params=NAMES)
def shelf(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shelf]:
    if request.param == "sqlite":
        opened = Shelf(SqliteDatabase(tmp_path_factory.mktemp("shelf")))
        yield opened
        opened.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(real_time=False) as database:
        opened = Shelf(database)
        yield opened
        opened.close()
