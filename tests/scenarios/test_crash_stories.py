"""The process itself is killed, as by a power cut, and starts again: still one comment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.farm import TOKEN, make_log

BUILDERS = ("AMD64 Debian", "ARM64 Debian")


@pytest.fixture
async def service(settings: dict[str, str], tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    service = ServiceProcess(tmp_path, settings, find_free_port())
    yield service
    await service.stop()


async def begin(buildbot: FakeBuildbot, github: FakeGitHub, service: ServiceProcess) -> None:
    """All is green, and the service listens."""
    base = github.repository().tip("main")
    for name in BUILDERS:
        buildbot.add_builder(name)
        await buildbot.build(name, base, result=Result.SUCCESS)
    await service.start()
    await service.wait_for("/health", lambda health: bool(health["last_sweep"]), 90)
    buildbot.push_url = f"{service.url}/buildbot"
    buildbot.push_headers = {"Authorization": f"Bearer {TOKEN}"}
    github.hook_url = f"{service.url}/github"
    await asyncio.sleep(1.1)  # Buildbot counts whole seconds: what comes now is not the past


async def break_ssl(buildbot: FakeBuildbot, github: FakeGitHub) -> None:
    broken = await github.merge(101, "Break ssl", author="author-101")
    for name in BUILDERS:
        await buildbot.build(name, broken, log=make_log(["test_ssl"], "41 != 42"))


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not condition():
            await asyncio.sleep(0.05)


async def test_killed_between_the_post_and_its_record(
    buildbot: FakeBuildbot, github: FakeGitHub, service: ServiceProcess
) -> None:
    """GitHub has the comment, our database has only the intent."""
    await begin(buildbot, github, service)
    github.fail_next("commit_then_hang", "post-comment", seconds=60)
    await break_ssl(buildbot, github)
    await wait_until(lambda: bool(github.comments(101)))
    await service.kill()

    await service.start()
    await service.wait_for(
        "/api/v1/pulls", lambda page: page["pulls"][0]["comment_id"] is not None, 60
    )
    assert len(github.comments(101)) == 1


async def test_killed_between_the_deed_and_the_record_of_its_reply(
    buildbot: FakeBuildbot, github: FakeGitHub, service: ServiceProcess
) -> None:
    """The objection counts, the reply stands, and nobody wrote down that it does."""
    await begin(buildbot, github, service)
    await break_ssl(buildbot, github)
    await wait_until(lambda: bool(github.comments(101)))
    github.fail_next("commit_then_hang", "post-comment", seconds=60)
    said = await github.comment(101, "/buildbot not-me", author="author-101")
    await wait_until(lambda: len(github.comments(101)) == 3)
    await service.kill()

    await service.start()
    await wait_until(lambda: "rocket" in {name for _, name in said.reactions})
    assert len(github.comments(101)) == 3, "ours, theirs, and one reply"
    assert len((await service.get("/api/v1/audit"))["audit"]) == 1
    assert len((await service.get("/api/v1/labels"))["labels"]) == 1


async def test_killed_between_the_edit_and_the_folding(
    buildbot: FakeBuildbot, github: FakeGitHub, service: ServiceProcess
) -> None:
    """The comment says that it is fixed, and still takes all its room: the key does the rest."""
    await begin(buildbot, github, service)
    await break_ssl(buildbot, github)
    await wait_until(lambda: bool(github.comments(101)))
    fix = await github.merge(102, "Mend ssl")
    first, last = BUILDERS
    await buildbot.build(first, fix, result=Result.SUCCESS)
    await service.wait_for(
        "/health", lambda health: health["inbox"]["oldest_age_seconds"] is None, 90
    )
    github.fail_next("hang", "graphql", seconds=60)
    await buildbot.build(last, fix, result=Result.SUCCESS)
    (comment,) = github.comments(101)
    await wait_until(lambda: "Fixed" in comment.body)
    await asyncio.sleep(0.3)  # until it hangs in the call that folds
    await service.kill()
    assert comment.minimized is None

    await service.start()
    await wait_until(lambda: comment.minimized == "RESOLVED")
    assert sum("Fixed" in body for body in comment.bodies) == 1


async def test_told_to_stop_it_ends_in_order(
    buildbot: FakeBuildbot, service: ServiceProcess
) -> None:
    """SIGTERM, and the process is gone within seconds, with nothing in flight lost."""
    buildbot.add_builder(BUILDERS[0])
    await service.start()
    await service.stop()
    assert "Traceback" not in service.log.read_text()
