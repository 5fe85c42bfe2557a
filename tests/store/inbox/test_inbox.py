"""The inbox keeps what it was told, whatever happens to those who work on it."""

import asyncio
import random
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import Malformed, Unavailable
from bot.core.model import Key, KeyKind, build_key, pull_key, sweep_key
from bot.store import Store, open_store
from tests.support.clock import FakeClock
from tests.support.databases import sqlite_only
from tests.support.make_stored import make_facts

RED = build_key("bb", 1)
PULL = pull_key(1, 12)
SWEEP = sweep_key("buildbot")


async def test_a_key_put_twice_is_one_piece_of_work(store: Store) -> None:
    """Buildbot pushes the same build twice; reading its log twice helps nobody."""
    await store.inbox.put([RED, RED])
    await store.inbox.put([RED])
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == RED
    assert await store.inbox.take("a", 20) is None
    await store.inbox.finish(lease)
    assert await store.inbox.next_run_at() is None


async def test_what_is_put_during_the_work_runs_again(store: Store, clock: FakeClock) -> None:
    """A second build finishes while the branch is folded: its failure must not be overlooked."""
    await store.inbox.put([RED])
    first = await store.inbox.take("a", 20)
    assert first is not None
    await store.inbox.put([RED])
    await store.inbox.finish(first, again_at=clock.now() + timedelta(hours=1))
    again = await store.inbox.take("a", 20)
    assert again is not None
    assert again.generation > first.generation
    await store.inbox.finish(again)
    assert await store.inbox.next_run_at() is None


async def test_the_key_that_waited_longest_comes_first(store: Store, clock: FakeClock) -> None:
    """A busy branch must not push a quiet one's pull to the end of the day."""
    await store.inbox.put([PULL], run_at=clock.now() - timedelta(seconds=5))
    await store.inbox.put([RED], run_at=clock.now() - timedelta(seconds=9))
    await store.inbox.put([RED])  # a put never moves a key back
    order = [await store.inbox.take("a", 20) for _ in range(2)]
    assert [lease.key for lease in order if lease] == [RED, PULL]


async def test_a_failed_key_waits_and_fresh_evidence_brings_it_forward(
    store: Store, clock: FakeClock
) -> None:
    """GitHub was down an hour; a new build of that branch is worth a try at once."""
    await store.inbox.put([RED])
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    await store.inbox.retry(lease, clock.now() + timedelta(minutes=10), "Buildbot is away")
    assert await store.inbox.take("a", 20) is None
    await store.inbox.put([RED])
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.attempts == 1


async def test_a_dead_workers_key_is_taken_over(
    store: Store, twin: Store, clock: FakeClock
) -> None:
    """The machine dies half-way through a build; another one reads it twenty seconds later."""
    await store.inbox.put([RED])
    dead = await store.inbox.take("a", 20)
    assert dead is not None
    clock.advance(19)
    assert await twin.inbox.take("b", 20) is None
    assert await twin.inbox.next_run_at() == dead.until
    clock.advance(1)
    alive = await twin.inbox.take("b", 20)
    assert alive is not None
    assert alive.attempts == 1, "a key that kills its workers must become visible"


async def test_who_lost_the_lease_can_do_no_harm(
    store: Store, twin: Store, clock: FakeClock
) -> None:
    """A stalled worker wakes up: it may neither end the other's work nor put its word first."""
    await store.inbox.put([RED])
    stalled = await store.inbox.take("a", 20)
    clock.advance(21)
    present = await twin.inbox.take("a", 20)  # even if both go by the same name
    assert stalled is not None
    assert present is not None
    assert await store.inbox.renew(stalled, 20) is None
    await store.inbox.finish(stalled)
    await store.inbox.retry(stalled, clock.now(), "too late")
    await store.inbox.release(stalled)
    assert await store.inbox.take("c", 20) is None
    renewed = await twin.inbox.renew(present, 60)
    assert renewed is not None
    assert renewed.until == clock.now() + timedelta(seconds=60)


async def test_a_released_key_is_taken_at_once_and_nothing_is_held_against_it(
    store: Store, twin: Store
) -> None:
    """A restart is no failure of the key."""
    await store.inbox.put([RED])
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    await store.inbox.release(lease)
    lease = await twin.inbox.take("b", 20)
    assert lease is not None
    assert lease.attempts == 0


async def test_a_timer_runs_once_a_period_for_all_who_ask(
    store: Store, twin: Store, clock: FakeClock
) -> None:
    """Three instances that each swept would ask Buildbot for the same builds three times."""
    start = clock.now()
    asked = [await s.inbox.put_timer(SWEEP, 60) for s in (store, twin, store)]
    assert asked == [start + timedelta(seconds=60)] * 3
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert (lease.key, lease.generation) == (SWEEP, 1)
    await store.inbox.finish(lease)
    clock.advance(59)
    assert await twin.inbox.put_timer(SWEEP, 60) == start + timedelta(seconds=60)
    assert await store.inbox.next_run_at() is None
    clock.advance(1)
    assert await twin.inbox.put_timer(SWEEP, 60) == start + timedelta(seconds=120)
    assert await store.inbox.take("a", 20) is not None


