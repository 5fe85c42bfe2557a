"""The stage of a story: a small Buildbot and GitHub, a clock of their own, and a database.

In: steps of a story. Out: the same, happening; who watches over HTTP sees builds and pulls. The
story's clock runs as it likes: months away from ours, and an hour in a second.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.storm.story import BUILDERS, Build, Merge, Step
from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.auth import make_app_key
from bot.fakes.github.server import FakeGitHub

TOKEN, SECRET = "storm-token", "storm-secret"

# A minute between two events: a day of a busy fleet has about as many as it has minutes.
_STEP = timedelta(minutes=1)
_BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Written:
    """A comment of ours; without text it was deleted."""

    number: int
    body: str | None


class Stage:
    """Where a story happens."""

    def __init__(self) -> None:
        self._now = _BEGIN
        self.step = _STEP  # how much time passes with each step of a story
        self.key = make_app_key()
        self.buildbot = FakeBuildbot(self.now)
        self.github = FakeGitHub(self.now, app_key=self.key, hook_secret=SECRET)
        self.shas: dict[int, str] = {}

    def now(self) -> datetime:
        """The story's time."""
        return self._now

    async def prepare(self) -> None:
        """Before the service ever starts: all builders were green once."""
        base = self.begin()
        for name in BUILDERS:
            self.buildbot.add_builder(name)
            await self.buildbot.build(name, base, result=Result.SUCCESS, push=False)

    def begin(self) -> str:
        """The first commit; its sha."""
        self.github.create_repository("octo-org/demo")
        return self.github.repository().tip("main")

    async def merge(self, step: Merge) -> str:
        """A pull lands; the sha that it put on the branch."""
        return await self.github.merge(step.number, step.title, files=(step.path,))

    def find_written(self) -> list[Written]:
        """All comments of ours that ever were."""
        me = self.github.door.bot_login
        comments = self.github.repository().comments.values()
        return [
            Written(c.number, None if c.deleted else c.body) for c in comments if c.author == me
        ]

    def find_mistakes(self) -> list[str]:
        """The requests of ours that broke a rule of GitHub's; this one checks none."""
        return []

    def attach(self, of_builds: str, of_merges: str | None = None) -> None:
        """Tell the service at this address; of merges another instance, where one is given."""
        self.buildbot.push_url = f"{of_builds}/buildbot"
        self.buildbot.push_headers = {"Authorization": f"Bearer {TOKEN}"}
        self.github.hook_url = f"{of_merges or of_builds}/github"

    def make_settings(self, database_url: str) -> dict[str, str]:
        """The environment of a service that watches this stage and speaks."""
        return {
            "BUILDBOT_URL": self.buildbot.url,
            "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
            "GITHUB_API_URL": self.github.url,
            "GITHUB_APP_ID": "1",
            "GITHUB_APP_PRIVATE_KEY": self.key,
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "DATABASE_URL": database_url,
            "POST_COMMENTS": "1",
            # A month goes by in minutes: limits by our clock would keep most of it back.
            "COMMENTS_PER_HOUR": "10000",
            "COMMENTS_PER_DAY": "10000",
            "BACKLOG_HOURS": "8760",
            "PUBLIC_URL": "https://watch.example.org",
        }

    async def play(self, step: Step) -> None:
        """Let it happen; whoever is to hear of it is told as well as the weather allows."""
        self._now += self.step
        if isinstance(step, Merge):
            self.shas[step.number] = await self.merge(step)
            return
        sha = self.shas[step.pull]
        request = None
        if step.retried:  # the master was killed; at its restart it closes the build, and is silent
            lost = await self.buildbot.build(step.builder, sha, result=Result.RETRY, push=False)
            request = int(self.buildbot.master.builds[lost]["buildrequestid"])
        await self._build(step, sha, request)

    async def _build(self, step: Build, sha: str, request: int | None) -> None:
        log = make_log(step.failing)
        await self.buildbot.build(
            step.builder, sha, result=step.result, log=log, request=request, push=not step.retried
        )


@asynccontextmanager
async def open_stage(kind: type[Stage] = Stage) -> AsyncIterator[Stage]:
    """A stage with everybody on it, until the curtain falls."""
    stage = kind()
    await stage.buildbot.start()
    await stage.github.start()
    try:
        await stage.prepare()
        yield stage
    finally:
        await stage.buildbot.stop()
        await stage.github.stop()


def make_log(failing: tuple[str, ...], bytes_before: int = 20_000) -> str:
    """A log of CPython's runner in which these test files fail, each with one test."""
    return "\n".join(_make_lines(failing, bytes_before)) + "\n"


def _make_lines(failing: tuple[str, ...], bytes_before: int) -> Iterator[str]:
    yield "Using random seed: 1234567"
    yield "0:00:00 load avg: 0.10 Run 99 tests sequentially in a single process"
    line = "test_something_or_other (test.test_other.OtherTests.test_it) ... ok"
    yield from [line] * (bytes_before // len(line))
    for number, test in enumerate(failing, 1):
        name = f"test.{test}.BasicTests.test_basic"
        yield f"0:00:0{number % 10} load avg: 0.10 [{number}/99] {test}"
        yield f"test_basic ({name}) ... FAIL"
        yield "=" * 70
        yield f"FAIL: test_basic ({name})"
        yield "-" * 70
        yield "Traceback (most recent call last):"
        yield f'  File "/srv/build/Lib/test/{test}.py", line 117, in test_basic'
        yield "    self.assertEqual(f(), 42)"
        yield "AssertionError: 41 != 42"
        yield ""
        yield "-" * 70
        yield "Ran 12 tests in 0.100s"
        yield ""
        yield "FAILED (failures=1)"
        yield f"test {test} failed"
    yield ""
    yield f"== Tests result: {'FAILURE' if failing else 'SUCCESS'} =="
    yield ""
    if failing:
        yield f"{len(failing)} test{'s' * (len(failing) > 1)} failed:"
        yield "    " + " ".join(failing)
        yield ""
    yield f"{99 - len(failing)} tests OK."
    yield ""
    yield "Total duration: 5.0 sec"
    yield f"Total test files: run=99/99 failed={len(failing)}"
    yield f"Result: {'FAILURE' if failing else 'SUCCESS'}"
