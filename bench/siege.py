"""What clients that mean no good cost: memory of the whole process tree, and whether it answers.

    python -m bench.siege [CLIENTS]

In: how many at once, 200 if nothing is said. Out: for each kind the memory before and at the worst,
what the clients were answered, and how long `/livez` took, asked by a process of its own: bodies of
24 MiB, bodies and heads that drip, and a hundred long comments of nested Markdown, which the
service takes from its GitHub and reads. Beside it `/livez` with nothing else going on: the machine.
"""

import asyncio
import multiprocessing
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.siege import besiege, drip_body, drip_head, measure_tree, send_large

MOST_MORE = 64.0  # MB
_COMMENTS = 100
_NESTED = ("> " * 300 + "x\n\n", "- a\n" + "  " * 60 + "- b\n", "*a **b " * 200 + "\n\n", "[" * 800)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Watch:
    """What was seen while something went on."""

    before: float
    most: float = 0.0
    took: list[float] = field(default_factory=list)  # milliseconds of each `/livez`
    failed: int = 0

    def show(self, name: str, told: str) -> str:
        """One line."""
        took = sorted(self.took)
        worst, middle = took[-1], took[len(took) // 2]
        return (
            f"{name}: {self.most - self.before:+.0f} MB over {self.before:.0f}; /livez"
            f" {middle:.1f} ms, at worst {worst:.0f} ms of {len(took)}, {self.failed} not answered;"
            f" {told}"
        )


def _ask(url: str, pipe: Connection) -> None:
    """In a process of its own: ask until told to end; milliseconds, None where nobody answered."""
    took: list[float | None] = []
    while not pipe.poll():
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(f"{url}/livez", timeout=10) as answer:
                answer.read()
            took.append((time.perf_counter() - began) * 1000)
        except OSError:
            took.append(None)
        time.sleep(0.02)
    pipe.send(took)


async def watch(service: ServiceProcess, work: Awaitable[object]) -> tuple[Watch, object]:
    """Measure while it goes on."""
    pid = service.pid or 0
    seen = Watch(before=await asyncio.to_thread(measure_tree, pid))
    ours, theirs = multiprocessing.Pipe()
    asking = multiprocessing.get_context("spawn").Process(target=_ask, args=(service.url, theirs))
    asking.start()
    going = asyncio.ensure_future(work)
    while not going.done():
        seen.most = max(seen.most, await asyncio.to_thread(measure_tree, pid))
        await asyncio.sleep(0.2)
    ours.send(None)
    took = await asyncio.to_thread(ours.recv)
    await asyncio.to_thread(asking.join)
    seen.took = [one for one in took if one is not None]
    seen.failed = took.count(None)
    return seen, going.result()


@asynccontextmanager
async def open_service() -> AsyncIterator[tuple[ServiceProcess, FakeGitHub]]:
    """A real one between a small Buildbot and GitHub."""
    buildbot, github = FakeBuildbot(_now), FakeGitHub(_now, hook_secret="bench")
    github.create_repository("octo-org/demo")
    await buildbot.start()
    await github.start()
    settings = {
        "BUILDBOT_URL": buildbot.url,
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": "demo-token",
        "GITHUB_WEBHOOK_SECRET": "bench",
        "REPOSITORY": "octo-org/demo",
    }
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(Path(folder), settings, find_free_port())
        await service.start()
        github.hook_url = f"{service.url}/github"
        try:
            yield service, github
        finally:
            await service.stop()
            await github.stop()
            await buildbot.stop()


async def send_comments(service: ServiceProcess, github: FakeGitHub) -> str:
    """Long ones of nested Markdown with a word to us, until all were read."""
    for number in range(_COMMENTS):
        shape = _NESTED[number % len(_NESTED)]
        body = shape * (50_000 // len(shape)) + "\n\n/buildbot help"
        await github.comment(1, body, author=f"person{number}")
    done = await service.wait_for("/health", lambda found: found["inbox"]["depth"] == 0, 300)
    return f"inbox {done['inbox']['depth']}, {len(done['stuck'])} stuck"


async def run(clients: int) -> int:
    """Every kind; 1 where memory grew by more than is allowed or nobody answered."""
    wrong = 0
    async with open_service() as (service, github):
        await github.merge(1)
        await service.wait_for("/health", lambda found: found["inbox"]["depth"] == 0, 60)
        await send_first(service, github)
        kinds: Sequence[tuple[str, Callable[[], Awaitable[object]]]] = (
            ("nothing", lambda: asyncio.sleep(5)),
            (f"{clients} x 24 MiB", lambda: besiege(service.url, send_large, clients)),
            (f"{clients} dripping bodies", lambda: besiege(service.url, drip_body, clients)),
            (f"{clients} dripping heads", lambda: besiege(service.url, drip_head, clients)),
            (f"{_COMMENTS} nested comments", lambda: send_comments(service, github)),
        )
        for name, begin in kinds:
            seen, told = await watch(service, begin())
            print(seen.show(name, str(told)), flush=True)
            wrong |= seen.most - seen.before > MOST_MORE or seen.failed > 0
    return int(wrong)


async def send_first(service: ServiceProcess, github: FakeGitHub) -> None:
    """One long comment, so that the process that reads them is there, and is counted before."""
    await github.comment(1, "x\n\n" * 400 + "/buildbot help", author="first")
    await service.wait_for("/health", lambda found: found["inbox"]["depth"] == 0, 60)


if __name__ == "__main__":
    sys.exit(asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 200)))
