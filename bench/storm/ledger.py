"""The service's database as somebody else sees it: what is in it, and what can befall it.

In: the file of an SQLite database, or a PostgreSQL server of our own. Out: a `Ledger` of what it
holds; the write lock held, the server gone, and whether a transaction is open right now.
"""

import asyncio
import signal
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from tests.support.postgres import PASSWORD, PostgresServer

_QUERIES = {
    "builds": "SELECT buildid, note FROM builds",
    "keys": "SELECT kind, key FROM inbox WHERE kind <> 'sweep'",
    "unsaid": "SELECT number FROM speech WHERE why_silent IS NULL"
    " AND wanted IS DISTINCT FROM standing OR intent_at IS NOT NULL",
}

INCIDENTS = "incidents"

# All that what is said rests on; looked at once, at the end.
_EVIDENCE = {
    "builds": "SELECT buildid, result, revision, steps, sources, note FROM builds",
    "failures": "SELECT buildid, position, suite, kind, site, message, passed_on_rerun"
    " FROM failures",
    "test runs": "SELECT buildid, position, suite, complete, not_reached FROM test_runs",
    "commits": "SELECT epoch, position, sha, parent, pull, reverts FROM commits",
    "files": "SELECT sha, paths FROM files",
    INCIDENTS: "SELECT document FROM incidents",
}

Rows = dict[str, list[tuple[Any, ...]]]

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

_OPEN = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND xact_start IS NOT NULL"

_ROLE = "CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{password}'"


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the database holds now."""

    builds: dict[int, str]  # by buildid, with what the service noted about it
    keys: list[str]
    unsaid: list[int]

    @classmethod
    def from_rows(cls, rows: Rows) -> "Ledger":
        """From the answers to the queries."""
        return cls(
            builds=dict(rows["builds"]),
            keys=[f"{kind}/{key}" for kind, key in rows["keys"]],
            unsaid=[number for (number,) in rows["unsaid"]],
        )


class Place(Protocol):
    """A database that things befall; each instance of the service has a `DATABASE_URL`."""

    urls: tuple[str, ...]

    @property
    def url(self) -> str:
        """That of the first."""
        return self.urls[0]

    async def load(self) -> Ledger | None:
        """What it holds; None while nobody can tell."""
        rows = await self.fetch(_QUERIES)
        return None if rows is None else Ledger.from_rows(rows)

    async def load_evidence(self) -> Rows:
        """What all that is said rests on; asked once it is quiet."""
        return await self.fetch(_EVIDENCE) or {}

    async def fetch(self, queries: Mapping[str, str]) -> Rows | None:
        """The answers, by the names of the queries; None while nobody can tell."""
        ...

    async def hold(self, seconds: float) -> None:
        """Somebody else has the lock."""
        ...

    async def go_away(self, seconds: float) -> None:
        """It is not there for a while."""
        ...

    async def is_writing(self, instance: int) -> bool:
        """A transaction of this instance is open."""
        ...


class SqlitePlace(Place):
    """A file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.urls = (f"sqlite+aiosqlite:///{path}",)

    async def fetch(self, queries: Mapping[str, str]) -> Rows | None:
        """The answers."""
        if not self.path.exists():
            return None
        try:
            with closing(self._connect()) as connection:
                return {n: connection.execute(query).fetchall() for n, query in queries.items()}
        except sqlite3.Error:
            return None

    async def hold(self, seconds: float) -> None:
        """`BEGIN EXCLUSIVE`, as a backup or a person with a shell would."""
        with closing(self._connect()) as connection, suppress(sqlite3.Error):
            connection.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            connection.execute("ROLLBACK")

    async def go_away(self, seconds: float) -> None:
        """A file does not go away; it is locked for longer than anybody is patient."""
        await self.hold(seconds + 10)

    async def is_writing(self, instance: int) -> bool:  # noqa: ARG002 - there is only one
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


class PostgresPlace(Place):
    """A database of a server that is ours alone; each instance logs in as somebody else."""

    def __init__(self, server: PostgresServer, url: str, instances: int) -> None:
        self.server = server
        self._url = url
        users = [f"instance{n}" for n in range(instances)]
        server.execute(*(_ROLE.format(user=user, password=PASSWORD) for user in users))
        self.urls = tuple(url.replace("//postgres:", f"//{user}:") for user in users)

    async def fetch(self, queries: Mapping[str, str]) -> Rows | None:
        """The answers."""
        with suppress(*_AWAY):
            connection = await asyncpg.connect(self._url, timeout=5)
            try:
                return {
                    name: [tuple(row) for row in await connection.fetch(query)]
                    for name, query in queries.items()
                }
            finally:
                await connection.close()
        return None

    async def hold(self, seconds: float) -> None:
        """Somebody locks the inbox by hand."""
        with suppress(*_AWAY):
            connection = await asyncpg.connect(self._url, timeout=5)
            async with connection.transaction():
                await connection.execute("LOCK TABLE inbox IN EXCLUSIVE MODE")
                await asyncio.sleep(seconds)
            await connection.close()

    async def go_away(self, seconds: float) -> None:
        """The server crashes, and comes back."""
        await asyncio.to_thread(self._crash, seconds)

    def _crash(self, seconds: float) -> None:
        """In a thread, for it comes back also where nobody waits for it any more."""
        self.server.stop(signal.SIGQUIT)
        time.sleep(seconds)
        self.server.start()

    async def is_writing(self, instance: int) -> bool:
        """A session of this instance has a transaction open."""
        with suppress(*_AWAY):
            connection = await asyncpg.connect(self._url, timeout=5)
            try:
                return bool(await connection.fetchval(_OPEN, f"instance{instance}"))
            finally:
                await connection.close()
        return False
