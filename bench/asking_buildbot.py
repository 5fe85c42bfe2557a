"""The front page made the other way: by asking a Buildbot's REST API each time it is looked at.

In: how many builders. Out: seconds of each look, for `bench.pages` to stand beside our own. The
Buildbot is a real master on loopback with a past in its database (SQLite, its default), no workers,
and no other readers, so that one that has work to do takes longer.
"""

import asyncio
import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.release import decide_release
from bot.core.model import BuildRef
from bot.core.model.build_results import Result
from tests.e2e.fleet import Fleet, install_buildbot

BUILDS_EACH = 12
"""As many as our own page looks at."""

_AT_ONCE = 6  # connections, as of a browser or a careful client
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

_CONFIG = """
import json, os
from buildbot.plugins import schedulers, util, worker
plan = json.load(open(os.path.join(basedir, "fleet.json")))
c = BuildmasterConfig = {
    "buildbotNetUsageData": None,
    "protocols": {"pb": {"port": "tcp:%%d:interface=127.0.0.1" %% plan["pb_port"]}},
    "www": {"port": "tcp:%%d:interface=127.0.0.1" %% plan["www_port"]},
    "workers": [worker.Worker("away", "password")],
    "builders": [
        util.BuilderConfig(
            name="builder %%d" %% number, workernames=["away"], tags=["stable"],
            factory=util.BuildFactory(),
        )
        for number in range(%d)
    ],
}
c["schedulers"] = [
    schedulers.ForceScheduler(name="force", builderNames=[b.name for b in c["builders"]])
]
"""


async def measure_asking(builders: int, times: int) -> list[float]:
    """Seconds of each look, sorted; the first one is left out. Raises `NoBuildbot`."""
    with serve_past(builders) as url:
        connector = aiohttp.TCPConnector(limit=_AT_ONCE)
        async with aiohttp.ClientSession(connector=connector) as session:
            took = [await _look(session, url, builders) for _ in range(times + 1)]
    return sorted(took[1:])


@contextlib.contextmanager
def serve_past(builders: int) -> Iterator[str]:
    """A real master whose builders have built; its address."""
    install_buildbot()
    with tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(Path(folder), (), "http://127.0.0.1:9", "none")
        fleet.make_master()
        (fleet.folder / "master" / "master.cfg").write_text(_CONFIG % builders)
        try:
            fleet.start_master()  # it makes the rows of its builders
            fleet.stop_process("0-master")
            _fill(fleet.folder / "master" / "state.sqlite")
            fleet.start_master()
            yield fleet.url
        finally:
            fleet.stop()


def _fill(path: Path) -> None:
    """The last builds of each builder, an hour apart; every tenth is red."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        ids = [row[0] for row in database.execute("SELECT id FROM builders ORDER BY id")]
        (master,) = database.execute("SELECT id FROM masters").fetchone()
        (worker,) = database.execute("SELECT id FROM workers").fetchone()
        for builder in ids:
            for number in range(1, BUILDS_EACH + 1):
                end = int(_NOON.timestamp()) - 3600 * (BUILDS_EACH - number)
                result = Result.FAILURE if (builder + number) % 10 == 0 else Result.SUCCESS
                made = database.execute(
                    "INSERT INTO buildsets (submitted_at, complete, complete_at, results)"
                    " VALUES (?, 1, ?, ?)",
                    (end - 600, end, result),
                ).lastrowid
                request = database.execute(
                    "INSERT INTO buildrequests"
                    " (buildsetid, builderid, complete, results, submitted_at, complete_at)"
                    " VALUES (?, ?, 1, ?, ?, ?)",
                    (made, builder, result, end - 600, end),
                ).lastrowid
                database.execute(
                    "INSERT INTO builds (number, builderid, buildrequestid, workerid, masterid,"
                    " started_at, complete_at, locks_duration_s, state_string, results)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, 0, 'build text', ?)",
                    (number, builder, request, worker, master, end - 300, end, result),
                )


async def _look(session: aiohttp.ClientSession, url: str, wanted: int) -> float:
    """All builders, the last builds of each, and what they come to."""
    begin = time.perf_counter()
    async with session.get(f"{url}/api/v2/builders") as answer:
        builders = (await answer.json(content_type=None))["builders"]
    records = await asyncio.gather(*(_fetch_record(session, url, row) for row in builders))
    decide_release("main", records, (), _NOON)
    took = time.perf_counter() - begin
    if len(records) != wanted or any(len(record.builds) < BUILDS_EACH for record in records):
        raise SystemExit("the Buildbot does not show its past")
    return took


async def _fetch_record(
    session: aiohttp.ClientSession, url: str, row: dict[str, object]
) -> BuilderRecord:
    params = {"order": "-number", "limit": str(BUILDS_EACH)}
    path = f"{url}/api/v2/builders/{row['builderid']}/builds"
    async with session.get(path, params=params) as answer:
        builds = (await answer.json(content_type=None))["builds"]
    made = tuple(
        RecentBuild(
            ref=BuildRef("buildbot", build["buildid"]),
            number=build["number"],
            worker="",
            revision=None,
            result=Result(build["results"]),
            started_at=datetime.fromtimestamp(build["started_at"], UTC),
            complete_at=datetime.fromtimestamp(build["complete_at"], UTC),
            url="",
        )
        for build in builds
    )
    return BuilderRecord(str(row["name"]), tuple(row["tags"]), True, made)  # type: ignore[arg-type]
