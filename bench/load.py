"""How much the service takes: builds a second, a day of a large fleet, huge logs, and the lag.

The real service as a process, on SQLite and on PostgreSQL; a small Buildbot and GitHub in this
process. What is measured, each on an empty database:

- *burst*: red builds with logs of 200 kB, worked off as fast as they are; beside it a handler of
  the usual kind, which does all its work inside the webhook's request (fetch the log, search it);
- *lag*: ten builds a second, and from the red build that settles it to the comment;
- *day*: a day of LLVM's fleet, 200 builders, 5,000 builds and 500 merges;
- *huge*: five logs of 200 MB at once.

Memory is that of the whole process tree; calls are counted where they arrive.

    python -m bench.load [burst lag day huge] [--database sqlite|postgresql] [--scale 1]
"""

import argparse
import asyncio
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from aiohttp import web

from bench.chaos import open_place
from bench.storm.ledger import Place
from bench.storm.stage import Stage, make_log
from bot.core.model.build_results import Result
from bot.fakes.service_process import ServiceProcess, find_free_port

# What is asked for.
BUILDS_A_SECOND, LAG_P95, DAY_SECONDS, TREE_MB = 50.0, 2.0, 300.0, 300.0

# To be asked for its memory keeps a process waiting: more often would be a load of its own.
_MEMORY_SECONDS = 1.0
_ERROR = re.compile(rb"Error|FAIL|error:")


