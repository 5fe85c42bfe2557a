"""A whole service with a small Buildbot and GitHub around it, in which stories happen.

Everything goes through the doors and over real HTTP; only the clock is ours. After each event the
farm waits until the inbox is empty, so a story reads from top to bottom.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.app.factory import STORE, WORKER, create_app
from bot.app.log_pool import LogPool
from bot.app.settings import Settings
from bot.app.worker import Worker
from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.repository import DemoComment
from bot.fakes.github.server import FakeGitHub
from bot.store import Store
from tests.support.databases import Database, SqliteDatabase

TOKEN = "farm-token"
SECRET = "farm-secret"
GITHUB_TOKEN = "demo-token"

# While the farm waits for the service, the clock runs on by a tick after each look at which this
# process had worked for less than so long: whoever still works is not outrun by it. On a busy
# machine a clock that never waits makes the more work the slower the service is.
_LOOK_SECONDS, _TICK, _AT_WORK_SECONDS = 0.002, 0.1, 0.0005


class Farm:
    """The service, its neighbours, and verbs to make things happen."""

    def __init__(self, database: Database, post_comments: bool) -> None:
        self.clock = database.make_clock()
        self.buildbot = FakeBuildbot(self.clock.now)
        self.github = FakeGitHub(self.clock.now, hook_secret=SECRET)
        self.github.create_repository("octo-org/demo", branches=("3.14",))
        self._database = database.url
        self._post_comments = post_comments
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._worker: Worker
        self.store: Store

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def app(self) -> web.Application:
        """The service itself."""
        assert self._runner is not None
        assert self._runner.app is not None
        return self._runner.app

    # ------------------------------------------------------------ life

    async def start_service(self, **changes: Any) -> None:
        """Start, or start again: the same database, the same address."""
        settings = replace(self._settings(**changes.pop("environ", {})), **changes)
        app = await create_app(settings, self.clock, share_reader())
        self._worker = app[WORKER]
        self.store = app[STORE]
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.buildbot.push_url = f"{self.url}/buildbot"
        self.buildbot.push_headers = {"Authorization": f"Bearer {TOKEN}"}
        self.github.hook_url = f"{self.url}/github"
        await self.settle()

    async def stop_service(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _settings(self, **more: str) -> Settings:
        return Settings.from_environ({**self.environ, **more})

    @property
    def environ(self) -> dict[str, str]:
        """What the service is told."""
        return {
            "BUILDBOT_URL": self.buildbot.url,
            "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
            "GITHUB_API_URL": self.github.url,
            "GITHUB_TOKEN": GITHUB_TOKEN,
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "DATABASE_URL": self._database,
            "POST_COMMENTS": "1" if self._post_comments else "0",
            "PUBLIC_URL": "https://watch.example.org",
            "DASHBOARD": "public",  # stories look at everything
            # Stories are short: without a past the plain rule has to speak for beliefs.
            "POLICY_PLAIN_UNTIL": "1000",
        }

    async def settle(self) -> None:
        """Wait until the service has nothing left to do now; the clock runs meanwhile."""
        await self.buildbot.pushes.settle()
        await self.github.hooks.settle()
        settled = asyncio.ensure_future(self._worker.settled())
        async with asyncio.timeout(120):
            while not settled.done():
                await self.tick()
        await settled

    async def tick(self) -> None:
        """Let the service work a little, and time pass if it had nothing to do."""
        worked = time.process_time()
        await asyncio.sleep(_LOOK_SECONDS)
        if time.process_time() - worked < _AT_WORK_SECONDS:
            self.clock.advance(_TICK)

    async def wait(self, seconds: float) -> None:
        """Let time pass, an hour in coarser steps; what falls due meanwhile happens."""
        step = max(5.0, seconds / 60)
        end = self.clock.now().timestamp() + seconds
        while (left := end - self.clock.now().timestamp()) > 0:
            self.clock.advance(min(left, step))
            await self.settle()

    async def skip(self, seconds: float) -> None:
        """Let time pass in which nothing happens, at once; what fell due is done then."""
        self.clock.advance(seconds)
        await self.wait(10)

    # ------------------------------------------------------------ what happens

    def builder(self, name: str, *, stable: bool = True, worker: str | None = None) -> str:
        self.buildbot.add_builder(name, tags=("stable",) if stable else (), worker=worker)
        return name

    async def merge(self, pull: int, title: str = "Change something", **how: Any) -> str:
        """Merge a pull; the sha that it put on the branch."""
        self.clock.advance(60)
        sha = await self.github.merge(pull, title, **how)
        await self.settle()
        return sha

    async def push(self, *titles: str, **how: Any) -> str:
        self.clock.advance(60)
        sha = await self.github.push_direct(*titles, **how)
        await self.settle()
        return sha

    async def green(self, builder: str, at: str, **how: Any) -> int:
        return await self.build(builder, at, result=Result.SUCCESS, **how)

    async def red(
        self,
        builder: str,
        at: str,
        *,
        failing: Sequence[str] = ("test_ssl",),
        message: str = "41 != 42",
        **how: Any,
    ) -> int:
        how.setdefault("log", make_log(failing, message))
        return await self.build(builder, at, result=Result.FAILURE, **how)

    async def break_builder(self, **how: Any) -> None:
        """Pull 101 breaks the only builder: green before it, and red twice at it."""
        builder = self.builder("AMD64 Debian")
        await self.green(builder, at=await self.merge(100))
        broken = await self.merge(101)
        for _ in range(2):
            await self.red(builder, at=broken, **how)

    async def build(self, builder: str, at: str, **how: Any) -> int:
        self.clock.advance(60)
        buildid = await self.buildbot.build(builder, at, **how)
        await self.settle()
        return buildid

    async def say(self, pull: int, text: str, *, by: str = "octocat") -> DemoComment:
        """Somebody writes a comment on a pull."""
        self.clock.advance(60)
        said = await self.github.comment(pull, text, author=by)
        await self.settle()
        return said

    # ------------------------------------------------------------ what people see

    def comments(self, pull: int) -> list[str]:
        return [comment.body for comment in self.github.comments(pull)]

    def only_comment(self, pull: int) -> str:
        (body,) = self.comments(pull)
        return body

    def first_line(self, pull: int) -> str:
        """The first line that a person sees."""
        lines = self.only_comment(pull).splitlines()
        return next(line for line in lines if line and not line.startswith("<!--"))

    async def get(self, path: str) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}{path}") as answer,
        ):
            if answer.content_type != "application/json":
                return await answer.text()
            return await answer.json()

    async def get_status(self, path: str, password: str | None = None) -> int:
        token = aiohttp.encode_basic_auth("anybody", password or "")
        headers = {"Authorization": token} if password is not None else {}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(self.url + path) as answer,
        ):
            return answer.status

    async def drain(self) -> None:
        """What SIGTERM does first, while the address still answers."""
        assert self._runner is not None
        await self._runner.app.shutdown()

    async def post(self, path: str, body: Any) -> int:
        """Knock at a door as Buildbot would; the status."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{self.url}{path}", json=body) as answer,
        ):
            return answer.status

    async def incidents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("/api/v1/incidents"))["incidents"]
        return found

    async def only_incident(self) -> dict[str, Any]:
        (incident,) = await self.incidents()
        return incident


