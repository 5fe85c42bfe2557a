"""When GitHub may be called, and how far apart."""

import asyncio
from datetime import timedelta

import pytest

from bot.clients.github.rate_limit import RateLimitGate, WritePacer, parse_retry_after
from bot.clients.http_responses import parse_whole
from bot.core.errors import Unavailable
from tests.clients.serving import SwiftClock
from tests.support.clock import FakeClock


def reset_in(clock: SwiftClock, seconds: int) -> dict[str, str]:
    at = int((clock.now() + timedelta(seconds=seconds)).timestamp())
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(at)}


def wait_of(gate: RateLimitGate) -> float:
    with pytest.raises(Unavailable) as caught:
        gate.check()
    assert caught.value.retry_after is not None
    return caught.value.retry_after.total_seconds()


async def test_a_used_up_limit_shuts_until_its_reset() -> None:
    clock = SwiftClock()
    gate = RateLimitGate(clock)
    gate.note({"X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": "99999999999"})
    gate.check()
    assert gate.remaining == 4999
    gate.note(reset_in(clock, 30))
    assert 29 <= wait_of(gate) <= 31
    await clock.sleep(32)
    gate.check()


def test_retry_after_is_obeyed_and_never_shortened() -> None:
    gate = RateLimitGate(SwiftClock())
    gate.shut({"Retry-After": "300"})
    gate.shut({"Retry-After": "5"})
    assert 295 < wait_of(gate) <= 300


async def test_without_a_hint_the_wait_grows_until_an_answer_is_good() -> None:
    """A bot that comes back every minute to a secondary limit is banned in the end."""
    clock = SwiftClock()
    gate = RateLimitGate(clock)
    waits = []
    for _ in range(6):
        gate.shut({})
        waits.append(round(wait_of(gate)))
        await clock.sleep(3600)
    assert waits == [60, 120, 240, 480, 900, 900]
    gate.note_success()
    gate.shut({})
    assert round(wait_of(gate)) == 60


@pytest.mark.parametrize("reset", ["99999999999999999999", "-1", "soon", "1e9", "\u0665", ""])
def test_absurd_headers_do_no_harm(reset: str) -> None:
    gate = RateLimitGate(SwiftClock())
    gate.shut({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset, "Retry-After": reset})
    assert 0 < wait_of(gate) <= 3600
    assert parse_retry_after({"Retry-After": "0"}) == timedelta(seconds=1)
    assert parse_whole("7" * 30) is None


def test_a_reset_far_away_is_looked_at_after_an_hour() -> None:
    clock = SwiftClock()
    gate = RateLimitGate(clock)
    gate.note(reset_in(clock, 10**9))
    assert wait_of(gate) <= 3600


async def test_writes_are_a_second_apart_and_one_at_a_time() -> None:
    clock = SwiftClock()
    pace = WritePacer(clock)
    inside = 0

    async def write() -> None:
        nonlocal inside
        async with pace.turn():
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(write() for _ in range(3)))
    assert [round(slept, 1) for slept in clock.slept] == [1.0, 1.0]


async def test_a_new_comment_does_not_wait_for_edits_in_line() -> None:
    """Edits of many comments, a second apart, kept the one that somebody waits for."""
    clock = FakeClock()
    pace = WritePacer(clock)
    order: list[str] = []

    async def write(name: str, *, first: bool = False) -> None:
        async with pace.turn(first=first):
            order.append(name)

    await write("edit")
    edits = [asyncio.create_task(write(f"edit {n}")) for n in range(3)]
    await asyncio.sleep(0)
    edits.append(asyncio.create_task(write("post", first=True)))
    lost = asyncio.create_task(write("lost", first=True))
    await asyncio.sleep(0)
    lost.cancel()
    while not all(edit.done() for edit in edits):
        clock.advance(0.5)
        for _ in range(20):
            await asyncio.sleep(0)
    assert order[:2] == ["edit", "post"]
    assert sorted(order[2:]) == ["edit 0", "edit 1", "edit 2"]


async def test_a_clock_that_was_set_back_holds_nobody() -> None:
    clock = SwiftClock()
    pace = WritePacer(clock)
    async with pace.turn():
        pass
    clock.offset -= timedelta(days=1)
    async with pace.turn():
        pass
    assert clock.slept == [1.0]
