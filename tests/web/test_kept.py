"""What is kept: for a minute, by what is asked, and loaded once for all who ask at once."""

import asyncio

from bot.web.kept import Kept
from tests.support.clock import FakeClock


class Loads:
    def __init__(self) -> None:
        self.count = 0

    async def load(self) -> int:
        self.count += 1
        await asyncio.sleep(0)
        return self.count


async def test_it_is_loaded_anew_after_a_minute() -> None:
    clock, loads = FakeClock(), Loads()
    kept = Kept[int](clock)
    assert await kept.recall("a", loads.load) == 1
    clock.advance(59)
    assert await kept.recall("a", loads.load) == 1
    clock.advance(1)
    assert await kept.recall("a", loads.load) == 2


async def test_who_may_see_other_things_gets_other_things() -> None:
    clock, loads = FakeClock(), Loads()
    kept = Kept[int](clock)
    assert await kept.recall(frozenset({1}), loads.load) == 1
    assert await kept.recall(None, loads.load) == 2


async def test_many_at_once_wait_for_one_load_and_old_ones_make_room() -> None:
    clock, loads = FakeClock(), Loads()
    kept = Kept[int](clock)
    assert await asyncio.gather(*(kept.recall("a", loads.load) for _ in range(5))) == [1] * 5
    for number in range(20):
        await kept.recall(number, loads.load)
    assert len(kept._kept) <= 8
