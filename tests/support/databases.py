"""The databases that tests run on, each empty and its test's own.

In: a name. Out: a URL, and clocks: on SQLite a machine's own clock counts, on PostgreSQL the
server's, and `make_clock` moves whichever it is. Most tests are of a store that was opened: they
start on a copy of one, for migrating takes longer than the test does.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pytest

from bot.store.engine.database import make_database, parse_database_url
from bot.store.engine.migrate import migrate
from tests.support.clock import NOON, FakeClock

NAMES = ("sqlite", "postgresql")

# For tests of what only one of them does; all others run on both.
sqlite_only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


class Database(Protocol):
    """What a test needs to know of its database."""

    url: str

    def make_clock(self, now: datetime = NOON) -> FakeClock:
        """A machine's clock; time passes for the database when it passes here."""
        ...


class SqliteDatabase:
    """A file."""

    def __init__(
        self, folder: Path, name: str = "nightswatch.db", *, with_tables: bool = True
    ) -> None:
        self.url = make_sqlite_url(folder, name)
        if with_tables:
            (folder / name).write_bytes(_make_file())

    def make_clock(self, now: datetime = NOON) -> FakeClock:
        return FakeClock(now)


def make_sqlite_url(folder: Path, name: str = "nightswatch.db") -> str:
    return f"sqlite+aiosqlite:///{folder}/{name}"


@cache
def _make_file() -> bytes:
    with TemporaryDirectory() as folder:
        make_tables(make_sqlite_url(Path(folder)))
        return (Path(folder) / "nightswatch.db").read_bytes()


def make_tables(database_url: str) -> None:
    """Those of this version, in an empty database."""

    async def make() -> None:
        database = make_database(parse_database_url(database_url))
        try:
            await migrate(database)
        finally:
            await database.close()

    run_elsewhere(make())


def run_elsewhere(work: Coroutine[Any, Any, None]) -> None:
    """Run it to its end, also where a loop is running."""
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, work).result()
