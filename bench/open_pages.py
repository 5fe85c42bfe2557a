"""What a hundred open pages cost, and how soon they hear of a build.

    python -m bench.open_pages [--pages 100] [--builders 200] [--seconds 60] [--every 6]

In: a service of its own between a small Buildbot and GitHub; a build ends every few seconds. Each
page does as a browser does: it listens, and asks for the front page anew at each event, every two
seconds at most. Out: bytes of the first look, seconds from the push of a build to the event, and
the share of one core that the service takes, with and without pages.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import aiohttp

from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.siege import measure_tree

REPO = "octo-org/demo"  # what the small Buildbot builds
TOKEN = "bench-token"

_BUILDS_EACH = 4
_AGAIN = 2.0  # seconds, as live.js
_TICKS = os.sysconf("SC_CLK_TCK")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Neighbours:
    """The fleet, and the service that watches it."""

    buildbot: FakeBuildbot
    service: ServiceProcess
    sha: str
    pushed: float = 0.0
    numbers: "count[int]" = field(default_factory=count)

    async def finish_build(self, builders: int) -> None:
        """The next builder finishes a green build, and tells of it."""
        name = f"builder {next(self.numbers) % builders}"
        self.pushed = time.perf_counter()
        await self.buildbot.build(name, self.sha, result=Result.SUCCESS)

    def count_seconds(self) -> float:
        """Of the processor, by the service itself."""
        fields = Path(f"/proc/{self.service.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@asynccontextmanager
async def open_neighbours(builders: int, **settings: str) -> AsyncIterator[Neighbours]:
    """A service that has read the past of the fleet."""
    port = find_free_port()
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    buildbot = FakeBuildbot(_now, push_url=f"http://127.0.0.1:{port}/buildbot", push_headers=bearer)
    github = FakeGitHub(_now)
    await buildbot.start()
    await github.start()
    sha = github.create_repository(REPO).tip("main")
    for number in range(builders):
        buildbot.add_builder(f"builder {number}")
        for ago in range(_BUILDS_EACH, 0, -1):
            end = _now() - timedelta(hours=ago)
            await buildbot.build(
                f"builder {number}", sha, result=Result.SUCCESS, complete_at=end, push=False
            )
    with tempfile.TemporaryDirectory() as folder:
        given = {
            "BUILDBOT_URL": buildbot.url,
            "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": "demo-token",
            "REPOSITORY": REPO,
            "DASHBOARD": "public",
            "DATABASE_URL": f"sqlite:///{folder}/watch.db",
            **settings,
        }
        service = ServiceProcess(Path(folder), given, port)
        await service.start()
        try:
            await _wait_until_read(service.url)
            yield Neighbours(buildbot, service, sha)
        finally:
            await service.stop()
            await github.stop()
            await buildbot.stop()


async def _wait_until_read(url: str) -> None:
    """Until nothing of the past waits any more."""
    waiting = 1
    async with aiohttp.ClientSession() as session:
        while waiting:
            await asyncio.sleep(1)
            async with session.get(f"{url}/health") as answer:
                waiting = (await answer.json())["inbox"]["depth"]


@dataclass
class Heard:
    """What pages heard and were sent."""

    events: list[float] = field(default_factory=list)  # seconds after the push
    looks: int = 0


async def keep_open(neighbours: Neighbours, heard: Heard) -> None:
    """One page in a browser."""
    url = neighbours.service.url
    changed = asyncio.Event()
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        looking = asyncio.create_task(_look_again(session, url, changed, heard))
        try:
            async with session.get(f"{url}/events") as stream:
                async for line in stream.content:
                    if line == b"event: changed\n":
                        heard.events.append(time.perf_counter() - neighbours.pushed)
                        changed.set()
        finally:
            looking.cancel()


async def _look_again(
    session: aiohttp.ClientSession, url: str, changed: asyncio.Event, heard: Heard
) -> None:
    while True:
        async with session.get(f"{url}/", headers={"Accept": "text/html"}) as answer:
            await answer.read()
        heard.looks += 1
        await asyncio.sleep(_AGAIN)
        await changed.wait()
        changed.clear()


async def measure(neighbours: Neighbours, args: argparse.Namespace, pages: int) -> None:
    """Print what so many pages cost while builds end."""
    heard = Heard()
    opened = [asyncio.create_task(keep_open(neighbours, heard)) for _ in range(pages)]
    await asyncio.sleep(5)  # the first look of each is no news
    heard.events.clear()
    heard.looks = 0
    begin, worked = time.perf_counter(), neighbours.count_seconds()
    while time.perf_counter() < begin + args.seconds:
        await neighbours.finish_build(args.builders)
        await asyncio.sleep(args.every)
    share = (neighbours.count_seconds() - worked) / (time.perf_counter() - begin)
    memory = measure_tree(neighbours.service.pid or 0)
    for page in opened:
        page.cancel()
    await asyncio.gather(*opened, return_exceptions=True)
    print(f"{pages:4d} pages: {share:.1%} of a core, {memory:.0f} MB, {heard.looks} looks", end="")
    late = sorted(heard.events)
    if late:
        print(f"; an event after {late[len(late) // 2]:.2f} s, at worst {late[-1]:.2f} s", end="")
    print(flush=True)


async def show_first_look(url: str) -> None:
    """Bytes over the wire of all that a browser asks for, packed."""
    sizes = []
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        for path in ("/", "/static/style.css", "/static/live.js", "/static/time.js"):
            async with session.get(url + path, headers={"Accept-Encoding": "gzip"}) as answer:
                sizes.append(len(await answer.read()))
    print(f"first look: {sum(sizes) / 1000:.0f} kB, the page itself {sizes[0] / 1000:.0f} kB")


async def run(args: argparse.Namespace) -> None:
    """With pages, and then without any; and where pages are switched off."""
    async with open_neighbours(args.builders) as neighbours:
        await show_first_look(neighbours.service.url)
        for pages in (0, args.pages):
            await measure(neighbours, args, pages)
    async with open_neighbours(args.builders, DASHBOARD="off") as neighbours:
        print("DASHBOARD=off:", end=" ")
        await measure(neighbours, args, 0)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--builders", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=6.0, help="seconds between builds")
    asyncio.run(run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
