"""How long from the end of a build to its comment, on loopback, with a 5 MB log.

The real service as a process of its own, on SQLite; a small Buildbot and GitHub beside it. The
yardstick is what cannot be avoided: fetching the same log from the same Buildbot and doing nothing
with it, in the same run. GitHub's rule of a second between two writes is kept, and counts.

    python -m bench.road [--megabytes 5] [--rounds 5]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port

TOKEN = "bench-token"
BUILDERS = ("AMD64 Debian", "ARM64 Debian")

FAILURE = """\
======================================================================
FAIL: test_basic (test.test_ssl.BasicTests.test_basic)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/srv/build/Lib/test/test_ssl.py", line 117, in test_basic
    self.assertEqual(f(), 42)
AssertionError: {message} != 42

----------------------------------------------------------------------
Ran 12 tests in 0.100s

FAILED (failures=1)
test test_ssl failed

== Tests result: FAILURE ==

1 test failed:
    test_ssl

Result: FAILURE
"""


def now() -> datetime:
    return datetime.now(UTC)


def make_log(megabytes: float, message: str) -> str:
    line = "test_something_or_other (test.test_other.OtherTests.test_it) ... ok\n"
    half = line * int(megabytes * 500_000 / len(line))
    return f"{half}{FAILURE.format(message=message)}{half}"


async def main(megabytes: float, rounds: int) -> None:
    buildbot, github = FakeBuildbot(now), FakeGitHub(now)
    await buildbot.start()
    await github.start()
    github.create_repository("octo-org/demo")
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(
            Path(folder),
            {
                "BUILDBOT_URL": buildbot.url,
                "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
                "GITHUB_API_URL": github.url,
                "GITHUB_TOKEN": "demo-token",
                "POST_COMMENTS": "1",
                "COMMENTS_PER_HOUR": "10000",
                "COMMENTS_PER_DAY": "10000",
            },
            find_free_port(),
        )
        for name in BUILDERS:
            buildbot.add_builder(name)
            await buildbot.build(name, github.repository().tip("main"), result=Result.SUCCESS)
        await service.start()
        await service.wait_for("/health", lambda health: bool(health["last_sweep"]), 30)
        await asyncio.sleep(2)  # builds of the second in which we began are the past
        buildbot.push_url = f"{service.url}/buildbot"
        buildbot.push_headers = {"Authorization": f"Bearer {TOKEN}"}
        took, fetched = [], []
        try:
            for number in range(101, 101 + rounds):
                log = make_log(megabytes, str(number))
                took.append(await time_comment(buildbot, github, number, log))
                fetched.append(await time_fetch(buildbot))
        finally:
            await service.stop()
    await buildbot.stop()
    await github.stop()
    show(megabytes, took, fetched)


async def time_comment(buildbot: FakeBuildbot, github: FakeGitHub, number: int, log: str) -> float:
    """Seconds from the end of the build that settles it to the comment on GitHub."""
    broken = await github.merge(number, f"Break it, {number}")
    await buildbot.build(BUILDERS[0], broken, log=log)
    await asyncio.sleep(2)
    began = time.monotonic()
    await buildbot.build(BUILDERS[1], broken, log=log)
    while not github.comments(number):
        if time.monotonic() - began > 60:
            raise TimeoutError(f"no comment on {number}")
        await asyncio.sleep(0.005)
    seconds = time.monotonic() - began
    for name in BUILDERS:  # green again, so that the next break is one
        await buildbot.build(name, await github.merge(number + 1000), result=Result.SUCCESS)
    await asyncio.sleep(2)
    return seconds


async def time_fetch(buildbot: FakeBuildbot) -> float:
    """Seconds to fetch the biggest log that there is, and drop it."""
    logid = max(buildbot.master.logs.values(), key=lambda log: log["num_lines"])["logid"]
    began = time.monotonic()
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{buildbot.url}/api/v2/logs/{logid}/raw") as answer,
    ):
        async for _ in answer.content.iter_chunked(2**16):
            pass
    return time.monotonic() - began


def show(megabytes: float, took: list[float], fetched: list[float]) -> None:
    middle, yardstick = statistics.median(took), statistics.median(fetched)
    print(f"{len(took)} red builds with a log of {megabytes:g} MB")
    print(f"build's end to comment: median {middle:.2f} s, worst {max(took):.2f} s")
    print(f"fetching the log alone: median {yardstick:.3f} s; ratio {middle / yardstick:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    asyncio.run(main(args.megabytes, args.rounds))
