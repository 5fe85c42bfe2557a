"""A Buildbot is asked straight where no service runs; and what is said where nobody answers."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from tests.cli.running import run_command
from tests.support.farm import Farm, make_log

A, B = "a" * 40, "b" * 40


@pytest.fixture
async def buildbot() -> AsyncIterator[FakeBuildbot]:
    server = FakeBuildbot(lambda: datetime.now(UTC))
    await server.start()
    yield server
    await server.stop()


async def test_without_a_service_a_buildbot_is_asked_straight(
    buildbot: FakeBuildbot, tmp_path: Path
) -> None:
    ago = datetime.now(UTC) - timedelta(hours=2)
    buildbot.add_builder("AMD64 \x1b[2J Debian", tags=("stable", "tier-1"))
    buildbot.add_builder("S390x", tags=())
    await buildbot.build("AMD64 \x1b[2J Debian", A, result=Result.SUCCESS, complete_at=ago)
    red: dict[str, Any] = {"result": Result.FAILURE, "log": make_log(("test_ssl",), "41 != 42")}
    await buildbot.build("AMD64 \x1b[2J Debian", B, complete_at=ago + timedelta(hours=1), **red)
    await buildbot.build("S390x", A, result=Result.SUCCESS, complete_at=ago)
    environ = {"BUILDBOT_URL": buildbot.url, "PORT": "1", "HOST": "127.0.0.1"}
    found = await run_command(tmp_path, environ, "status")
    assert found.status == 1, found
    assert "\x1b" not in found.out, "no name steers the terminal"
    lines = found.out.splitlines()
    assert "release: wait" in lines[0]
    assert "red once for 1 h" in lines[1]
    assert lines[2].strip() == f"since {B[:10]}, green at {A[:10]}"
    assert lines[3].strip() == "✗ test.test_ssl.BasicTests.test_basic"
    assert "1 red, 1 green, 0 idle on 1 branch" in found.out

    unread = await run_command(tmp_path, environ, "status", "--buildbot", "--no-logs", "--json")
    (branch,) = json.loads(unread.out)["branches"]
    assert [b["failing"] for b in branch["builders"]] == [[], []]


async def test_where_nobody_answers_it_is_said_and_is_no_health(tmp_path: Path) -> None:
    nowhere = {"PORT": "1", "HOST": "127.0.0.1"}
    found = await run_command(tmp_path, nowhere, "status")
    assert (found.status, found.out) == (2, "")
    assert "nobody answers at http://127.0.0.1:1/api/v1/fleet" in found.err
    assert "--url names a service elsewhere, and BUILDBOT_URL a Buildbot to ask" in found.err
    found = await run_command(
        tmp_path, {**nowhere, "BUILDBOT_URL": "http://127.0.0.1:1"}, "status", "--buildbot"
    )
    assert (found.status, found.out) == (2, "")
    assert "no Buildbot was found" in found.err
    assert found.err.count("no connection to its address") == 1, "the same reason is told once"
    secret = {"DASHBOARD_PASSWORD": "hunter2hunter2"}
    found = await run_command(tmp_path, secret, "status", "--url", "http://watch.example.org")
    assert found.status == 2
    assert "not https: the password is not sent there" in found.err


async def test_a_buildbot_of_before_there_was_an_api_is_named(farm: Farm, tmp_path: Path) -> None:
    """Buildbot 0.8 and our own service answer alike there: with no API of Buildbot's."""
    environ = {"BUILDBOT_URL": farm.url}
    found = await run_command(tmp_path, environ, "status", "--buildbot")
    assert (found.status, found.out) == (2, "")
    assert "no Buildbot was found" in found.err
