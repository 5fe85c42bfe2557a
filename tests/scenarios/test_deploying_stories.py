"""Deploying must cost nothing: no word twice, none lost, and a wrong step is refused in time."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app.factory import DRAIN_SECONDS, SHUTDOWN_SECONDS
from bot.app.wiring import make_stable_filter
from bot.core.errors import Unavailable
from bot.core.model import Builder
from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.farm import Farm, make_log, open_farm


def now() -> datetime:
    return datetime.now(UTC)


class Rollout:
    """A fleet, a repository, and services side by side on one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.buildbot = FakeBuildbot(now)
        self.github = FakeGitHub(now)
        self.services: list[ServiceProcess] = []

    async def start(self) -> ServiceProcess:
        settings = {
            "BUILDBOT_URL": self.buildbot.url,
            "BUILDBOT_WEBHOOK_TOKEN": "t0ken",
            "GITHUB_API_URL": self.github.url,
            "GITHUB_TOKEN": "demo-token",
            "DATABASE_URL": f"sqlite+aiosqlite:///{self.folder}/shared.db",
            "POST_COMMENTS": "1",
        }
        service = ServiceProcess(self.folder, settings, find_free_port())
        await service.start()
        self.services.append(service)
        self.buildbot.push_url = f"{service.url}/buildbot"
        self.buildbot.push_headers = {"Authorization": "Bearer t0ken"}
        return service

    async def red(self, builder: str, at: str) -> None:
        log = make_log(["test_ssl"], "41 != 42")
        await self.buildbot.build(builder, at, result=Result.FAILURE, log=log)


@pytest.fixture
async def rollout(tmp_path: Path) -> AsyncIterator[Rollout]:
    rollout = Rollout(tmp_path)
    for server in (rollout.buildbot, rollout.github):
        await server.start()
    rollout.github.create_repository("octo-org/demo")
    rollout.buildbot.add_builder("AMD64 Debian")
    yield rollout
    for service in rollout.services:
        await service.stop()
    await rollout.buildbot.stop()
    await rollout.github.stop()


async def wait(condition: Callable[[], Any], seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.1)


async def test_old_and_new_side_by_side_say_it_once(rollout: Rollout) -> None:
    """A rolling restart: the new instance runs, then the old one is told to stop, amid work."""
    old = await rollout.start()
    await old.wait_for("/health", lambda health: bool(health["last_sweep"]), 90)
    base = await rollout.github.merge(100)
    await rollout.buildbot.build("AMD64 Debian", base, result=Result.SUCCESS)
    broken = await rollout.github.merge(101)
    await asyncio.sleep(1.1)  # Buildbot's clock counts whole seconds
    await rollout.red("AMD64 Debian", broken)
    new = await rollout.start()
    await rollout.red("AMD64 Debian", broken)
    process = old._process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    began = asyncio.get_running_loop().time()
    assert await process.wait() == 0
    assert asyncio.get_running_loop().time() - began < DRAIN_SECONDS + SHUTDOWN_SECONDS

    await wait(lambda: rollout.github.comments(101))
    await new.wait_for("/health", lambda health: health["inbox"]["depth"] == 0, 90)
    assert len(rollout.github.comments(101)) == 1
    assert "Traceback" not in old.log.read_text()


async def test_an_old_version_does_not_start_on_a_newer_schema(rollout: Rollout) -> None:
    """Rolled back by mistake: it must not write what the new one would not understand."""
    service = await rollout.start()
    await service.stop()
    with sqlite3.connect(rollout.folder / "shared.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="which is newer than this version"):
        await rollout.start()
    assert "Traceback" not in service.log.read_text()


# ---------------------------------------------------------------- odd fleets


@pytest.mark.parametrize(
    ("pattern", "name", "tags", "stable"),
    [
        (None, "x", ("stable",), True),
        (None, "x", ("unstable",), False),
        ("AMD64 .*", "AMD64 Debian", (), True),
        ("AMD64 .*", "not AMD64 Debian", (), False),
        ("AMD64", "AMD64 Debian", (), False),
        (".* (3\\.14|main)", "ARM64 3.14", (), True),
        ("(a+)+", "a" * 5000 + "b", (), False),
    ],
)
def test_who_may_accuse(
    pattern: str | None, name: str, tags: tuple[str, ...], stable: bool
) -> None:
    """The last one takes other engines until the end of the world."""
    assert make_stable_filter("stable", pattern)(Builder("b", 1, name, tags)) is stable


async def make_broken(farm: Farm, builder: str, pull: int, **where: Any) -> None:
    repository = {"repository": where["repository"]} if "repository" in where else {}
    branch = where.get("branch", "main")
    test = where.get("test", "test_ssl")
    base = await farm.merge(pull, branch=branch, **repository)
    await farm.green(builder, at=base, branch=branch)
    broken = await farm.merge(pull + 1, branch=branch, **repository)
    for _ in range(2):
        await farm.red(builder, at=broken, branch=branch, failing=[test])


async def test_a_fleet_without_tags_is_watched_by_names(farm: Farm) -> None:
    await farm.stop_service()
    await farm.start_service(stable_pattern="AMD64 .*")
    builder = farm.builder("AMD64 Debian", stable=False)
    await make_broken(farm, builder, 100)
    assert "test_ssl" in farm.only_comment(101)


async def test_a_private_buildbot_is_read_with_a_login(tmp_path: Path) -> None:
    """Also when its sessions end in between."""
    async with open_farm(tmp_path) as farm:
        await farm.stop_service()
        farm.buildbot._login = ("watcher", "pa55word")
        login = {"buildbot_username": "watcher", "buildbot_password": "pa55word"}
        await farm.start_service(**login)
        builder = farm.builder("AMD64 Debian")
        await make_broken(farm, builder, 100)
        assert "test_ssl" in farm.only_comment(101)
        farm.buildbot._sessions.clear()
        await make_broken(farm, builder, 110, test="test_os")
        assert "test_os" in farm.only_comment(111)
        health = await farm.get("/health")
        assert health["buildbot"]["error"] is None


async def test_branches_and_repositories_of_an_organisation_are_kept_apart(farm: Farm) -> None:
    """Pull 101 of one repository is not pull 101 of the other."""
    builder = farm.builder("AMD64 Debian")
    await make_broken(farm, builder, 100)
    await make_broken(farm, farm.builder("AMD64 Fedora"), 120, branch="3.14", test="test_os")
    farm.github.create_repository("octo-org/other")
    farm.buildbot.master.repository = "https://github.com/octo-org/other"
    farm.buildbot.master.project = "octo-org/other"
    other = farm.builder("ARM64 Debian")
    await make_broken(farm, other, 100, repository="octo-org/other")
    assert "test_ssl" in farm.only_comment(101)
    assert "test_os" in farm.only_comment(121)
    (comment,) = farm.github.comments(101, "octo-org/other")
    assert "ARM64 Debian" in comment.body