class _Live(Stage):
    """A stage in our own time: what was over before the service started, is not spoken of."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class Rig:
    """A service under load, and everything around it."""

    stage: Stage
    service: ServiceProcess
    place: Place
    memory: list[tuple[float, float]] = field(default_factory=list)  # MB: whole, shared pages once
    base: int = 0  # builds that were there before
    _calls: tuple[int, int] = field(default=(0, 0))
    _cpu: float = 0.0
    _own: float = 0.0

    def mark(self) -> None:
        """Count calls and processor time from here on."""
        self._cpu, self._own = measure_tree_cpu(self.service.pid or 0), time.process_time()
        self._calls = (self.stage.buildbot.count(), self.stage.github.count())

    def show_calls(self, builds: int) -> str:
        """Calls since `mark`, for each build."""
        buildbot = self.stage.buildbot.count() - self._calls[0]
        github = self.stage.github.count() - self._calls[1]
        cpu = measure_tree_cpu(self.service.pid or 0) - self._cpu
        own = time.process_time() - self._own
        return (
            f"calls a build: {buildbot / builds:.1f} of Buildbot, {github / builds:.2f} of GitHub;"
            f" processor time a build: {1000 * cpu / builds:.0f} ms, and {1000 * own / builds:.0f}"
            f" ms of the neighbours played here; load average {os.getloadavg()[0]:.1f}"
        )

    async def wait_until_read(self, seconds: float) -> None:
        """Until every build has its facts and no key is left."""
        wanted = set(self.stage.buildbot.master.builds)
        async with asyncio.timeout(seconds):
            while True:
                ledger = await self.place.load()
                if ledger is not None and not ledger.keys and wanted <= ledger.builds.keys():
                    return
                await asyncio.sleep(0.2)


@asynccontextmanager
async def open_rig(place: Place, folder: Path, builders: int) -> AsyncIterator[Rig]:
    """A service that is up and has swept, with this many green builders."""
    stage = _Live()
    await stage.buildbot.start()
    await stage.github.start()
    stage.github.create_repository("octo-org/demo")
    stage.github.rest.limit = 1_000_000
    base = stage.github.repository().tip("main")
    for number in range(builders):
        stage.buildbot.add_builder(f"Builder {number:03}")
        await stage.buildbot.build(f"Builder {number:03}", base, result=Result.SUCCESS, push=False)
    service = ServiceProcess(folder, stage.make_settings(place.url), find_free_port())
    rig = Rig(stage, service, place)
    watch = asyncio.create_task(_watch_memory(rig))
    try:
        await service.start()
        await service.wait_for("/health", lambda health: bool(health["last_sweep"]), 60)
        await rig.wait_until_read(120)
        stage.attach(service.url)
        yield rig
    finally:
        watch.cancel()
        await service.stop()
        await stage.buildbot.stop()
        await stage.github.stop()


# ---------------------------------------------------------------- the process tree


async def _watch_memory(rig: Rig) -> None:
    while True:
        if rig.service.pid is not None:
            rig.memory.append(measure_tree_mb(rig.service.pid))
        await asyncio.sleep(_MEMORY_SECONDS)


def measure_tree_mb(pid: int) -> tuple[float, float]:
    """Resident megabytes of a process and all below it, and with each shared page counted once."""
    whole = share = 0
    for one in _find_tree(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        sizes = {words[0]: int(words[1]) for words in map(str.split, text.splitlines()[1:])}
        whole += sizes.get("Rss:", 0)
        share += sizes.get("Pss:", 0)
    return whole / 1024, share / 1024


def measure_tree_cpu(pid: int) -> float:
    """Seconds of processor time that a process and all below it took: a busy machine adds none."""
    ticks = 0
    for one in _find_tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _find_tree(pid: int) -> list[int]:
    tree = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            tree += [p for child in task.read_text().split() for p in _find_tree(int(child))]
        except OSError:
            continue
    return tree


# ---------------------------------------------------------------- burst


async def measure_burst(rig: Rig, builds: int) -> float:
    """Builds a second, from the first push to the last fact; they are built before."""
    log = make_log(("test_ssl",), 200_000)
    sha = await rig.stage.github.merge(101)
    pushes = rig.stage.buildbot.pushes
    pushes.hold = True
    for number in range(builds):
        name = f"Builder {number % 100:03}"
        await rig.stage.buildbot.build(name, sha, log=log)
    rig.mark()
    began = time.monotonic()
    await pushes.release(newest_first=False)
    await rig.wait_until_read(300)
    return builds / (time.monotonic() - began)


async def measure_peer(stage: Stage, builds: int) -> float:
    """The usual handler: the log is fetched and searched inside the request; nothing is kept."""
    log = make_log(("test_ssl",), 200_000)

    async def handle(request: web.Request) -> web.Response:
        push = await request.json()
        if push["complete"]:
            await _read_inside(session, stage, push["buildid"])
        return web.Response()

    async with aiohttp.ClientSession() as session:
        app = web.Application(client_max_size=2**25)
        app.add_routes([web.post("/buildbot", handle)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        stage.attach(f"http://127.0.0.1:{runner.addresses[0][1]}")
        sha = await stage.github.merge(100_001)
        began = time.monotonic()
        for number in range(builds):
            await stage.buildbot.build(f"Builder {number % 100:03}", sha, log=log)
        rate = builds / (time.monotonic() - began)
        await runner.cleanup()
    return rate


async def _read_inside(session: aiohttp.ClientSession, stage: Stage, buildid: int) -> None:
    api = f"{stage.buildbot.url}/api/v2"
    async with session.get(f"{api}/builds/{buildid}/steps") as answer:
        steps = (await answer.json(content_type=None))["steps"]
    for step in (s for s in steps if s["results"] == Result.FAILURE):
        async with session.get(f"{api}/steps/{step['stepid']}/logs") as answer:
            logs = (await answer.json(content_type=None))["logs"]
        for log in logs:
            async with session.get(f"{api}/logs/{log['logid']}/raw") as answer:
                _ERROR.findall(await answer.read())


# ---------------------------------------------------------------- lag


async def measure_lag(rig: Rig, rounds: int) -> list[float]:
    """Ten builds a second all the time; seconds from the settling build to its comment."""
    stage, waits = rig.stage, []
    quiet = asyncio.create_task(_keep_building(stage, 10.0))
    for number in range(201, 201 + rounds):
        first, second = f"Builder {number % 40:03}", f"Builder {number % 40 + 40:03}"
        before = await stage.github.merge(number + 1000)
        for name in (first, second):
            await stage.buildbot.build(name, before, result=Result.SUCCESS)
        broken = await stage.github.merge(number)
        log = make_log((f"test_case{number}",), 20_000)
        await stage.buildbot.build(first, broken, log=log)
        await asyncio.sleep(1.5)
        began = time.monotonic()
        await stage.buildbot.build(second, broken, log=log)
        waits.append(await _wait_for_comment(stage, number, began))
    quiet.cancel()
    return sorted(waits)


async def _wait_for_comment(stage: Stage, number: int, began: float) -> float:
    while not stage.github.comments(number):
        if time.monotonic() - began > 60:
            return 60.0
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def _keep_building(stage: Stage, rate: float) -> None:
    """The rest of the fleet, on builders that nobody breaks."""
    number = 0
    while True:
        tip = stage.github.repository().tip("main")
        name = f"Builder {80 + number % 20:03}"
        await stage.buildbot.build(name, tip, result=Result.SUCCESS)
        number += 1
        await asyncio.sleep(1 / rate)


# ---------------------------------------------------------------- a day, and huge logs


async def measure_day(rig: Rig, scale: float) -> tuple[float, int]:
    """Seconds for a day of LLVM's fleet, and its builds; one in twelve is red."""
    stage, merges = rig.stage, int(500 * scale)
    green, red = make_log((), 20_000), make_log(("test_ssl",), 200_000)
    builds = 0
    rig.mark()
    began = time.monotonic()
    for merge in range(merges):
        sha = await stage.github.merge(1000 + merge)
        for slot in range(10):
            number = (merge * 10 + slot) % 200
            is_red = number < 16 and merge > 50
            result = Result.FAILURE if is_red else Result.SUCCESS
            log = red if is_red else green
            await stage.buildbot.build(f"Builder {number:03}", sha, result=result, log=log)
            builds += 1
    await rig.wait_until_read(900)
    return time.monotonic() - began, builds


