"""Health is never wrong: what breaks around us is named within a minute, and nothing else is.

A peer's reporter once stopped for weeks and nobody knew.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.app.factory import SOURCES
from bot.app.metrics import ClockSkew
from bot.web.health.checks import examine
from tests.support.clock import NOON
from tests.support.farm import Farm


async def look(farm: Farm, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Health once it says so; the pulse works beside the inbox, so it may need a moment."""
    for _ in range(200):
        health: dict[str, Any] = await farm.get("/health")
        if condition(health):
            return health
        await asyncio.sleep(0.01)
    raise AssertionError(f"health never said it: {health['problems']}")


def says(*words: str) -> Callable[[dict[str, Any]], bool]:
    return lambda health: any(
        all(word in problem for word in words) for problem in health["problems"]
    )


def is_well(health: dict[str, Any]) -> bool:
    return bool(health["status"] == "ok")


@pytest.mark.parametrize("name", ["buildbot", "github"])
async def test_who_is_out_of_reach_is_named_within_a_minute(farm: Farm, name: str) -> None:
    """Nothing is built at night, so nothing asks GitHub: an outage must be seen all the same."""
    server = {"buildbot": farm.buildbot, "github": farm.github}[name]
    await server.go_down()
    await farm.wait(60)
    health = await look(farm, says("does not answer"))
    assert health[name]["error"]
    await server.come_back()
    await farm.wait(120)
    await look(farm, is_well)


async def test_a_github_that_no_longer_knows_our_token_is_named_within_a_minute(
    farm: Farm,
) -> None:
    farm.github.fail_next("status", "rate-limit", status=401, message="Bad credentials", times=0)
    await farm.wait(60)
    await look(farm, says("GitHub", "credentials"))


async def test_pushes_that_stop_although_builds_finish_are_named_within_a_minute(
    farm: Farm,
) -> None:
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    await farm.wait(60)
    await look(farm, is_well)

    await farm.green(builder, at=base, push=False)
    await farm.wait(60)
    await look(farm, says("pushes none"))

    await farm.green(builder, at=base)
    await farm.wait(10)
    await look(farm, is_well)


async def test_a_quiet_fleet_is_a_healthy_one(farm: Farm) -> None:
    """No builds and no pushes for hours is a weekend, not an outage."""
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    await farm.wait(3 * 3600)
    await look(farm, is_well)


async def test_builds_that_finished_while_we_were_away_are_no_fault_of_the_reporter(
    farm: Farm,
) -> None:
    """Buildbot had nobody to push to; a restart must not look like an outage."""
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    await farm.stop_service()
    for _ in range(3):
        farm.clock.advance(60)
        await farm.buildbot.build(builder, base, result=0)
    await farm.start_service()
    await farm.wait(120)
    await look(farm, is_well)


async def test_a_comment_that_is_refused_is_named_while_it_matters(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    broken = await farm.merge(101)
    farm.github.lock(101)
    for _ in range(2):
        await farm.red(builder, at=broken)
    await look(farm, says("a comment was refused", "#101", "locked"))
    await farm.green(builder, at=await farm.merge(102))
    await look(farm, is_well)


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_a_clock_that_is_off_is_named(farm: Farm, minutes: int) -> None:
    """GitHub will soon refuse our signatures, and nobody will know why."""
    farm.github.skew = timedelta(minutes=-minutes)
    await farm.wait(60)
    await look(farm, says("our clock is", "ahead of" if minutes > 0 else "behind"))
    farm.github.skew = timedelta(0)
    await farm.wait(60)
    await look(farm, is_well)


async def test_a_sweep_that_is_late_is_named(farm: Farm) -> None:
    farm.buildbot.fail_next("502", "builds", times=0)
    await farm.wait(180)
    await look(farm, says("the last sweep over buildbot was"))


def test_one_answer_that_was_long_on_its_way_is_no_clock_that_is_off() -> None:
    skew = ClockSkew()
    for date in (
        "Mon, 02 Mar 2026 12:00:00 GMT",
        "Mon, 02 Mar 2026 11:58:00 GMT",
        "rubbish",
        None,
        "Mon, 02 Mar 2026 12:00:01 +0000",
    ):
        skew.note(date, NOON)
    assert skew.ahead is not None
    assert abs(skew.ahead) <= timedelta(seconds=1)


async def test_deliveries_that_found_no_room_are_told_until_a_sweep_asked_again(farm: Farm) -> None:
    """Shed on purpose is not lost: but whoever runs this should know that somebody floods it."""
    bodies = farm.app[SOURCES].bodies
    bodies._room = {True: 0, False: 0}
    assert await farm.post("/buildbot", {"buildid": 1}) == 503
    health = await look(farm, says("1 deliveries found no room"))
    assert health["bodies"]["shed"] == 1
    assert 'nightswatch_bodies_lost_total{outcome="shed"} 1.0' in await farm.get("/metrics")
    farm.clock.advance(601)
    assert not says("found no room")(await farm.get("/health"))


async def test_who_asks_while_somebody_looks_is_told_what_they_find(farm: Farm) -> None:
    """Fifty strangers who ask again and again kept the database busy, and `/livez` waiting."""
    sources = farm.app[SOURCES]
    found = await asyncio.gather(*(examine(sources) for _ in range(20)))
    assert len(set(map(id, found))) == 1
    asking = asyncio.create_task(examine(sources))
    await asyncio.sleep(0)
    other = asyncio.create_task(examine(sources))
    asking.cancel()
    assert await other is not found[0], "who goes away ends it for nobody else"
