"""A set-up that is well."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from tests.app.setup_checks.set_ups import DOORS, SetUp, now, open_door
from tests.clients.hubs import APP_KEY, REPO
from tests.support.databases import SqliteDatabase


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[SetUp]:
    buildbot, github = FakeBuildbot(now), FakeGitHub(now, app_key=APP_KEY)
    for server in (buildbot, github):
        await server.start()
    github.create_repository(REPO)
    github.hook_url = await open_door(github)
    buildbot.add_builder("AMD64 Debian")
    await buildbot.build("AMD64 Debian", "a" * 40, result=Result.SUCCESS)
    await github.merge(1)
    key = tmp_path / "app.pem"
    key.write_text(APP_KEY)
    setup = SetUp(tmp_path, buildbot, github)
    SqliteDatabase(tmp_path)  # as the service left it
    setup.environ = {
        "BUILDBOT_URL": buildbot.url,
        "BUILDBOT_WEBHOOK_TOKEN": "a-token-of-buildbots",
        "DATABASE_URL": f"sqlite+aiosqlite:///{setup.database}",
        "GITHUB_API_URL": github.url,
        "GITHUB_APP_ID": "1",
        "GITHUB_APP_PRIVATE_KEY": str(key),
        "GITHUB_WEBHOOK_SECRET": "a-secret-of-githubs",
        "PUBLIC_URL": github.hook_url.removesuffix("/github"),
    }
    ended = now()
    await setup.remember(
        pushes_watched_since=ended - timedelta(hours=2),
        first_pushed=ended - timedelta(hours=1),
        pushed=ended,
        buildbot_cursor=ended,
    )
    yield setup
    await DOORS.pop().cleanup()
    await buildbot.stop()
    await github.stop()
