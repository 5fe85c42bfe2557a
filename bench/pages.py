"""How fast pages and the API answer on a large fleet's past, and by which indexes.

`python -m bench.pages [--share 0.1] [--database URL [--filled]] [--plans]`: 200 builders, 10
branches, 90 days (400,000 builds, 40,000 commits, 3,000 incidents) in SQLite, or in the empty
database that is named, or in one that an earlier run filled. Each address is asked for many times,
for other things each time; what takes longer than 150 ms in one of twenty fails the bench.
`--plans` prints how the database finds what each of them shows.
"""

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Connection, event, insert, select

from bench.asking_buildbot import measure_asking
from bench.big_fleet import FULL, NOON, REPO, Size, fill, name_branch, name_builder
from bot.core.model import Commit, KnownBuilder
from bot.store import Store, open_store
from bot.store.engine.tables import builds, commits, failures
from bot.store.search_documents import put_pull_documents
from bot.web.access import Access, Viewer
from bot.web.api import details, fleet
from bot.web.api.conditional import make_tagging
from bot.web.current_work import WorkMonitor
from bot.web.pages import (
    activity,
    build,
    dashboard,
    front,
    history,
    incident,
    incidents,
    record,
    report,
    requests,
)
from bot.web.pages.situation import Situations

LIMIT = 0.150  # seconds, for 95 of 100
_TIMES = 40
_TESTS = 300
_ROWS = 5000
_PAGES_ONLY = frozenset({"/", "/incidents"})


class Noon:
    """The clock stands still where the fleet's past ends."""

    def now(self) -> Any:
        return NOON

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


# ---------------------------------------------------------------- what the fleet showed


async def fill_details(store: Store, size: Size) -> None:
    """Beside builds and incidents: builders, what failed in red builds, and what is searched."""
    known = [
        KnownBuilder(
            "buildbot",
            number + 1,
            name_builder(number, name_branch(number % size.branches)),
            frozenset({"stable"}),
            frozenset({f"worker-{number % 120}"}),
            NOON - timedelta(days=size.days),
        )
        for number in range(size.builders)
    ]
    await store.facts.save_builders(known, ())
    await store.database.write_at_once(_fill_failures, single=False)
    await store.database.write_at_once(_fill_pulls, single=False)


def _fill_failures(connection: Connection) -> None:
    """Each red build shows one of three hundred tests; every fifth passes on a second try."""
    red = select(builds.c.buildid, builds.c.branch).where(builds.c.result == 2)
    rows = [
        {
            "source": "buildbot",
            "buildid": buildid,
            "position": 0,
            "branch": branch,
            "suite": "unittest",
            "kind": "test_failure",
            "site": f"test_{buildid % _TESTS}",
            "message": "1 != 2",
            "passed_on_rerun": buildid % 5 == 0,
            "step": "test",
        }
        for buildid, branch in connection.execute(red)
    ]
    for at in range(0, len(rows), _ROWS):
        connection.execute(insert(failures), rows[at : at + _ROWS])


def _fill_pulls(connection: Connection) -> None:
    names = (commits.c.sha, commits.c.at, commits.c.title, commits.c.author, commits.c.pull)
    known = [
        Commit(sha, None, at, title, author, pull)
        for sha, at, title, author, pull in connection.execute(select(*names))
    ]
    put_pull_documents(connection, REPO.repo_id, known)


# ---------------------------------------------------------------- what is asked for


