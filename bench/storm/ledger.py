"""The service's database as somebody else sees it: what is in it, and what can befall it.

In: the file of an SQLite database, or a PostgreSQL server of our own. Out: a `Ledger` of what it
holds; the write lock held, the server gone, and whether a transaction is open right now.
"""

import asyncio
import signal
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from tests.postgres import PostgresServer

_QUERIES = {
    "builds": "SELECT buildid, note FROM builds",
    "keys": "SELECT kind, key FROM inbox WHERE kind <> 'sweep'",
    "unsaid": "SELECT number FROM speech WHERE why_silent IS NULL"
    " AND wanted IS DISTINCT FROM standing OR intent_at IS NOT NULL",
    "incidents": "SELECT id, state, verdict, pull FROM incidents",
}

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

_OPEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nightswatch'"
    " AND datname = current_database() AND xact_start IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the database holds now."""

    builds: dict[int, str]  # by buildid, with what the service noted about it
    keys: list[str]
    unsaid: list[int]
    incidents: set[tuple[Any, ...]]

    @classmethod
    def from_rows(cls, rows: dict[str, list[tuple[Any, ...]]]) -> "Ledger":
        """From the answers to the queries."""
        return cls(
            builds=dict(rows["builds"]),
            keys=[f"{kind}/{key}" for kind, key in rows["keys"]],
            unsaid=[number for (number,) in rows["unsaid"]],
            incidents=set(rows["incidents"]),
        )


class Place(Protocol):
    """A database that things befall."""

    url: str

    async def load(self) -> Ledger | None:
        """What it holds; None while nobody can tell."""
        ...

    async def hold(self, seconds: float) -> None:
        """Somebody else has the lock."""
        ...

    async def go_away(self, seconds: float) -> None:
        """It is not there for a while."""
        ...

    async def is_writing(self) -> bool:
        """A transaction of the service is open."""
        ...


class SqlitePlace:
    """A file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite+aiosqlite:///{path}"

    async def load(self) -> Ledger | None:
        """What it holds."""
        if not self.path.exists():
            return None
        try:
            with closing(self._connect()) as connection:
                rows = {
                    name: connection.execute(query).fetchall() for name, query in _QUERIES.items()
                }
        except sqlite3.Error:
            return None
        return Ledger.from_rows(rows)

    async def hold(self, seconds: float) -> None:
        """`BEGIN EXCLUSIVE`, as a backup or a person with a shell would."""
        with closing(self._connect()) as connection, suppress(sqlite3.Error):
            connection.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            connection.execute("ROLLBACK")

    async def go_away(self, seconds: float) -> None:
        """A file does not go away; it is locked for longer than anybody is patient."""
        await self.hold(seconds + 10)

    async def is_writing(self) -> bool:
        """The write lock is taken."""
        if not self.path.exists():
            return False
        try:
            with closing(self._connect(timeout=0)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            return "locked" in str(error)
        return False

    def _connect(self, timeout: float = 0.2) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=timeout, isolation_level=None)


class PostgresPlace:
    """A database of a server that is ours alone."""

    def __init__(self, server: PostgresServer, url: str) -> None:
        self.server = server
        self.url = url
        self._is_up = True

    async def load(self) -> Ledger | None:
        """What it holds."""
        try:
            connection = await asyncpg.connect(self.url, timeout=5)
            try:
                rows = {
                    name: [tuple(row) for row in await connection.fetch(query)]
                    for name, query in _QUERIES.items()
                }
            finally:
                await connection.close()
        except _AWAY:
            return None
        return Ledger.from_rows(rows)

    async def hold(self, seconds: float) -> None:
        """Somebody locks the inbox by hand."""
        with suppress(*_AWAY):
            connection = await asyncpg.connect(self.url, timeout=5)
            async with connection.transaction():
                await connection.execute("LOCK TABLE inbox IN EXCLUSIVE MODE")
                await asyncio.sleep(seconds)
            await connection.close()

    async def go_away(self, seconds: float) -> None:
        """The server crashes, and comes back."""
        await asyncio.to_thread(self.server.stop, signal.SIGQUIT)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.server.start)

    async def is_writing(self) -> bool:
        """A session of the service has a transaction open."""
        with suppress(*_AWAY):
            connection = await asyncpg.connect(self.url, timeout=5)
            try:
                return bool(await connection.fetchval(_OPEN))
            finally:
                await connection.close()
        return False
