"""`explain` on the address of a build: the failed steps of our own Buildbot, and of no other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.explain import render_text
from bot.cli.explain_build_url import read_build
from bot.core.errors import Refused, Unavailable, UserError
from bot.core.model import Kind
from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot

LOGS = Path(__file__).parent.parent / "data" / "logs" / "logs"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
async def buildbot() -> AsyncIterator[FakeBuildbot]:
    server = FakeBuildbot(lambda: NOW)
    server.add_builder("AMD64 Debian")
    await server.start()
    yield server
    await server.stop()


def own_lines(name: str) -> str:
    """A golden log without what Buildbot wrote around it: the server writes that itself."""
    lines = (LOGS / f"{name}.log").read_text().splitlines()
    return "\n".join(lines[5:-2]) + "\n"


async def test_a_build_is_read_by_its_address(buildbot: FakeBuildbot) -> None:
    await buildbot.build("AMD64 Debian", "a" * 40, log=own_lines("rg313_fail_rerun"), push=False)
    url = f"{buildbot.url}/#/builders/1/builds/1"
    reading = await asyncio.to_thread(read_build, url, {"BUILDBOT_URL": buildbot.url}, None)
    assert reading.kind is Kind.TEST_FAILURE
    assert reading.tests == ("test.test_frob.FrobTests.test_frob_value",)
    assert reading.rerun == "failed"


async def test_a_build_that_is_not_red_says_so(buildbot: FakeBuildbot) -> None:
    """Else a green build and one whose failure we cannot read look the same."""
    await buildbot.build("AMD64 Debian", "a" * 40, result=Result.SUCCESS, push=False)
    url = f"{buildbot.url}/#/builders/1/builds/1"
    reading = await asyncio.to_thread(read_build, url, {"BUILDBOT_URL": buildbot.url}, None)
    assert reading.failures == ()
    assert reading.notes[0] == "this build is not red: it ended with SUCCESS"
    assert next(render_text(reading)) == reading.notes[0]
    assert sum("not red" in line for line in render_text(reading)) == 1


async def test_another_buildbot_must_be_allowed_by_name(buildbot: FakeBuildbot) -> None:
    await buildbot.build("AMD64 Debian", "a" * 40, log=own_lines("go_fail"), push=False)
    url = f"{buildbot.url}/#/builders/1/builds/1"
    with pytest.raises(UserError, match=r"--allow-host 127\.0\.0\.1"):
        await asyncio.to_thread(read_build, url, {}, None)
    reading = await asyncio.to_thread(read_build, url, {}, "127.0.0.1")
    assert reading.tests == ("example.com/kv.TestDel",)


async def test_a_build_that_is_not_there_is_one_clear_line(buildbot: FakeBuildbot) -> None:
    url = f"{buildbot.url}/#/builders/1/builds/99"
    with pytest.raises(Refused, match="unknown to Buildbot"):
        await asyncio.to_thread(read_build, url, {}, "127.0.0.1")


async def test_a_buildbot_that_is_away_is_one_clear_line(buildbot: FakeBuildbot) -> None:
    url = f"{buildbot.url}/#/builders/1/builds/1"
    await buildbot.stop()
    with pytest.raises(Unavailable, match="does not answer"):
        await asyncio.to_thread(read_build, url, {}, "127.0.0.1")
