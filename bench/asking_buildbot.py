"""The front page made the other way: by asking a Buildbot's REST API each time it is looked at.

In: how many builders. Out: seconds of each look, for `bench.pages` to stand beside our own. The
Buildbot is our small one on loopback, in a process of its own: it answers at once, has no database
and no other readers, so that a real one takes longer.
"""

import asyncio
import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

import aiohttp

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.release import decide_release
from bot.core.model import BuildRef
from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot

BUILDS_EACH = 12
"""As many as our own page looks at."""

_AT_ONCE = 6  # connections, as of a browser or a careful client
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _serve(builders: int, told: Connection) -> None:
    async def run() -> None:
        buildbot = FakeBuildbot(lambda: _NOON)
        for number in range(builders):
            buildbot.add_builder(f"builder {number}", tags=("stable", f"tier-{number % 3 + 1}"))
            for ago in range(BUILDS_EACH):
                end = _NOON - timedelta(hours=ago)
                result = Result.FAILURE if (number + ago) % 10 == 0 else Result.SUCCESS
                name = f"builder {number}"
                await buildbot.build(name, "a" * 40, result=result, complete_at=end, push=False)
        await buildbot.start()
        told.send(buildbot.url)
        await asyncio.Event().wait()

    asyncio.run(run())


async def measure_asking(builders: int, times: int) -> list[float]:
    """Seconds of each look, sorted; the first one is left out."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(builders, there))
    process.start()
    try:
        url = await asyncio.to_thread(here.recv)
        connector = aiohttp.TCPConnector(limit=_AT_ONCE)
        async with aiohttp.ClientSession(connector=connector) as session:
            took = [await _look(session, url) for _ in range(times + 1)]
        return sorted(took[1:])
    finally:
        process.terminate()
        process.join()


async def _look(session: aiohttp.ClientSession, url: str) -> float:
    """All builders, the last builds of each, and what they come to."""
    begin = time.perf_counter()
    async with session.get(f"{url}/api/v2/builders") as answer:
        builders = (await answer.json(content_type=None))["builders"]
    records = await asyncio.gather(*(_fetch_record(session, url, row) for row in builders))
    decide_release("main", records, (), _NOON)
    return time.perf_counter() - begin


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