async def test_a_clock_that_is_set_back_stops_no_timer(store: Store, clock: FakeClock) -> None:
    """A machine started in the wrong year and was put right: sweeps must not wait for it."""
    clock.advance(timedelta(days=400))
    await store.inbox.put_timer(SWEEP, 60)
    clock.advance(-timedelta(days=400))
    assert await store.inbox.put_timer(SWEEP, 60) == clock.now() + timedelta(seconds=60)


async def test_64_doors_put_at_once_and_all_of_it_is_kept(store: Store, twin: Store) -> None:
    """A merge train: every builder of the fleet reports within the same second."""
    keys = [build_key("bb", n % 40) for n in range(64)]
    await asyncio.gather(
        *((store if n % 2 else twin).inbox.put([key]) for n, key in enumerate(keys))
    )
    taken = set()
    while lease := await store.inbox.take("a", 20):
        taken.add(lease.key)
    assert taken == set(keys)


async def test_two_workers_never_hold_the_same_key(store: Store, twin: Store) -> None:
    """Two instances that both post would be two comments."""
    await store.inbox.put([build_key("bb", n) for n in range(30)])
    leases = await asyncio.gather(
        *((store if n % 2 else twin).inbox.take(f"w{n % 2}", 20) for n in range(40))
    )
    keys = [lease.key for lease in leases if lease]
    assert len(keys) == len(set(keys)) == 30


async def test_a_delivery_is_taken_once_with_its_keys(store: Store, twin: Store) -> None:
    """GitHub delivers again what it thinks was lost; its GUID stays the same."""
    taken = await asyncio.gather(
        *((store if n % 2 else twin).deliveries.take_delivery("guid-1", [PULL]) for n in range(8))
    )
    assert sorted(taken) == [False] * 7 + [True]
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.generation == 1


async def test_a_delivery_whose_keys_cannot_be_kept_may_come_again(store: Store) -> None:
    """A GUID kept without its keys would be a merge that nobody ever looks at."""
    hostile = Key(KeyKind.BRANCH, "1@" + "x" * 5000)
    with pytest.raises(Malformed):
        await store.deliveries.take_delivery("guid-1", [PULL, hostile])
    assert await store.inbox.next_run_at() is None
    assert await store.deliveries.take_delivery("guid-1", [PULL])


async def test_a_kind_that_only_a_newer_version_knows_is_left_to_it(store: Store) -> None:
    """During an upgrade the old instance must neither choke on new keys nor eat them."""
    await store.inbox.put([RED])
    async with store.database.write() as connection:
        await connection.exec_driver_sql("UPDATE inbox SET kind = 'hologram'")
    assert await store.inbox.take("a", 20) is None
    assert await store.inbox.next_run_at() is None
    assert (await store.views.load_depth()).depth == 1


@sqlite_only
async def test_a_locked_database_is_unavailable_not_a_bug(
    store: Store, database_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    """A backup holds the lock: doors say 503 and GitHub delivers again; nothing crashes."""
    hurried = await open_store(f"{database_url}?timeout=0.05", clock)
    other = sqlite3.connect(tmp_path / "nightswatch.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await hurried.inbox.put([RED])
    assert await hurried.inbox.next_run_at() is None, "readers go on"
    other.execute("ROLLBACK")
    other.close()
    await hurried.inbox.put([RED])
    assert await store.inbox.take("a", 20) is not None
    await hurried.close()


@sqlite_only
async def test_a_file_that_went_away_is_unavailable(
    store: Store, database_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    """The disk was unmounted under us: readiness says so, and keeps saying so in words."""
    late = await open_store(database_url, clock)
    await late.close()
    await store.close()
    (tmp_path / "nightswatch.db").unlink()
    with pytest.raises(Unavailable, match="database: "):
        await late.ping()
    await late.close()


async def test_work_cancelled_at_any_moment_leaves_all_or_nothing(store: Store) -> None:
    """A drain cancels work in the middle of a transaction; the next start finds no half build."""
    chance = random.Random(7)
    for n in range(40):
        save = asyncio.create_task(store.facts.save_build(make_facts(n), [build_key("bb", n)]))
        await asyncio.sleep(chance.uniform(0, 0.004))
        save.cancel()
        await asyncio.wait({save})
    put = set()
    async with asyncio.timeout(8):  # a lock left behind would make this wait for ten seconds
        first = await store.inbox.take("a", 20)
    while lease := first or await store.inbox.take("a", 20):
        put.add(lease.key)
        first = None
    known = await store.facts.load_known_builds("bb", range(40))
    assert put == {build_key("bb", n) for n in known}
    assert put


async def test_a_number_that_no_database_holds_is_refused(store: Store) -> None:
    """A hostile payload counts past 64 bits; the answer is an error, not a crash."""
    with pytest.raises(Malformed):
        await store.facts.load_repository(2**70)
