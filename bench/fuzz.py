"""A long run of requests that mean no good: no 5xx but a deliberate 503, memory flat.

    python -m bench.fuzz [REQUESTS]

A few thousand of each turn are made from our own description, the others are signed deliveries of
GitHub's that were changed. In: how many, 100,000 if nothing is said. Out: what was answered, and
the service's memory before and after. It runs a real service beside a small Buildbot and GitHub.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.fuzz import fuzz
from tests.support.signed_bodies import send_changed

_TOKEN = "bench"
_SECRET = "bench"
_EACH = 100  # of each operation in each way: some four thousand, which take their time to make
_SIGNED = 20_000  # in each turn


def _now() -> datetime:
    return datetime.now(UTC)


def read_memory(pid: int) -> float:
    """MiB that a process holds."""
    words = Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()
    return int(words[0]) / 1024


async def run(requests: int) -> int:
    """Fuzz until so many requests were answered; 1 where memory grew by a quarter or more."""
    buildbot, github = FakeBuildbot(_now), FakeGitHub(_now, hook_secret=_SECRET)
    await buildbot.start()
    await github.start()
    settings = {
        "BUILDBOT_URL": buildbot.url,
        "BUILDBOT_WEBHOOK_TOKEN": _TOKEN,
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": "demo-token",
        "GITHUB_WEBHOOK_SECRET": _SECRET,
    }
    statuses: Counter[int] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(Path(folder), settings, find_free_port())
        await service.start()
        try:
            statuses += await asyncio.to_thread(fuzz, service.url, _EACH, token=_TOKEN)
            before, turn = read_memory(service.pid or 0), 1
            while statuses.total() < requests:
                statuses += await asyncio.to_thread(
                    send_changed, service.url, _SECRET, _SIGNED, turn
                )
                found = await asyncio.to_thread(
                    fuzz, service.url, _EACH, token=_TOKEN, beginning=turn
                )
                statuses, turn = statuses + found, turn + 1
                memory = read_memory(service.pid or 0)
                print(f"{statuses.total()} requests so far, {memory:.0f} MiB", flush=True)
            after = read_memory(service.pid or 0)
        finally:
            await service.stop()
            await buildbot.stop()
            await github.stop()
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")
    print(f"memory {before:.0f} MiB after the first, {after:.0f} MiB after the last")
    return int(after > 1.25 * before)


if __name__ == "__main__":
    sys.exit(asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)))
