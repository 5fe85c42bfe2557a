"""How many deliveries a second become durable with 64 clients at once, and how long one waits.

Each client puts one key after the other, one row each, and goes on when it is told that its row is
stored. The yardstick beside it is the plain driver with the same clients, one row a transaction
each: sqlite3 on a connection and thread per client, asyncpg on a connection per client. Both
databases really wait for the disk. Then clients arrive at a steady 200 a second, as a large fleet
at its worst, and each one's wait is measured: first with the plain driver and then with ours, so
that on a busy machine their ratio tells what the figures do not.

    python -m bench.inbox [--seconds 5] [--clients 64] [--rate 200]
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import asyncpg

from bot.app.wiring import SystemClock
from bot.core.model import build_key
from bot.store import open_store
from tests.support.postgres import PostgresServer, open_server

# What is asked for: half of what the plain driver does, and enough for the worst minute.
RATIO, RATE, P99_MS = 0.5, 500.0, 50.0

_TABLE = "CREATE TABLE plain (kind text, key text, run_at text, PRIMARY KEY (kind, key))"
_INSERT = "INSERT INTO plain (kind, key, run_at) VALUES ('build', {0}, {1})"

Store = Callable[[int], Awaitable[None]]  # store one row with this number


@dataclass
class Figures:
    """What was measured on one database."""

    name: str
    ours: float
    takes: float
    plain: float
    p50: float
    p99: float
    plain_p50: float
    plain_p99: float

    @property
    def failures(self) -> list[str]:
        checks = (
            (self.ours < RATE, f"{self.name}: {self.ours:.0f}/s is below {RATE:.0f}/s"),
            (self.ours < RATIO * self.plain, f"{self.name}: less than half the plain driver's"),
            (self.p99 > P99_MS, f"{self.name}: p99 {self.p99:.1f} ms is over {P99_MS:.0f} ms"),
        )
        return [words for failed, words in checks if failed]


async def measure_rate(store: Store, clients: int, seconds: float) -> float:
    """Rows a second, `clients` at once."""
    numbers, end = count(), time.monotonic() + seconds
    began = time.monotonic()

    async def be_client() -> int:
        stored = 0
        while time.monotonic() < end:
            await store(next(numbers))
            stored += 1
        return stored

    total = sum(await asyncio.gather(*(be_client() for _ in range(clients))))
    return total / (time.monotonic() - began)


async def measure_waits(store: Store, rate: float, seconds: float) -> list[float]:
    """Seconds that each waited, in order of length; each comes when it is due, served or not."""
    waits: list[float] = []

    async def be_client(number: int, due: float) -> None:
        await store(number)
        waits.append(time.monotonic() - due)

    began = time.monotonic()
    async with asyncio.TaskGroup() as clients:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            clients.create_task(be_client(number, due))
    return sorted(waits)


# ---------------------------------------------------------------- ours, and the yardsticks


async def measure_ours(url: str, args: argparse.Namespace) -> tuple[float, float, list[float]]:
    """Puts a second, deliveries with GUID and key a second, and waits."""
    store = await open_store(url, SystemClock())

    async def put(number: int) -> None:
        await store.inbox.put([build_key("rate", number)])

    async def take(number: int) -> None:
        await store.deliveries.take_delivery(f"guid-{number}", [build_key("taken", number)])

    async def put_slowly(number: int) -> None:
        await store.inbox.put([build_key("wait", number)])

    puts = await measure_rate(put, args.clients, args.seconds)
    takes = await measure_rate(take, args.clients, args.seconds)
    waits = await measure_waits(put_slowly, args.rate, args.seconds)
    await store.close()
    return puts, takes, waits


def measure_sqlite_waits(path: Path, args: argparse.Namespace) -> list[float]:
    """The waits of sqlite3, a connection and a thread for each client."""
    own = threading.local()

    def insert(number: int) -> None:
        if not hasattr(own, "connection"):
            own.connection = sqlite3.connect(
                path, timeout=60, isolation_level=None, check_same_thread=False
            )
            own.connection.execute("PRAGMA synchronous=FULL")
        row = (f"wait {number}", datetime.now(UTC).isoformat())
        own.connection.execute(_INSERT.format("?", "?"), row)

    async def run() -> list[float]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(args.clients) as threads:

            async def store(number: int) -> None:
                await loop.run_in_executor(threads, insert, number)

            return await measure_waits(store, args.rate, args.seconds)

    return asyncio.run(run())


def measure_sqlite(path: Path, clients: int, seconds: float) -> float:
    """Rows a second of sqlite3, with the same care for the disk as ours."""
    setup = sqlite3.connect(path)
    setup.execute("PRAGMA journal_mode=WAL")
    setup.execute(_TABLE)
    setup.close()
    numbers, stored, end = count(), [0] * clients, time.monotonic() + seconds

    def be_client(client: int) -> None:
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        while time.monotonic() < end:
            row = (str(next(numbers)), datetime.now(UTC).isoformat())
            connection.execute(_INSERT.format("?", "?"), row)
            stored[client] += 1
        connection.close()

    threads = [threading.Thread(target=be_client, args=(n,)) for n in range(clients)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(stored) / (time.monotonic() - began)


async def measure_asyncpg(
    server: PostgresServer, name: str, args: argparse.Namespace
) -> tuple[float, list[float]]:
    """Rows a second of asyncpg, a connection for each client, and waits."""
    server.execute(_TABLE, database=name)
    async with AsyncExitStack() as stack:
        free: asyncio.LifoQueue[asyncpg.Connection[asyncpg.Record]] = asyncio.LifoQueue()
        for _ in range(args.clients):
            free.put_nowait(await stack.enter_async_context(connected(server.make_url(name))))

        async def insert(number: int) -> None:
            connection = await free.get()
            row = (str(number), datetime.now(UTC).isoformat())
            await connection.execute(_INSERT.format("$1", "$2"), *row)
            free.put_nowait(connection)

        rate = await measure_rate(insert, args.clients, args.seconds)
        waits = await measure_waits(lambda n: insert(n + 10**9), args.rate, args.seconds)
        return rate, waits


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


# ---------------------------------------------------------------- both databases


def run_sqlite(args: argparse.Namespace) -> Figures:
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = Path(folder)
        rate = measure_sqlite(path / "plain.db", args.clients, args.seconds)
        plain = rate, measure_sqlite_waits(path / "plain.db", args)
        url = f"sqlite+aiosqlite:///{path / 'inbox.db'}"
        return make_figures("SQLite", plain, *asyncio.run(measure_ours(url, args)))


def run_postgres(args: argparse.Namespace) -> Figures | None:
    with open_server(durable=True, parent=args.folder) as server:
        if server is None:
            print("PostgreSQL: left out, its binaries are not here")
            return None
        with server.database() as database:
            plain = asyncio.run(measure_asyncpg(server, database.name, args))
            ours = asyncio.run(measure_ours(database.url, args))
            return make_figures("PostgreSQL", plain, *ours)


def make_figures(
    name: str, plain: tuple[float, list[float]], ours: float, takes: float, waits: list[float]
) -> Figures:
    rate, plain_waits = plain
    shares = [1000 * w[int(len(w) * share)] for w in (waits, plain_waits) for share in (0.5, 0.99)]
    return Figures(name, ours, takes, rate, *shares)


def main(args: argparse.Namespace) -> int:
    """Print the figures; 1 if a target was missed."""
    failures: list[str] = []
    for run in (run_sqlite, run_postgres):
        figures = run(args)
        if figures is None:
            continue
        print(
            f"{figures.name}: {figures.ours:.0f} puts/s durable with {args.clients} clients,"
            f" plain driver {figures.plain:.0f}/s, ratio {figures.ours / figures.plain:.2f};"
            f" with a GUID each {figures.takes:.0f}/s;"
            f" at {args.rate:g}/s p50 {figures.p50:.1f} ms, p99 {figures.p99:.1f} ms,"
            f" plain driver {figures.plain_p50:.1f} ms and {figures.plain_p99:.1f} ms",
            flush=True,
        )
        failures += figures.failures
    for words in failures:
        print(f"MISSED {words}")
    return 1 if failures else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--rate", type=float, default=200, help="arrivals a second for the waits")
    parser.add_argument("--folder", help="on the disk that is to be measured")
    sys.exit(main(parser.parse_args()))