async def measure_huge(rig: Rig, megabytes: int) -> float:
    """Seconds to read five huge logs at once."""
    log = make_log(("test_ssl",), megabytes * 1_000_000)
    sha = await rig.stage.github.merge(101)
    began = time.monotonic()
    for number in range(5):
        await rig.stage.buildbot.build(f"Builder {number:03}", sha, log=log)
    await rig.wait_until_read(600)
    return time.monotonic() - began


# ---------------------------------------------------------------- what is run


async def run_burst(rig: Rig, scale: float) -> list[str]:
    builds = int(1000 * scale)  # the first few hundred after a start are slower
    rate = await measure_burst(rig, builds)
    print(f"burst: {rate:.0f} builds/s with logs of 200 kB, {rig.show_calls(builds)}")
    peer = await measure_peer(rig.stage, builds // 4)
    print(f"  a handler that works inside the request: {peer:.0f} builds/s, and keeps nothing")
    return [f"burst {rate:.0f}/s"] * (rate < BUILDS_A_SECOND)


async def run_lag(rig: Rig, scale: float) -> list[str]:
    waits = await measure_lag(rig, max(5, int(20 * scale)))
    p95 = waits[math.ceil(len(waits) * 0.95) - 1]  # by nearest rank
    print(f"lag at ten builds/s: median {waits[len(waits) // 2]:.2f} s, p95 {p95:.2f} s")
    return [f"lag p95 {p95:.2f} s"] * (p95 > LAG_P95)


async def run_day(rig: Rig, scale: float) -> list[str]:
    seconds, builds = await measure_day(rig, scale)
    print(f"day: {builds} builds in {seconds:.0f} s, {rig.show_calls(builds)}")
    return [f"day {seconds:.0f} s"] * (seconds > DAY_SECONDS)


async def run_huge(rig: Rig, scale: float) -> list[str]:
    seconds = await measure_huge(rig, int(200 * scale))
    print(f"huge: five logs of {int(200 * scale)} MB in {seconds:.0f} s")
    return []


Run = Callable[[Rig, float], Awaitable[list[str]]]
RUNS: dict[str, tuple[Run, int]] = {  # with the number of builders
    "burst": (run_burst, 100),
    "lag": (run_lag, 100),
    "day": (run_day, 200),
    "huge": (run_huge, 5),
}


async def run(name: str, place: Place, folder: Path, scale: float) -> list[str]:
    """One of them; the targets that it missed."""
    measure, builders = RUNS[name]
    async with open_rig(place, folder, builders) as rig:
        missed = await measure(rig, scale)
        whole = [mb for mb, _ in rig.memory]
        quarters = [whole[(len(whole) - 1) * n // 4] for n in (1, 2, 3, 4)]
        print(
            f"  {name}: the process tree took {max(whole):.0f} MB at most,"
            f" {max(mb for _, mb in rig.memory):.0f} MB with shared pages counted once;"
            f" after each quarter of the time {', '.join(f'{mb:.0f}' for mb in quarters)} MB",
            flush=True,
        )
    return missed + [f"{name} {max(whole):.0f} MB"] * (max(whole) > TREE_MB)


def main(args: argparse.Namespace) -> int:
    """Run, print; 1 if a target was missed."""
    missed: list[str] = []
    for database in args.database.split(","):
        print(f"-- {database}")
        for name in args.names or RUNS:
            with (
                tempfile.TemporaryDirectory() as folder,
                open_place(database, Path(folder)) as place,
            ):
                missed += asyncio.run(run(name, place, Path(folder), args.scale))
    for words in missed:
        print(f"MISSED {words}")
    return 1 if missed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(RUNS)}; all, if none is given")
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--scale", type=float, default=1.0, help="a tenth for a quick look")
    sys.exit(main(parser.parse_args()))
