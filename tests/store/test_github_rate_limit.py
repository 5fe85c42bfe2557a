"""GitHub counts an App's calls, not its instances': they keep one pace, and one silence."""

from datetime import timedelta

import pytest

from bot.clients.github.rate_limit import RateLimitGate, WritePacer
from bot.core.errors import Unavailable
from bot.store import Store, open_store
from bot.store.github_rate_limit import SharedRateLimit
from tests.support.clock import NOON, FakeClock
from tests.support.databases import postgresql_only
from tests.support.postgres import PostgresDatabase

SECOND = timedelta(seconds=1)


def is_about(found: timedelta | None, seconds: float) -> bool:
    return found is not None and abs(found.total_seconds() - seconds) < 0.2


async def test_two_instances_write_a_second_apart(
    store: Store, twin: Store, clock: FakeClock
) -> None:
    """Each kept its own second before: twelve instances were twelve writes a second, and banned."""
    one, two = SharedRateLimit(store.database, clock), SharedRateLimit(twin.database, clock)
    waits = [await pacing.take_turn(SECOND) for pacing in (one, two, one)]
    assert [round(wait.total_seconds()) for wait in waits] == [0, 1, 2]
    clock.advance(60)
    assert is_about(await two.take_turn(SECOND), 0)


async def test_what_one_is_told_all_obey(store: Store, twin: Store, clock: FakeClock) -> None:
    """GitHub bans who goes on calling after it was told to wait, whichever machine does it."""
    one = RateLimitGate(clock, SharedRateLimit(store.database, clock))
    two = RateLimitGate(clock, SharedRateLimit(twin.database, clock))
    one.shut({"Retry-After": "300"})
    await one.share()
    await two.share()
    with pytest.raises(Unavailable) as caught:
        two.check()
    assert is_about(caught.value.retry_after, 300)
    clock.advance(301)
    await two.share()
    two.check()


async def test_a_restart_forgets_no_limit(store: Store, clock: FakeClock) -> None:
    """A crash loop would otherwise call at every start."""
    pacing = SharedRateLimit(store.database, clock)
    await pacing.save_shut(timedelta(minutes=10))
    await pacing.save_shut(SECOND)
    assert is_about(await SharedRateLimit(store.database, clock).load_shut(), 600)


async def test_a_clock_that_was_set_back_holds_nobody_for_a_day(
    store: Store, clock: FakeClock
) -> None:
    """The row says tomorrow: it was written before the clock was mended."""
    pacing = SharedRateLimit(store.database, clock)
    clock.advance(86_400)
    await pacing.take_turn(SECOND)
    await pacing.save_shut(timedelta(minutes=10))
    clock.advance(-86_400)
    assert is_about(await pacing.take_turn(SECOND), 0)
    assert await pacing.load_shut() is None


async def test_a_clock_set_back_by_minutes_holds_no_write(store: Store, clock: FakeClock) -> None:
    """The storm found it: five minutes ahead until a restart, then no comment for five minutes.

    Nor do we wait for a limit of two seconds until it is that time again.
    """
    pacing, gate = SharedRateLimit(store.database, clock), RateLimitGate(clock)
    clock.advance(300)
    await pacing.take_turn(SECOND)
    await pacing.save_shut(2 * SECOND)
    gate.shut({"Retry-After": "2"})
    clock.advance(-300)
    assert is_about(await pacing.take_turn(SECOND), 0)
    assert await pacing.load_shut() is None
    gate.check()
    await pacing.save_shut(2 * SECOND)
    assert is_about(await pacing.load_shut(), 2)


@postgresql_only
async def test_clocks_that_differ_keep_the_same_pace(database: PostgresDatabase) -> None:
    """Told in durations, kept by the server's clock."""
    fast, slow = FakeClock(NOON + timedelta(minutes=9)), FakeClock(NOON - timedelta(minutes=9))
    stores = [await open_store(database.url, clock) for clock in (fast, slow)]
    first, second = (
        SharedRateLimit(stores[0].database, fast),
        SharedRateLimit(stores[1].database, slow),
    )
    await first.save_shut(timedelta(minutes=2))
    assert is_about(await second.load_shut(), 120)
    assert [round((await p.take_turn(SECOND)).total_seconds()) for p in (first, second)] == [0, 1]
    for opened in stores:
        await opened.close()


async def test_with_its_database_away_each_keeps_its_own_limits(clock: FakeClock) -> None:
    """A read of GitHub needs no database; only the neighbours' limits are not known."""

    class Away:
        async def take_turn(self, gap: timedelta) -> timedelta:
            raise Unavailable("database: away")

        async def load_shut(self) -> timedelta | None:
            raise Unavailable("database: away")

        async def save_shut(self, wait: timedelta) -> None:
            raise Unavailable("database: away")

    gate = RateLimitGate(clock, Away())
    await gate.share()
    gate.check()
    gate.shut({"Retry-After": "5"})
    await gate.share()
    with pytest.raises(Unavailable, match="limits"):
        gate.check()
    with pytest.raises(Unavailable, match="away"):
        async with WritePacer(clock, Away()).turn():
            raise AssertionError("nothing is written without a turn")
