"""A whole set-up that is well, to be broken: a small Buildbot, a small GitHub, and a door."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from bot.app.setup_checks.registry import run_checks
from bot.app.wiring import SystemClock
from bot.core.checks.result import CheckResult
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.store import open_store


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class SetUp:
    """A whole set-up that is well, to be broken."""

    folder: Path
    buildbot: FakeBuildbot
    github: FakeGitHub
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / "nightswatch.db"

    async def examine(self) -> list[CheckResult]:
        return await run_checks(self.environ, SystemClock())

    async def find(self, check: str) -> list[CheckResult]:
        return [finding for finding in await self.examine() if finding.check == check]

    async def remember(self, **moments: datetime) -> None:
        """What the service knows of pushes."""
        store = await open_store(self.environ["DATABASE_URL"], SystemClock())
        for name, at in moments.items():
            await store.facts.save_time(name.replace("_", " "), at)
        await store.close()


DOORS: list[web.AppRunner] = []


async def open_door(github: FakeGitHub) -> str:
    """Where webhooks go: it answers what `github.answer` says."""

    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=ANSWER["status"])

    ANSWER["status"] = 202
    app = web.Application()
    app.router.add_post("/github", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    DOORS.append(runner)
    return f"http://127.0.0.1:{runner.addresses[0][1]}/github"


ANSWER = {"status": 202}
