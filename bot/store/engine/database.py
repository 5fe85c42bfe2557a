"""The database: one pool, read and write transactions, and all that differs between dialects.

In: a `DATABASE_URL`. Out: a `Database`, whose transactions raise `Unavailable` when the database
is locked, full or away. SQLite runs in WAL mode with `synchronous=FULL` and one writer at a time;
a write begins IMMEDIATE, so it never has to be given up half-way for a reader's sake.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import wraps
from itertools import islice
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.core.errors import Malformed, Unavailable, UserError
from bot.store.engine.db_clock import MAKE_TIMES, DbClock
from bot.store.engine.errors import find_first_line, is_bad_value, is_bug, name_error
from bot.store.engine.group_commit import GroupCommit
from bot.store.engine.postgres import Connect, Listener, make_connect

log = logging.getLogger(__name__)

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",  # as Heroku spells it
}

# Another process holds SQLite's write lock for milliseconds; who waits ten seconds for it (or for
# our own queue of writers) is better told to come again.
_PATIENCE_SECONDS = 10

# With a deep pool the threads of SQLite only wait for each other.
_POOL: dict[str, Any] = {
    # What a row holds has no place in the text of an error, which people and Sentry see.
    "hide_parameters": True,
    "pool_size": 5,
    "max_overflow": 5,
    "pool_timeout": _PATIENCE_SECONDS,
}

# Threads that read SQLite; more would only wait for Python.
_READERS = 2

# Kept in the file: whoever only looks leaves a database as it is.
_JOURNAL = "PRAGMA journal_mode=WAL"

# A commit that also moves the log into the file keeps all others waiting: with SQLite's own 1000
# pages that made the slowest hundredth wait four times as long as with these 16 MB.
_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=4000",
)

# SQLite's transactions see one moment anyway; PostgreSQL's do when they are asked to.
_READ_OPTIONS: dict[str, dict[str, Any]] = {
    "sqlite": {},
    "postgresql": {"isolation_level": "REPEATABLE READ"},
}

# SQLite and PostgreSQL take about 32,000 parameters a statement; this stays far below.
_CHUNK = 1000

# An arbitrary number that only this program uses: who migrates PostgreSQL holds this lock.
_MIGRATION_LOCK = 7_203_114_551


_P = ParamSpec("_P")
_T = TypeVar("_T")


def shielded(
    method: Callable[_P, Coroutine[Any, Any, _T]],
) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """A method that, once begun, runs to its end even if its caller is cancelled meanwhile.

    Work is cancelled when its lease is lost and at the end of a drain. A transaction of aiosqlite
    that is cancelled half-way keeps the write lock for as long as others wait for it: measured,
    the next writer waited its full ten seconds.
    """

    @wraps(method)
    async def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await asyncio.shield(asyncio.ensure_future(method(*args, **kwargs)))

    return run


class Database:
    """An engine with read and write transactions, and the bell that is rung when keys were put."""

    def __init__(
        self, engine: AsyncEngine, connect: Connect | None, direct: Engine | None = None
    ) -> None:
        self._engine = engine
        self._direct = direct
        self._together: GroupCommit | None = None
        self._readers: ThreadPoolExecutor | None = None
        if direct is not None:
            self._together = GroupCommit(direct.execution_options(writes=True), self._turn)
            self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")
        self._connect = connect
        self._listener: Listener | None = None
        self._make_times = MAKE_TIMES[engine.dialect.name]
        self._reading_engine = engine.execution_options(**_READ_OPTIONS[engine.dialect.name])
        self._writing_engine = engine.execution_options(writes=True)
        self._single_engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._one_writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None
        self._under_way: set[asyncio.Task[Any] | None] = set()
        # What the driver said last, while it fails. None: nothing went well yet, and who opens it
        # tells why.
        self._failing: str | None = None
        self.bell = asyncio.Event()

    def times(self, now: datetime) -> DbClock:
        """Moments as SQL, where it is `now` by our own clock."""
        return self._make_times(now)

    def listen(self) -> None:
        """Hear when other instances put keys; on SQLite, other processes are found by polling."""
        if self._connect is not None and self._listener is None:
            self._listener = Listener(self._connect, self.bell)

    def ring(self) -> None:
        """Keys were put: wake our workers, and those of other instances."""
        self.bell.set()
        if self._listener is not None:
            self._listener.tell()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that reads; all its statements see the same moment."""
        with self._counted(), self._unavailable():
            async with self._reading_engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; committed at the end, rolled back by an exception."""
        with self._counted(), self._unavailable():
            async with self._turn(), self._writing_engine.begin() as connection:
                yield connection

    async def read_at_once(self, work: Callable[[Connection], _T], *, single: bool) -> _T:
        """A transaction that reads; `work` runs its statements in a row, as in `write_at_once`."""
        with self._counted(), self._unavailable():
            if self._direct is not None:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._readers, _run, self._direct, work)
            engine = self._single_engine if single else self._reading_engine
            async with engine.begin() as connection:
                return await connection.run_sync(work)

    async def write_at_once(self, work: Callable[[Connection], _T], *, single: bool) -> _T:
        """A transaction that `work` runs without waiting for anybody but the database.

        On SQLite in one visit to a thread, with all others that wait: aiosqlite makes a dozen
        visits for one small transaction, and on a busy machine each waits for its turn on a
        processor. On PostgreSQL a `single` statement, be it of many rows, is a transaction by
        itself, and needs no BEGIN and COMMIT:
        https://magicstack.github.io/asyncpg/current/api/index.html (`executemany` is atomic).
        """
        with self._counted(), self._unavailable():
            if self._together is not None:
                return await self._together.run(work)
            engine = self._single_engine if single else self._writing_engine
            async with engine.begin() as connection:
                return await connection.run_sync(work)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Queue up here instead of polling SQLite's lock from many threads."""
        if self._one_writer is None:
            yield
            return
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._one_writer.acquire()
        except TimeoutError as error:
            raise Unavailable("database: too many wait to write") from error
        try:
            yield
        finally:
            self._one_writer.release()

    @contextmanager
    def _unavailable(self) -> Iterator[None]:
        """Name what goes wrong; its own words are logged, once until they change."""
        try:
            yield
        except (OverflowError, DBAPIError, PoolTimeout, OSError) as error:
            if is_bug(error):
                raise
            if is_bad_value(error):
                raise Malformed("a value that the database cannot hold") from error
            words = find_first_line(error)
            if self._failing not in {None, words}:
                log.info("database failed", extra={"reason": words})
                self._failing = words
            raise Unavailable(f"database: {name_error(error)}") from error
        self._failing = ""

    @contextmanager
    def _counted(self) -> Iterator[None]:
        task = asyncio.current_task()
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)

    async def close(self) -> None:
        """Close all connections, after what is under way."""
        under_way = [task for task in self._under_way if task is not None]
        if under_way:
            await asyncio.wait(under_way, timeout=_PATIENCE_SECONDS)
        if self._listener is not None:
            await self._listener.close()
        await self._engine.dispose()
        if self._together is not None:
            await self._together.close()
        if self._readers is not None:
            await asyncio.to_thread(self._readers.shutdown)
        if self._direct is not None:
            self._direct.dispose()


