"""A real master builds what we ask for: few builds tell five pulls apart, and people get theirs."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.e2e.conftest import require_buildbot
from tests.e2e.fleet import Fleet, FleetBuilder, GitHistory
from tests.e2e.stages import Stage
from tests.e2e.test_requests import PASSWORD, make_config
from tests.support.farm import GITHUB_TOKEN, SECRET, TOKEN

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]  # each wait has an end of its own

FAST, FASTER = FleetBuilder("AMD64 Debian"), FleetBuilder("AMD64 Fedora")
BROKEN = {"test_ssl": {"on": "*", "message": "41"}}
FLAKE = {"test_zipfile": {"on": [FAST.name], "once": True, "message": "timing"}}
WEEK = 7 * 86_400


@asynccontextmanager
async def open_stage(
    folder: Path, builders: Sequence[FleetBuilder], **settings: str
) -> AsyncIterator[Stage]:
    """A fleet that has been green for a week, with the lines of our page in its master.cfg."""
    require_buildbot()
    port = find_free_port()
    push_url = f"http://127.0.0.1:{port}/buildbot"
    hook_url = f"http://127.0.0.1:{port}/github"
    github = FakeGitHub(lambda: datetime.now(UTC), hook_url=hook_url, hook_secret=SECRET)
    config = make_config(folder)
    with Fleet(folder / "fleet", builders, push_url, TOKEN, config=config) as fleet:
        await github.start()
        repository = github.create_repository(fleet.project, history=GitHistory(fleet))
        repository.roles |= {"octocat": "write", "stranger": "read"}
        for _ in range(2):
            fleet.announce("main", repository.tip("main"), "Begin")
            await fleet.wait_for(fleet.is_idle, 180, "the fleet")
        _age_builds(fleet)
        environ = {
            "BUILDBOT_URL": fleet.url,
            "BUILDBOT_WEBHOOK_TOKEN": TOKEN,
            "BUILDBOT_USERNAME": "nightswatch",
            "BUILDBOT_PASSWORD": PASSWORD,
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": GITHUB_TOKEN,
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "POST_COMMENTS": "1",
            "POLICY_PLAIN_UNTIL": "1000",
            "REQUESTS_AT_A_TIME": "1",
            **settings,
        }
        service = ServiceProcess(folder, environ, port)
        try:
            await service.start()
            await service.wait_for("/health", lambda h: bool(h["last_sweep"]), 120)
            yield Stage(fleet, github, service)
        finally:
            await service.stop()
            await github.stop()


def _age_builds(fleet: Fleet) -> None:
    """The master's past is a week old: who was idle for a minute owes us nothing of it."""
    with sqlite3.connect(fleet.folder / "master" / "state.sqlite", timeout=10) as database:
        moved = f"started_at = started_at - {WEEK}, complete_at = complete_at - {WEEK}"
        database.execute(f"UPDATE builds SET {moved}")


def count_forced(stage: Stage) -> int:
    rows = stage.fleet.get("builds", property="scheduler")["builds"]
    return sum(row["properties"]["scheduler"][0] == "nightswatch" for row in rows)


async def test_five_pulls_in_one_push_are_told_apart_by_three_builds_at_most(
    tmp_path: Path,
) -> None:
    """Every builder saw the last one only, and nobody but the fleet itself can tell."""
    async with open_stage(tmp_path, [FAST, FASTER], BUILDS_ON_REQUEST="auto") as stage:
        fleet, github = stage.fleet, stage.github
        for number in (101, 102):
            await github.merge(number, f"Change {number}")
        fleet.break_tests(**BROKEN)
        for number in (103, 104, 105):
            tip = await github.merge(number, f"Change {number}")
        fleet.announce("main", tip, "Five at once")

        comment = await stage.wait_for_comment(103, "asked", 150)
        assert "test_ssl" in comment
        assert 0 < count_forced(stage) <= 3
        assert [stage.comments(n) for n in (101, 102, 104, 105)] == [[], [], [], []]
        changes = [
            fleet.get(f"builds/{row['buildid']}/changes")["changes"]
            for row in fleet.get("builds", property="scheduler")["builds"]
            if row["properties"]["scheduler"][0] == "nightswatch"
        ]
        assert all(found == [] for found in changes), "no blame list was moved"


async def say(stage: Stage, pull: int, words: str, by: str = "octocat") -> None:
    await stage.github.comment(pull, f"/buildbot {words}", author=by)


async def wait_for_reply(stage: Stage, pull: int, words: str, seconds: float = 180) -> str:
    """Our answer, once it holds these words."""

    def find() -> list[str]:
        return [c for c in stage.comments(pull) if "nightswatch command=" in c and words in c]

    await stage.fleet.wait_for(lambda: bool(find()), seconds, f"an answer with {words!r}")
    return find()[-1]


async def test_people_get_their_builds_and_strangers_none(tmp_path: Path) -> None:
    """A rerun clears a flake and confirms a culprit; a test tells only what the pull breaks."""
    async with open_stage(tmp_path, [FAST, FASTER], BUILDS_ON_REQUEST="people") as stage:
        fleet, github = stage.fleet, stage.github
        await stage.merge(101, "Add a test", broken=FLAKE)
        stage.wait_idle()
        await stage.wait_until_read()
        await say(stage, 101, "rerun", by="stranger")
        await wait_for_reply(stage, 101, "for those who may write")
        assert count_forced(stage) == 0

        await stage.merge(102, "Speed up ssl", broken={**BROKEN, "test_zipfile": None})
        await stage.wait_for_comment(102, "test_ssl")
        stage.wait_idle()
        await say(stage, 102, f"rerun {FASTER.name}")
        assert FASTER.name in await wait_for_reply(stage, 102, "failed again")

        pull = github.open_pull(120, "Try it")
        fleet.break_tests(test_dict={"on": "*", "message": "0"})
        github.repository().push_to_pull(pull, "Break dict", datetime.now(UTC))
        fleet.push_ref("refs/pull/120/head", pull.commits[-1])
        await say(stage, 120, "test debian")
        told = await wait_for_reply(stage, 120, "All have ended")
        assert "test_dict" in told
        assert "test_ssl" not in told
        assert count_forced(stage) == 2
        page = await stage.service.wait_for("/api/v1/incidents", lambda p: p["incidents"], 60)
        assert not any("test_dict" in test for i in page["incidents"] for test in i["tests"])
