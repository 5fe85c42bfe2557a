"""The story that `make demo` plays: a batch goes red, another builder narrows it, a fix lands.

In: a small Buildbot and GitHub. Out: events on them, and a line for people at each step.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.results import Result
from bot.demo.buildbot import DemoBuildbot
from bot.demo.github import DemoGitHub

SLOW, FAST = "ARM64 Debian", "AMD64 Fedora"
CULPRIT, FIX = 102, 104

Tell = Callable[[str], Awaitable[None]]

_FAILING_LOG = """\
== CPython 3.15.0a2+ (heads/main:0f00ba4) [GCC 14.2.0]
Using random seed: 1234567
0:00:00 load avg: 0.42 Run 5 tests sequentially in a single process
0:00:00 load avg: 0.42 [1/5] test_dict passed
0:00:01 load avg: 0.42 [2/5] test_email passed
0:00:02 load avg: 0.42 [3/5] test_ssl
test_bad_server_hostname (test.test_ssl.ContextTests.test_bad_server_hostname) ... ok
test_session_cache (test.test_ssl.ContextTests.test_session_cache) ... FAIL

======================================================================
FAIL: test_session_cache (test.test_ssl.ContextTests.test_session_cache)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/srv/buildbot/build/Lib/test/test_ssl.py", line 1177, in test_session_cache
    self.assertEqual(context.session_stats()["hits"], 1)
    ~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
AssertionError: 0 != 1

----------------------------------------------------------------------
Ran 168 tests in 1.034s

FAILED (failures=1, skipped=4)
test test_ssl failed
0:00:03 load avg: 0.42 [3/5/1] test_ssl failed (1 failure)
0:00:04 load avg: 0.42 [4/5/1] test_os passed
0:00:05 load avg: 0.42 [5/5/1] test_zipfile passed

== Tests result: FAILURE ==

1 test failed:
    test_ssl

4 tests OK.

Total duration: 5.2 sec
Total test files: run=5/5 failed=1
Result: FAILURE
"""


@dataclass(frozen=True, slots=True)
class Story:
    """The stage, and how fast the story is told; `pace` 1 takes about a minute."""

    buildbot: DemoBuildbot
    github: DemoGitHub
    tell: Tell
    pace: float = 1.0

    async def set_the_stage(self) -> None:
        """Before the service starts: two builders that were green at the commit before."""
        self.github.create_repository("octo-org/demo")
        self.buildbot.add_builder(SLOW, tags=("stable", "tier-2"))
        self.buildbot.add_builder(FAST, tags=("stable", "tier-1"))
        base = self.github.repository().tip("main")
        for builder in (SLOW, FAST):
            await self._green(builder, base, push=False)

    async def break_a_batch(self) -> None:
        """Three pulls; the slow builder cannot tell them apart, the fast one can."""
        first = await self._merge(101, "Tidy the docs of ssl", ("Doc/library/ssl.rst",))
        second = await self._merge(
            CULPRIT, "Speed up the session cache", ("Modules/_ssl.c", "Lib/ssl.py")
        )
        third = await self._merge(103, "Add a test for zipfile", ("Lib/test/test_zipfile.py",))
        await self._pause(4)
        await self.tell(f"{SLOW} is slow: it builds all three as one batch … and goes red.")
        await self._red(SLOW, third)
        await self._pause(8)
        await self.tell(f"{FAST} built each of them. At #101 it is green …")
        await self._green(FAST, first)
        await self._pause(6)
        await self.tell(f"… at #{CULPRIT} it is red.")
        await self._red(FAST, second)

    async def mend_it(self) -> None:
        """The fix lands, and both builders are green again."""
        await self._pause(6)
        fix = await self._merge(FIX, "Mend the session cache", ("Modules/_ssl.c",))
        await self._pause(4)
        for builder in (FAST, SLOW):
            await self.tell(f"{builder} builds the fix: green.")
            await self._green(builder, fix)
            await self._pause(3)

    async def _merge(self, number: int, title: str, files: tuple[str, ...]) -> str:
        await self._pause(2)
        await self.tell(f"#{number} is merged: {title}")
        return await self.github.merge(number, title, files=files)

    async def _green(self, builder: str, at: str, *, push: bool = True) -> None:
        await self.buildbot.build(builder, at, result=Result.SUCCESS, push=push)

    async def _red(self, builder: str, at: str) -> None:
        await self.buildbot.build(builder, at, result=Result.FAILURE, log=_FAILING_LOG)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.pace)
