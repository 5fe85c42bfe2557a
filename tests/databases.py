"""The databases that tests run on, each empty and its test's own.

In: a name. Out: a URL, and clocks: on SQLite a machine's own clock counts, on PostgreSQL the
server's, and `make_clock` moves whichever it is.
"""

from datetime import datetime
from pathlib import Path
from typing import Protocol

import pytest

from tests.clock import NOON, FakeClock

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

    def __init__(self, folder: Path, name: str = "nightswatch.db") -> None:
        self.url = make_sqlite_url(folder, name)

    def make_clock(self, now: datetime = NOON) -> FakeClock:
        return FakeClock(now)


def make_sqlite_url(folder: Path, name: str = "nightswatch.db") -> str:
    return f"sqlite+aiosqlite:///{folder}/{name}"
