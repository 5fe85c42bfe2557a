"""Branches rest between two folds: a rush must not be folded build by build, nor one build wait."""

import asyncio

import pytest

from bot.reconcile.debounce import Debouncer
from tests.support.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def work(
    rests: Debouncer, clock: FakeClock, where: str = "main", seconds: float = 0.02
) -> None:
    async with rests.wait(where):
        clock.advance(seconds)


async def fail(rests: Debouncer, clock: FakeClock) -> None:
    async with rests.wait("main"):
        clock.advance(0.1)
        raise RuntimeError


async def is_waiting(task: "asyncio.Task[None]") -> bool:
    for _ in range(3):
        await asyncio.sleep(0)
    return not task.done()


async def test_a_lone_build_is_folded_at_once(clock: FakeClock) -> None:
    """Whoever broke it hears of it within two seconds, on a calm day at once."""
    rests = Debouncer(clock)
    for _ in range(3):
        await work(rests, clock)
        clock.advance(1)


async def test_in_a_rush_folding_takes_a_tenth_of_the_time(clock: FakeClock) -> None:
    rests = Debouncer(clock)
    await work(rests, clock, seconds=0.02)
    next_one = asyncio.create_task(work(rests, clock))
    clock.advance(0.17)
    assert await is_waiting(next_one)
    await work(rests, clock, where="3.14")
    clock.advance(0.02)
    assert not await is_waiting(next_one)


async def test_nothing_rests_for_longer_than_half_a_second(clock: FakeClock) -> None:
    """Not after a start that folds months, and not where a clock was set back by an hour."""
    rests = Debouncer(clock)
    await work(rests, clock, seconds=60)
    clock.advance(-3600)
    next_one = asyncio.create_task(work(rests, clock))
    assert await is_waiting(next_one)
    clock.advance(0.5)
    assert not await is_waiting(next_one)


async def test_what_fails_rests_as_well(clock: FakeClock) -> None:
    rests = Debouncer(clock)
    with pytest.raises(RuntimeError):
        await fail(rests, clock)
    next_one = asyncio.create_task(work(rests, clock))
    assert await is_waiting(next_one)
    clock.advance(0.5)
    assert not await is_waiting(next_one)
