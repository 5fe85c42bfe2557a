"""The story that `make demo` plays: a batch goes red, another builder narrows it, a fix lands.

Around it a fleet of two branches with a past, so that its pages are worth a look: a flaky test on
Windows, and at the end of the first chapter a backport that is still broken. In the second one five
pulls land in one push, and only builds that are asked for tell which of them did it.

In: a small Buildbot and GitHub. Out: events on them, and a line for people at each step.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub

SLOW, FAST = "ARM64 Debian", "AMD64 Fedora"
CULPRIT, FIX, BACKPORT = 102, 104, 105
FIVE, HIDDEN_CULPRIT = (111, 112, 113, 114, 115), 113
ASKER = ("nightswatch", "demo-password")  # the login that may ask for builds
WINDOWS = "AMD64 Windows11"
MAINTAINED = "3.14"
FAST_MAINTAINED, SLOW_MAINTAINED = f"{FAST} {MAINTAINED}", f"{SLOW} {MAINTAINED}"

# All of main; the second one is slow.
_FLEET: tuple[tuple[str, tuple[str, ...]], ...] = (
    (FAST, ("stable", "tier-1")),
    (SLOW, ("stable", "tier-2")),
    (WINDOWS, ("stable", "tier-1")),
    ("ARM64 macOS NoGIL", ("stable", "tier-2")),
    ("s390x RHEL9 Debug", ("stable", "tier-3")),
    ("AMD64 Debian Refleaks", ("unstable",)),
)
_PAST = (
    "Say what a socket was closed for",
    "Let a path end with a dot",
    "Count days in February",
    "Close files that a generator opened",
    "Tell of an import that goes in circles",
    "Make json a little faster",
)
_FLAKY_AT = 3  # of the past

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

# The same words of another test, as it fails now and then.
_FLAKY_LOG = _FAILING_LOG.replace("test_ssl", "test_asyncio").replace(
    "test_session_cache", "test_cancel_in_time"
)
_UNSEEN_LOG = _FAILING_LOG.replace("test_ssl", "test_zipfile").replace(
    "test_session_cache", "test_append_in_place"
)


@dataclass(frozen=True, slots=True)
class DemoScenario:
    """The stage, and how fast the story is told; `pace` 1 takes about a minute."""

    buildbot: FakeBuildbot
    github: FakeGitHub
    tell: Tell
    pace: float = 1.0

    async def set_the_stage(self) -> None:
        """Before the service starts: builders on two branches, and what they built last night."""
        self.github.create_repository("octo-org/demo", branches=(MAINTAINED,))
        self.buildbot.asker = ASKER
        self.buildbot.add_force_scheduler()
        for name, tags in _FLEET:
            self.buildbot.add_builder(name, tags=tags)
        for name, tier in ((FAST_MAINTAINED, "tier-1"), (SLOW_MAINTAINED, "tier-2")):
            self.buildbot.add_builder(name, tags=("stable", tier, MAINTAINED))
        now = datetime.now(UTC)
        for index, title in enumerate(_PAST):
            revision = await self.github.merge(90 + index, title)
            ended = now - timedelta(hours=2 * (len(_PAST) - index))
            for builder, _ in _FLEET:
                await self._build_in_the_past(builder, revision, ended, flaky=index == _FLAKY_AT)
        for builder in (FAST_MAINTAINED, SLOW_MAINTAINED):
            await self.buildbot.build(
                builder,
                self.github.repository().tip(MAINTAINED),
                branch=MAINTAINED,
                result=Result.SUCCESS,
                complete_at=now - timedelta(hours=1),
                push=False,
            )

    async def _build_in_the_past(
        self, builder: str, revision: str, ended: datetime, *, flaky: bool
    ) -> None:
        """Green; where it is flaky, on Windows red first and then green without any change."""
        if flaky and builder == WINDOWS:
            before = ended - timedelta(minutes=30)
            await self.buildbot.build(
                builder, revision, log=_FLAKY_LOG, complete_at=before, push=False
            )
        await self.buildbot.build(
            builder, revision, result=Result.SUCCESS, complete_at=ended, push=False
        )

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

    async def break_the_backport(self) -> None:
        """The same change goes to the branch that is maintained, and breaks it, too."""
        await self._pause(3)
        title = f"[{MAINTAINED}] Speed up the session cache"
        await self.tell(f"#{BACKPORT} is merged into {MAINTAINED}: {title}")
        files = ("Modules/_ssl.c", "Lib/ssl.py")
        broken = await self.github.merge(BACKPORT, title, branch=MAINTAINED, files=files)
        for builder in (FAST_MAINTAINED, SLOW_MAINTAINED):
            await self._pause(3)
            await self.tell(f"{builder} builds it: red.")
            await self.buildbot.build(
                builder, broken, branch=MAINTAINED, result=Result.FAILURE, log=_FAILING_LOG
            )

    async def push_five(self) -> list[str]:
        """Five pulls at once, of which the builders see the last one only; their commits."""
        titles = ("Append", "Compress", "Rename", "List", "Close")
        files = ("Lib/zipfile/__init__.py",)
        commits = [
            await self._merge(number, f"{title} files of an archive in place", files)
            for number, title in zip(FIVE, titles, strict=True)
        ]
        for builder in (FAST, SLOW):
            await self._pause(2)
            await self.tell(f"{builder} builds all five as one batch: red.")
            await self._red(builder, commits[-1], _UNSEEN_LOG)
        return commits

    def list_waiting(self) -> list[tuple[int, str, str]]:
        """(request, builder, commit) of what the service asked Buildbot for."""
        return [(n, builder, sha) for n, builder, sha in self.buildbot.waiting() if sha]

    async def build_request(self, request: int, position: int) -> None:
        """The builder does what it was asked for: red from the culprit on; `position` of five."""
        await self._pause(3)
        red = position >= FIVE.index(HIDDEN_CULPRIT)
        how = {"result": Result.FAILURE, "log": _UNSEEN_LOG} if red else {"result": Result.SUCCESS}
        await self.buildbot.answer(request, **how)
        await self.tell(f"It is {'red' if red else 'green'} after #{FIVE[position]}.")

    async def _merge(self, number: int, title: str, files: tuple[str, ...]) -> str:
        await self._pause(2)
        await self.tell(f"#{number} is merged: {title}")
        return await self.github.merge(number, title, files=files)

    async def _green(self, builder: str, at: str, *, push: bool = True) -> None:
        await self.buildbot.build(builder, at, result=Result.SUCCESS, push=push)

    async def _red(self, builder: str, at: str, log: str = _FAILING_LOG) -> None:
        await self.buildbot.build(builder, at, result=Result.FAILURE, log=log)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.pace)
