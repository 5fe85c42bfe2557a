"""Silence must not call itself ok: what keeps us from speaking is told on every page, once a place.

Whatever `doctor` says of a set-up, `/health` says as well, in the same words.
"""

import json
import logging
from typing import Any

import aiohttp
import pytest

from bot.app.setup_checks.registry import run_checks
from bot.core.checks.result import Level
from bot.core.model.build_results import Result
from tests.support.farm import TOKEN, Farm

DEBIAN = "AMD64 Debian"


async def find_wrong(farm: Farm) -> dict[str, str]:
    """What `/health` says is wrong, by its words, with what to do; its status fits."""
    health = await farm.get("/health")
    assert health["status"] == ("degraded" if health["problems"] else "ok")
    todo = {check["words"]: check["todo"] for check in health["checks"]}
    return {problem: todo.get(problem, "") for problem in health["problems"]}


async def ask_doctor(farm: Farm, **environ: str) -> dict[str, str]:
    """The same by doctor, beside the running service."""
    results = await run_checks({**farm.environ, **environ}, farm.clock)
    return {result.words: result.todo for result in results if result.level == "fail"}


async def assert_told_everywhere(farm: Farm, words: str, todo: str, **environ: str) -> None:
    """In `/health`, on the page, and by doctor: the very same sentences."""
    wrong = await find_wrong(farm)
    (problem,) = (problem for problem in wrong if words in problem)
    assert todo in wrong[problem]
    assert (await ask_doctor(farm, **environ)).get(problem) == wrong[problem]
    page = await farm.get("/")
    assert "What is wrong with the service" in page
    assert words in page


async def push_wrongly(farm: Farm, times: int) -> None:
    """Builds whose reporter has another token."""
    headers = {"Authorization": "Bearer another-token"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for buildid in range(times):
            body = {"buildid": buildid + 1, "complete": True, "results": 2}
            async with session.post(f"{farm.url}/buildbot", json=body) as answer:
                assert answer.status == 401


async def test_a_fleet_without_the_tag_is_told_of(
    farm: Farm, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing would ever be said, and nothing was."""
    farm.builder(DEBIAN, stable=False)
    with caplog.at_level(logging.WARNING, "bot.app.setup_monitor"):
        await farm.wait(3600)
    await assert_told_everywhere(farm, "nothing would ever be said", "STABLE_TAG")
    told = [r for r in caplog.records if "nothing would ever be said" in str(vars(r).get("reason"))]
    assert len(told) == 1, "once is enough"
    assert "STABLE_TAG" in str(vars(told[0])["todo"])

    farm.builder("ARM64 Fedora")
    await farm.wait(70)
    assert await find_wrong(farm) == {}


async def test_pushes_that_are_refused_are_told_of_until_one_is_taken(farm: Farm) -> None:
    """Eight came with another token; neither doctor nor health knew, and they disagreed."""
    builder = farm.builder(DEBIAN)
    await push_wrongly(farm, 8)
    await farm.wait(10)
    await assert_told_everywhere(farm, "8 deliveries were refused with 401", "refusal")
    (words,) = await find_wrong(farm)
    assert "BUILDBOT_WEBHOOK_TOKEN" in words

    await farm.stop_service()
    await farm.start_service()
    assert len(await find_wrong(farm)) == 1, "a restart mends no reporter"

    await farm.green(builder, at=await farm.merge(100))
    await farm.wait(10)
    assert await find_wrong(farm) == {}


async def test_text_instead_of_builds_is_told_of(farm: Farm) -> None:
    """A reporter without the formatter of the README sends words for people."""
    farm.builder(DEBIAN)
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
        session.post(f"{farm.url}/buildbot", data=b"The build failed.") as answer,
    ):
        assert answer.status == 400
    await farm.wait(10)
    (words,) = await find_wrong(farm)
    assert "formatter" in words


async def test_a_misspelt_setting_is_told_of(farm: Farm) -> None:
    """POST_COMENTS=1 was a dry run that nobody had asked for."""
    farm.builder(DEBIAN)
    misspelt = {"POST_COMENTS": "1"}
    await farm.stop_service()
    await farm.start_service(environ=misspelt)
    await assert_told_everywhere(
        farm, "POST_COMENTS is set, and nothing reads it", "rename it", **misspelt
    )


async def test_a_repository_that_cannot_be_read_is_told_of(farm: Farm) -> None:
    builder = farm.builder(DEBIAN)
    await farm.green(builder, at=await farm.merge(100))
    await farm.github.uninstall()
    await farm.wait(400)
    wrong = await find_wrong(farm)
    assert any("octo-org/demo" in words for words in wrong)
    assert set(await ask_doctor(farm)) == set(wrong)


async def test_builds_that_cannot_be_read_for_long_are_told_of(farm: Farm) -> None:
    """For minutes a proxy may say no; for more than an hour somebody should know."""
    builder = farm.builder(DEBIAN)
    sha = await farm.merge(100)
    farm.buildbot.fail_next("proxy", "build", status=404, times=0)
    await farm.red(builder, at=sha)
    assert not any("unread" in words for words in await find_wrong(farm))
    await farm.wait(3700)
    assert any("builds are unread" in words for words in await find_wrong(farm))
    farm.buildbot.clear_faults()
    await farm.wait(660)
    assert not any("unread" in words for words in await find_wrong(farm))


async def test_a_reporter_that_stopped_is_told_alike_by_both(farm: Farm) -> None:
    """Doctor hears no pushes; it reads what the service saw."""
    builder = farm.builder(DEBIAN)
    sha = await farm.merge(100)
    await farm.green(builder, at=sha)
    await farm.wait(60)
    assert await find_wrong(farm) == await ask_doctor(farm) == {}
    await farm.green(builder, at=sha, push=False)
    await farm.wait(60)
    assert any("pushes none" in words for words in await find_wrong(farm))
    assert any("pushes none" in words for words in await ask_doctor(farm))
    await farm.stop_service()
    await farm.start_service()
    assert any("pushes none" in words for words in await find_wrong(farm))
    await farm.build(builder, sha, result=Result.SUCCESS)
    await farm.wait(10)
    assert await find_wrong(farm) == await ask_doctor(farm) == {}


async def test_a_healthy_service_and_doctor_agree(farm: Farm) -> None:
    """The names of what both look at are the same, so that none is forgotten by one of them."""
    builder = farm.builder(DEBIAN)
    await farm.green(builder, at=await farm.merge(100))
    await farm.wait(310)
    health: dict[str, Any] = await farm.get("/health")
    results = await run_checks(farm.environ, farm.clock)
    ours = {(check["check"], check["level"], check["words"]) for check in health["checks"]}
    well = Level.OK  # of which `/health`, which is for everybody, tells no words
    theirs = {(r.check, r.level.value, "" if r.level is well else r.words) for r in results}
    assert ours <= theirs, json.dumps(sorted(ours - theirs))
    only_doctor = {check for check, _, _ in theirs - ours}
    assert only_doctor <= {"database", "migrations", "reporter", "clock"}
