"""The process itself is killed, as by a power cut, and starts again: still one comment."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.results import Result
from bot.demo.buildbot import DemoBuildbot
from bot.demo.github import DemoGitHub
from bot.demo.service import Service, find_free_port
from tests.scenarios.farm import GITHUB_TOKEN, SECRET, TOKEN, make_log

BUILDERS = ("AMD64 Debian", "ARM64 Debian")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def buildbot() -> AsyncIterator[DemoBuildbot]:
    server = DemoBuildbot(now)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def github() -> AsyncIterator[DemoGitHub]:
    server = DemoGitHub(now)
    server.create_repository("octo-org/demo")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def service(
    buildbot: DemoBuildbot, github: DemoGitHub, tmp_path: Path
) -> AsyncIterator[Service]:
    settings = {
        "BUILDBOT_URL": buildbot.url,
        "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": GITHUB_TOKEN,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "POST_COMMENTS": "1",
    }
    service = Service(tmp_path, settings, find_free_port())
    yield service
    await service.stop()


async def test_killed_between_the_post_and_its_record(
    buildbot: DemoBuildbot, github: DemoGitHub, service: Service
) -> None:
    """GitHub has the comment, our database has only the intent."""
    base = github.repository().tip("main")
    for name in BUILDERS:
        buildbot.add_builder(name)
        await buildbot.build(name, base, result=Result.SUCCESS)
    await service.start()
    await service.wait_for("/health", lambda health: bool(health["last_sweep"]), 30)
    buildbot.push_url = f"{service.url}/buildbot"
    buildbot.push_headers = {"Authorization": f"Bearer {TOKEN}"}

    await asyncio.sleep(1.1)  # Buildbot counts whole seconds: what comes now is not the past
    broken = await github.merge(101, "Break ssl")
    github.fail_next("commit_then_hang", "post-comment", seconds=60)
    for name in BUILDERS:
        await buildbot.build(name, broken, log=make_log(["test_ssl"], "41 != 42"))
    async with asyncio.timeout(30):
        while not github.comments(101):
            await asyncio.sleep(0.05)
    await service.kill()

    await service.start()
    await service.wait_for(
        "/api/v1/pulls", lambda page: page["pulls"][0]["comment_id"] is not None, 60
    )
    assert len(github.comments(101)) == 1


async def test_told_to_stop_it_ends_in_order(buildbot: DemoBuildbot, service: Service) -> None:
    """SIGTERM, and the process is gone within seconds, with nothing in flight lost."""
    buildbot.add_builder(BUILDERS[0])
    await service.start()
    await service.stop()
    assert "Traceback" not in service.log.read_text()
