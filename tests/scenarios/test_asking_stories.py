"""What is asked for by ourselves, told as stories: few builds, each for a reason, within limits."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model.build_results import Result
from bot.core.repository_settings.settings import PATH
from tests.scenarios.test_request_stories import ENVIRON, find_reply, restart
from tests.support.farm import Farm, make_log, open_farm

DEBIAN, FEDORA = "AMD64 Debian", "ARM64 Fedora"
PULLS = (101, 102, 103, 104, 105)
CULPRIT = 103


@pytest.fixture
async def farm(tmp_path: Path) -> AsyncIterator[Farm]:
    """Two builders that have been green for days, and a service that may ask by itself."""
    async with open_farm(tmp_path) as opened:
        opened.buildbot.asker = (ENVIRON["BUILDBOT_USERNAME"], ENVIRON["BUILDBOT_PASSWORD"])
        opened.buildbot.add_force_scheduler()
        opened.github.repository().roles["octocat"] = "write"
        base = opened.github.repository().tip("main")
        for builder in (DEBIAN, FEDORA):
            opened.builder(builder)
            for days in (5, 3, 1):
                ago = opened.clock.now() - timedelta(days=days)
                await opened.green(builder, at=base, complete_at=ago)
        await restart(opened, BUILDS_ON_REQUEST="auto", REQUESTS_AT_A_TIME="1")
        yield opened


async def merge_five(farm: Farm) -> list[str]:
    """One push of five pulls; every builder sees the last one only."""
    shas = [await farm.merge(number, f"Change {number}") for number in PULLS]
    for builder in (DEBIAN, FEDORA):
        await farm.red(builder, at=shas[-1])
    await farm.settle()
    return shas


async def build_what_waits(farm: Farm, shas: list[str]) -> list[tuple[str, str]]:
    """The fleet builds all that is asked for: red from the culprit on; (builder, sha) of each."""
    broken = shas[PULLS.index(CULPRIT) :]
    built = []
    for _ in range(12):
        waiting = farm.buildbot.waiting()
        for request, builder, revision in waiting:
            assert revision is not None
            red = {"result": Result.FAILURE, "log": make_log(["test_ssl"], "41 != 42")}
            farm.clock.advance(120)
            await farm.buildbot.answer(
                request, **(red if revision in broken else {"result": Result.SUCCESS})
            )
            built.append((builder, revision))
        await farm.settle()
        await farm.wait(120)
    return built


async def test_five_pulls_that_nobody_could_tell_apart_are_told_apart(farm: Farm) -> None:
    shas = await merge_five(farm)
    built = await build_what_waits(farm, shas)
    assert 0 < len(built) <= 3
    comment = farm.only_comment(CULPRIT)
    assert "asked" in comment
    assert all(farm.comments(number) == [] for number in PULLS if number != CULPRIT)
    assert farm.buildbot.waiting() == []


async def test_what_was_red_before_but_is_read_later_takes_nothing_back(farm: Farm) -> None:
    """Two builders end in the same second, and the later one is read first: all else as before."""
    shas = [await farm.merge(number, f"Change {number}") for number in PULLS]
    farm.clock.advance(60)
    ended = farm.clock.now()
    await farm.red(FEDORA, at=shas[-1], complete_at=ended)
    (asked,) = farm.buildbot.waiting()
    await farm.red(DEBIAN, at=shas[-1], complete_at=ended - timedelta(seconds=1))
    await farm.wait(120)
    assert farm.buildbot.waiting() == [asked]
    await build_what_waits(farm, shas)
    assert "asked" in farm.only_comment(CULPRIT)


async def test_a_dry_run_shows_what_it_would_ask_for(farm: Farm) -> None:
    await restart(farm, BUILDS_ON_REQUEST="auto", POST_COMMENTS="0")
    await merge_five(farm)
    await farm.wait(120)
    assert farm.buildbot.force.forced == []
    shown = (await farm.get("/api/v1/requests"))["requests"]
    assert shown
    assert {row["dry_run"] for row in shown} == {True}
    page = await farm.get("/requests")
    assert "would be asked for: a dry run" in page


async def test_a_repository_that_wants_its_machines_left_alone_is_heard(farm: Farm) -> None:
    await farm.github.write_file(PATH, b'[requests]\nbuilds = "people"\n')
    await farm.settle()
    await merge_five(farm)
    await farm.wait(120)
    assert farm.buildbot.force.forced == []


async def test_bisect_spends_what_was_told_and_no_more(farm: Farm) -> None:
    """With `people` nothing is asked by itself."""
    await restart(farm, BUILDS_ON_REQUEST="people", BISECT_BUILDS="1")
    shas = await merge_five(farm)
    assert farm.buildbot.force.forced == []
    await farm.say(CULPRIT, "/buildbot bisect")
    built = await build_what_waits(farm, shas)
    assert len(built) == 1
    assert "Up to 1 builds" in find_reply(farm, CULPRIT)


async def test_what_is_resolved_meanwhile_is_taken_back(farm: Farm) -> None:
    """Somebody mends it while our request waits: nobody needs the answer any more."""
    await merge_five(farm)
    assert farm.buildbot.waiting()
    fix = await farm.merge(106, "Mend it")
    for builder in (DEBIAN, FEDORA):
        await farm.green(builder, at=fix)
    await farm.wait(180)
    assert farm.buildbot.waiting() == []