def _run(engine: Engine, work: Callable[[Connection], _T]) -> _T:
    with engine.begin() as connection:
        return work(connection)


def make_database(
    url: URL, *, patience: float | None = _PATIENCE_SECONDS, only_looks: bool = False
) -> Database:
    """A database that was not opened yet; who `only_looks` does not make it one of ours.

    On PostgreSQL a statement may take `patience` seconds, so that a server that fell silent is
    noticed; None: for ever, as a migration may have to.
    """
    if url.get_backend_name() == "postgresql":
        connect = make_connect(url, patience)
        engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, **_POOL)
        return Database(engine, connect)
    url = url.set(query={"timeout": str(_PATIENCE_SECONDS), **url.query})
    engine = create_async_engine(url, **_POOL)
    direct = create_engine(url.set(drivername="sqlite+pysqlite"), **_POOL)
    for one in (engine.sync_engine, direct):
        _prepare_sqlite(one, _PRAGMAS if only_looks else (_JOURNAL, *_PRAGMAS))
    return Database(engine, connect=None, direct=direct)


def parse_database_url(text: str) -> URL:
    """The URL with the async driver in it; raises `UserError`, which never shows the text.

    A database in memory is refused: the inbox has to outlive the process.
    """
    try:
        url = make_url(text)
        driver = _DRIVERS[url.get_backend_name()]
    except (ArgumentError, ValueError, KeyError) as error:
        raise UserError(
            "DATABASE_URL must start with sqlite+aiosqlite:/// or postgresql+asyncpg://"
        ) from error
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise UserError("DATABASE_URL must name a file: a database in memory loses the inbox")
    return url.set(drivername=driver)


def _prepare_sqlite(engine: Engine, pragmas: Iterable[str]) -> None:
    """Begin transactions ourselves; the driver would begin late, and never IMMEDIATE.

    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# ---------------------------------------------------------------- parts that others' statements use


def chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    """Parts of a long list of parameters, each short enough for one statement."""
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


async def lock_migrations(connection: AsyncConnection) -> None:
    """One instance migrates at a time; on SQLite the write transaction is the lock."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
