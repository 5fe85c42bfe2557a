"""The worker: every key ends, whatever happens on the way."""

import asyncio

import pytest

from bot.app.worker import Timer
from bot.core.errors import Unavailable
from bot.core.model import build_key, pull_key, sweep_key
from bot.store import Store, open_store
from tests.app.workers import BUILD, LONGEST, OTHER, PULL, Hire, Road, settle
from tests.support.clock import FakeClock
from tests.support.databases import Database


async def test_what_is_put_is_done_at_once_and_gone(store: Store, road: Road, hire: Hire) -> None:
    """A red build must not wait for the next poll."""
    worker = hire(poll_seconds=3600)
    await worker.start()
    await settle(worker)
    await store.inbox.put([BUILD, PULL])
    await settle(worker)
    assert sorted(road.seen) == [BUILD, PULL]
    assert await store.inbox.next_run_at() is None


async def test_keys_of_another_process_are_found_by_polling(
    store: Store, database_url: str, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """The other instance's door took the push; our bell did not ring."""
    worker = hire(poll_seconds=1)
    await worker.start()
    await settle(worker)
    other = await open_store(database_url, clock)
    await other.inbox.put([BUILD])
    clock.advance(1)
    await settle(worker)
    assert road.seen == [BUILD]
    await other.close()


async def test_what_is_put_during_the_work_is_done_again(
    store: Store, road: Road, hire: Hire
) -> None:
    """The second red build came while the first was folded."""
    road.held[BUILD] = asyncio.Event()
    worker = hire()
    await worker.start()
    await store.inbox.put([BUILD])
    await road.wait_for(BUILD)
    await store.inbox.put([BUILD])
    road.hold.set()
    await settle(worker)
    assert road.seen == [BUILD, BUILD]
    assert await store.inbox.next_run_at() is None


async def test_who_waits_for_github_keeps_no_build_waiting(
    store: Store, road: Road, hire: Hire
) -> None:
    """Five comments in line for their edits held every hand, and the next red build waited."""
    waiting = pull_key(1, 13)
    road.held[PULL] = asyncio.Event()
    worker = hire(concurrency=1)
    await worker.start()
    await store.inbox.put([PULL])
    await road.wait_for(PULL)
    await store.inbox.put([waiting, BUILD, OTHER])
    async with asyncio.timeout(LONGEST):
        while not {BUILD, OTHER} <= set(road.seen):
            await asyncio.sleep(0.01)
    assert waiting not in road.seen
    road.hold.set()
    await settle(worker)
    assert road.seen.count(waiting) == 1


async def test_long_work_keeps_its_lease(
    store: Store, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """A log of 200 MB takes a minute; nobody else may start on it meanwhile."""
    road.held[BUILD] = asyncio.Event()
    worker = hire(lease_seconds=20)
    await worker.start()
    await store.inbox.put([BUILD])
    await road.wait_for(BUILD)
    for _ in range(9):
        clock.advance(7)
        await asyncio.sleep(0.02)  # let the heart beat
        assert await store.inbox.take("thief", 20) is None
    road.hold.set()
    await settle(worker)
    assert road.seen == [BUILD]
    assert road.stopped == []


async def test_work_whose_lease_is_lost_is_stopped(
    store: Store, database: Database, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """The machine was suspended and wakes: another has the key, so ours must not post."""
    road.held[BUILD] = asyncio.Event()
    worker = hire(lease_seconds=20, concurrency=1)
    await worker.start()
    await store.inbox.put([BUILD])
    await road.wait_for(BUILD)
    late = database.make_clock()
    late.advance(21)  # while ours stands still: our time is up
    other = await open_store(database.url, late)
    lease = await other.inbox.take("other", 20)
    clock.advance(7)  # our heart beats
    async with asyncio.timeout(LONGEST):
        while not road.stopped:
            await asyncio.sleep(0.01)
    assert lease is not None
    assert lease.attempts == 1
    assert await other.inbox.renew(lease, 20) is not None, "the other's work was left alone"
    await other.inbox.finish(lease)
    await other.close()
    await settle(worker)
    assert road.seen == [BUILD]


async def test_two_workers_share_the_work_and_do_each_key_once(
    store: Store, database_url: str, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """Old and new version run side by side during an upgrade."""
    other = await open_store(database_url, clock)
    keys = [build_key("bb", n) for n in range(40)]
    await store.inbox.put(keys)
    workers = [hire(concurrency=3), hire(other.inbox, owner="other", concurrency=3)]
    for worker in workers:
        await worker.start()
    for worker in workers:
        await settle(worker)
    assert sorted(road.seen) == sorted(keys)
    for worker in workers:
        await worker.drain(1)
    await other.close()


async def test_no_more_keys_at_once_than_hands(store: Store, road: Road, hire: Hire) -> None:
    """Eight logs of 200 MB at once would be the end of a small machine."""
    keys = [build_key("bb", n) for n in range(6)]
    road.held = {key: asyncio.Event() for key in keys}
    worker = hire(concurrency=2)
    await worker.start()
    await store.inbox.put(keys)
    async with asyncio.timeout(LONGEST):
        while len(road.seen) < 2:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)  # for a third
    assert len(road.seen) == 2
    road.hold.set()
    await settle(worker)
    assert sorted(road.seen) == keys


async def test_timers_put_their_keys_at_the_start_and_again(
    clock: FakeClock, road: Road, hire: Hire
) -> None:
    """Pushes stop coming one day; the sweep finds the builds all the same."""
    minute, hour = sweep_key("minute"), sweep_key("hour")
    worker = hire(timers=[Timer(minute, 60), Timer(hour, 3600)], poll_seconds=7200)
    await worker.start()
    await settle(worker)
    assert sorted(road.seen) == [hour, minute]
    for _ in range(60):
        clock.advance(60)
        await settle(worker)
    assert road.seen.count(minute) == 61
    assert road.seen.count(hour) == 2


async def test_timers_of_two_instances_run_once_a_period(
    database_url: str, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """Twice the machines must not mean twice the calls; and a restart is no reason for a sweep."""
    sweep = sweep_key("minute")
    other = await open_store(database_url, clock)
    workers = [
        hire(timers=[Timer(sweep, 60)], poll_seconds=7200),
        hire(other.inbox, owner="other", timers=[Timer(sweep, 60)], poll_seconds=7200),
    ]
    for worker in workers:
        await worker.start()
    for _ in range(10):
        for worker in workers:
            await settle(worker)
        clock.advance(60)
    for worker in workers:
        await settle(worker)
        await worker.drain(1)
    restarted = hire(timers=[Timer(sweep, 60)])
    await restarted.start()
    await settle(restarted)
    assert road.seen == [sweep] * 11
    await other.close()


async def test_a_drain_waits_for_work_in_flight_and_takes_nothing_new(
    store: Store, road: Road, hire: Hire
) -> None:
    """A deploy in the middle of a post: the post is finished and recorded first."""
    road.held[BUILD] = asyncio.Event()
    worker = hire()
    await worker.start()
    await store.inbox.put([BUILD])
    await road.wait_for(BUILD)
    drained = asyncio.create_task(worker.drain(5))
    await asyncio.sleep(0.02)
    await store.inbox.put([OTHER])
    road.hold.set()
    await drained
    assert road.seen == [BUILD]
    lease = await store.inbox.take("next", 20)
    assert lease is not None
    assert lease.key == OTHER
    assert await store.inbox.take("next", 20) is None


async def test_a_drain_that_takes_too_long_gives_the_keys_back(
    store: Store, road: Road, hire: Hire
) -> None:
    """The supervisor kills us in thirty seconds; the next instance need not wait for the lease."""
    road.held[BUILD] = asyncio.Event()
    worker = hire()
    await worker.start()
    await store.inbox.put([BUILD])
    await road.wait_for(BUILD)
    await worker.drain(0.05)
    assert road.stopped == [BUILD]
    lease = await store.inbox.take("next", 20)
    assert lease is not None
    assert lease.attempts == 0


async def test_a_database_that_is_away_for_a_while_stops_nobody_for_ever(
    store: Store, clock: FakeClock, road: Road, hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    """The database restarts; the worker says so once, waits, and goes on."""
    inbox = AbsentInbox(store)
    worker = hire(inbox)
    await store.inbox.put([BUILD])
    await worker.start()
    for _ in range(5):
        await asyncio.sleep(0.01)
        clock.advance(1)
    assert road.seen == []
    inbox.away = False
    clock.advance(1)
    await settle(worker)
    assert road.seen == [BUILD]
    assert [r.message for r in caplog.records].count("inbox away") == 1


class AbsentInbox:
    """The real inbox, on a database that is away at first."""

    def __init__(self, store: Store) -> None:
        self._inbox = store.inbox
        self.away = True

    def __getattr__(self, name: str) -> object:
        if self.away and name != "bell":
            raise Unavailable("database: gone")
        return getattr(self._inbox, name)