def make_addresses(size: Size) -> dict[str, list[str]]:
    """Each kind of page, with things to ask for."""
    some = range(0, size.builders, 7)
    builders = [quote(name_builder(n, name_branch(n % size.branches)), safe="") for n in some]
    each = size.incidents // size.branches
    ids = [f"{n % size.branches:02x}{n * 3 % each:010x}" for n in range(20)]
    workers = [f"worker-{n}" for n in range(0, 120, 9)]
    tests = [f"test_{n}" for n in range(0, _TESTS, 17)]
    pulls = [f"{REPO.full_name}/{n * 10_000 + 40}" for n in range(size.branches)]
    words = ["debian", "number 40", "test_7", "3.14", "1 != 2", "change"]
    pages = {
        "/": [""],
        "/incidents": ["", "?state=open", "?state=fixed&offset=1000"],
        "/incidents/": ids,
        "/pulls/": pulls,
        "/builds/buildbot/": [str(1 + n * size.builds // 30) for n in range(20)],
        "/builders": [""],
        "/builders/": builders,
        "/workers": [""],
        "/workers/": workers,
        "/tests/": tests,
        "/flakes": [""],
        "/activity": ["", "?offset=2000"],
        "/search": [f"?q={quote(text)}" for text in words],
        "/requests": [""],
        "/report": ["?since=7d", "?since=4w"],
        "/record": [""],
    }
    api = {f"/api/v1{path}": things for path, things in pages.items() if path not in _PAGES_ONLY}
    api |= {"/api/v1/fleet": [""]}
    return pages | api | {"/api/v1/incidents": ["", "?offset=2000"], "/api/v1/pulls": [""]}


def make_app(store: Store) -> web.Application:
    """The pages and the API over a store; everybody sees everything."""
    access, clock, views = Access("public", None, store.facts), Noon(), store.views
    service = front.Service(
        clock, "https://buildbot.example", False, "https://github.com", _find_no_problems
    )
    work = WorkMonitor(None, views, clock)
    app = web.Application(middlewares=[make_tagging(shares=True)])
    app.add_routes(front.make_routes(views, access, service, Situations(views, clock), work))
    app.add_routes(dashboard.make_routes(views, access, None))
    app.add_routes(requests.make_routes(views, access, None))
    app.add_routes(incident.make_routes(views, access, clock, service.website))
    app.add_routes(incidents.make_routes(views, access, clock))
    app.add_routes(build.make_routes(views, access, clock, service.website))
    app.add_routes(history.make_routes(views, access, clock, work))
    app.add_routes(activity.make_routes(views, access, clock, service.load_problems))
    app.add_routes(details.make_routes(views, access, None, clock))
    app.add_routes(fleet.make_routes(views, access, clock))
    app.add_routes(report.make_routes(views, access, clock))
    app.add_routes(record.make_routes(views, access, clock))
    return app


async def _find_no_problems(_: Viewer) -> Sequence[tuple[str, str]]:
    return ()


async def measure(
    client: TestClient[Any, Any], path: str, things: Sequence[str]
) -> tuple[list[float], float]:
    """Seconds of each answer, and of the processor for one; the first one is left out.

    A service runs for weeks. The processor's time holds that of the client, too, and tells what a
    busy machine hides.
    """
    took, worked = [], 0.0
    for _, thing in zip(range(_TIMES + 1), cycle(things), strict=False):
        begin = time.perf_counter()
        async with client.get(f"{path}{thing}") as answer:
            await answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}{thing} is answered with {answer.status}")
        took.append(time.perf_counter() - begin)
        worked = worked or time.process_time()
    return sorted(took[1:]), (time.process_time() - worked) / _TIMES


async def run(share: float, database: str | None, *, filled: bool, plans: bool) -> bool:
    """Whether every address was fast enough."""
    size = FULL if share == 1 else FULL.scale(share)
    with tempfile.TemporaryDirectory() as folder:
        url = database or f"sqlite+aiosqlite:///{Path(folder, 'pages.db')}"
        store = await open_store(url, Noon())
        try:
            print(size, flush=True)
            if not filled:
                await _fill(store, size)
            async with TestClient(TestServer(make_app(store))) as client:
                return await _run(client, store, size, plans=plans)
        finally:
            await store.close()


async def _fill(store: Store, size: Size) -> None:
    begin = time.perf_counter()
    await fill(store, size, NOON)
    await fill_details(store, size)
    await _analyze(store)
    print(f"filled in {time.perf_counter() - begin:.0f} s", flush=True)


async def _analyze(store: Store) -> None:
    """What PostgreSQL does by itself within minutes; before, it finds no builder by an index."""
    async with store.database.write() as connection:
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql("ANALYZE")


async def _run(client: TestClient[Any, Any], store: Store, size: Size, *, plans: bool) -> bool:
    slow = []
    print(f"{'':28}  median     p95  processor")
    for path, things in make_addresses(size).items():
        took, worked = await measure(client, path, things)
        middle, high = took[len(took) // 2], took[int(len(took) * 0.95)]
        times = f"{middle * 1000:5.0f} ms {high * 1000:5.0f} ms {worked * 1000:7.0f} ms"
        print(f"{path:28} {times}", flush=True)
        if high > LIMIT:
            slow.append(path)
        if plans:
            await print_plans(client, store, f"{path}{things[0]}")
    await _compare(client, size)
    print(f"slower than {LIMIT * 1000:.0f} ms: {', '.join(slow) or 'none'}")
    return not slow


async def _compare(client: TestClient[Any, Any], size: Size) -> None:
    """The front page, ours and by asking a Buildbot each time, one right after the other."""
    asked = (await measure_asking(size.builders, 5))[2]
    took, _ = await measure(client, "/", [""])
    ours = took[len(took) // 2]
    print(
        f"the front page by asking Buildbot each time: {asked * 1000:.0f} ms,"
        f" {asked / ours:.0f} times as long as ours"
    )


async def print_plans(client: TestClient[Any, Any], store: Store, path: str) -> None:
    """How the database finds what an address shows; a whole table that is read is marked."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    direct, engine = store.database._direct, store.database._engine.sync_engine
    engines = [engine] if direct is None else [engine, direct]
    for one in engines:
        event.listen(one, "before_cursor_execute", note)
    async with client.get(path) as answer:
        await answer.read()
    for one in engines:
        event.remove(one, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if direct is not None else "EXPLAIN "
    async with store.database.read() as connection:
        for statement, parameters in asked:
            rows = (await connection.exec_driver_sql(explain + statement, parameters)).all()
            for row in rows:
                words = str(row[-1])
                whole = (words.startswith("SCAN") and "INDEX" not in words) or "Seq Scan" in words
                print(f"    {'!' if whole else ' '} {words[:120]}")


def main() -> int:
    """Fill, ask, print; 1 where something is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.1, help="of the whole past (0.1)")
    parser.add_argument("--database", help="an empty one; without it a file of SQLite")
    parser.add_argument("--filled", action="store_true", help="an earlier run filled it")
    parser.add_argument("--plans", action="store_true", help="how the database finds it")
    given = parser.parse_args()
    if given.filled and not given.database:
        parser.error("--filled: which --database?")
    gc.freeze()  # as the service does with what was imported
    fast = asyncio.run(run(given.share, given.database, filled=given.filled, plans=given.plans))
    return 0 if fast else 1


if __name__ == "__main__":
    sys.exit(main())