@cache
def share_reader() -> LogPool:
    """One for all farms: its processes take longer to start than most stories to tell.

    They end with the process that runs the tests.
    """
    return LogPool()


@asynccontextmanager
async def open_farm(
    folder: Path, *, post_comments: bool = True, database: Database | None = None
) -> AsyncIterator[Farm]:
    """A farm with its service running on an empty database: SQLite, if no other is given."""
    farm = Farm(database or SqliteDatabase(folder, "farm.db"), post_comments)
    await farm.buildbot.start()
    await farm.github.start()
    try:
        await farm.start_service()
        yield farm
    finally:
        await farm.stop_service()
        await farm.buildbot.stop()
        await farm.github.stop()


def make_log(failing: Sequence[str], message: str) -> str:
    """What CPython's runner prints when these test files each have one failing test."""
    lines = ["Using random seed: 1234567", "0:00:00 load avg: 0.10 Run 5 tests sequentially"]
    for number, test in enumerate(failing, 1):
        lines += [
            f"0:00:0{number} load avg: 0.10 [{number}/5] {test}",
            f"test test_basic ({_id(test)}) ... FAIL",
            "=" * 70,
            f"FAIL: test_basic ({_id(test)})",
            "-" * 70,
            "Traceback (most recent call last):",
            f'  File "/srv/build/Lib/test/{test}.py", line 117, in test_basic',
            "    self.assertEqual(f(), 42)",
            "    ~~~~~~~~~~~~~~~~^^^^^^^^^",
            f"AssertionError: {message}",
            "",
            "-" * 70,
            "Ran 12 tests in 0.100s",
            "",
            "FAILED (failures=1)",
            f"test {test} failed",
            f"0:00:0{number} load avg: 0.10 [{number}/5/1] {test} failed (1 failure)",
        ]
    lines += [
        "",
        "== Tests result: FAILURE ==",
        "",
        f"{len(failing)} test{'s' * (len(failing) > 1)} failed:",
        "    " + " ".join(failing),
        "",
        f"{5 - len(failing)} tests OK.",
        "",
        "Total duration: 5.0 sec",
        f"Total test files: run=5/5 failed={len(failing)}",
        "Result: FAILURE",
    ]
    return "\n".join(lines) + "\n"


def _id(test: str) -> str:
    return f"test.{test}.BasicTests.test_basic"


def make_rerun_log(test: str) -> str:
    """What CPython's runner prints when a test file fails, and passes when it is run again."""
    failed = make_log([test], "41 != 42").partition("== Tests result")[0]
    return failed + "\n".join(
        [
            "== Tests result: FAILURE ==",
            "",
            "1 test failed:",
            f"    {test}",
            "",
            "4 tests OK.",
            "",
            "1 re-run test:",
            f"    {test}",
            "0:00:06 Re-running 1 failed tests in verbose mode in subprocesses",
            f"0:00:06 Re-running {test} in verbose mode (matching: test_basic)",
            f"test_basic ({_id(test)}) ... ok",
            "",
            "----------------------------------------------------------------------",
            "Ran 1 test in 0.100s",
            "",
            "OK",
            "",
            "== Tests result: FAILURE then SUCCESS ==",
            "",
            "5 tests OK.",
            "",
            "1 re-run test:",
            f"    {test}",
            "",
            "Total duration: 6.0 sec",
            "Result: FAILURE then SUCCESS",
            "",
        ]
    )
