"""What comes in together is stored together, and each is answered for itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, event

from bot.core.errors import Malformed, Unavailable
from bot.core.model import Key, KeyKind, branch_key, build_key
from bot.store import Store, open_store
from tests.support.clock import FakeClock
from tests.support.databases import sqlite_only

MAIN = branch_key(1, "main")


@contextmanager
def counted_commits() -> Iterator[list[object]]:
    """Of all databases, while the block lasts."""
    commits: list[object] = []

    def count(connection: object) -> None:
        commits.append(connection)

    event.listen(Engine, "commit", count)
    yield commits
    event.remove(Engine, "commit", count)


async def take_all(store: Store) -> set[Key]:
    taken = set()
    while lease := await store.inbox.take("a", 20):
        taken.add(lease.key)
    return taken


async def test_what_arrives_together_is_one_commit(store: Store) -> None:
    """A merge train: 64 builders report at once, and a disk manages some 200 commits a second."""
    keys = {build_key("bb", n) for n in range(64)}
    with counted_commits() as commits:
        await asyncio.gather(
            *(store.inbox.put([key]) for key in keys),
            *(store.deliveries.take_delivery(f"guid-{n}", [MAIN]) for n in range(64)),
        )
    assert len(commits) <= 2
    assert await take_all(store) == keys | {MAIN}


async def test_each_is_answered_only_once_it_is_stored(store: Store, twin: Store) -> None:
    """The machine that said 202 may be gone a moment later."""

    async def put_and_look(n: int) -> None:
        await store.facts.save_time("busy", datetime.fromisoformat("2026-03-02T12:00:00Z"))
        await store.inbox.put([build_key("bb", n)])
        assert (await twin.views.load_depth()).depth >= 1
        async with twin.database.read() as connection:
            found = await connection.exec_driver_sql(
                f"SELECT count(*) FROM inbox WHERE key = 'bb/{n}'"
            )
            assert found.scalar_one() == 1

    await asyncio.gather(*(put_and_look(n) for n in range(20)))


async def test_one_that_cannot_be_stored_fails_alone(store: Store) -> None:
    """One odd message among a hundred must not cost the other ninety-nine."""
    naive = datetime.fromisoformat("2026-03-02T12:00:00")
    hostile = Key(KeyKind.BRANCH, "1@" + "x" * 5000)
    answers = await asyncio.gather(
        store.inbox.put([build_key("bb", 1)]),
        store.inbox.put([build_key("bb", 2)], run_at=naive),
        store.deliveries.take_delivery("guid-1", [build_key("bb", 3)]),
        store.deliveries.take_delivery("guid-2", [hostile]),
        return_exceptions=True,
    )
    assert answers[0] is None
    assert isinstance(answers[1], Exception)
    assert not isinstance(answers[1], Unavailable)
    assert answers[2] is True
    assert isinstance(answers[3], Malformed)
    assert await take_all(store) == {build_key("bb", 1), build_key("bb", 3)}
    assert await store.deliveries.take_delivery("guid-2", [])


async def test_a_delivery_that_comes_twice_at_once_is_taken_once(store: Store) -> None:
    """GitHub and its own second try meet in one group."""
    first, second = build_key("bb", 1), build_key("bb", 2)
    taken = await asyncio.gather(
        *(store.deliveries.take_delivery("guid-1", [key]) for key in (first, second))
    )
    assert taken == [True, False]
    assert await take_all(store) == {first}


async def test_the_earliest_time_that_anybody_asked_for_counts(
    store: Store, clock: FakeClock
) -> None:
    """The sweep says in a second, the door says now."""
    later = clock.now().replace(second=30)
    await asyncio.gather(
        store.inbox.put([MAIN], run_at=later),
        store.inbox.put([MAIN]),
        store.inbox.put([build_key("bb", 1)], run_at=later),
    )
    assert await take_all(store) == {MAIN}
    clock.advance(30)
    assert build_key("bb", 1) in await take_all(store)


async def test_who_goes_away_takes_nobody_along(store: Store) -> None:
    """A sender hangs up while its message is written: it is kept, and so are the others'."""
    puts = [asyncio.create_task(store.inbox.put([build_key("bb", n)])) for n in range(9)]
    await asyncio.sleep(0)
    puts[4].cancel()
    await asyncio.wait(puts)
    assert [put.cancelled() for put in puts] == [n == 4 for n in range(9)]
    assert await take_all(store) == {build_key("bb", n) for n in range(9)}


@sqlite_only
async def test_while_the_database_is_locked_all_are_told_so(
    database_url: str, store: Store, clock: FakeClock
) -> None:
    """Each door says 503, and none of what was refused turns up later by itself."""
    hurried = await open_store(f"{database_url}?timeout=0.05", clock)
    async with store.database.write():
        answers = await asyncio.gather(
            *(hurried.inbox.put([build_key("bb", n)]) for n in range(9)), return_exceptions=True
        )
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert len({id(answer) for answer in answers}) == 9
    assert await take_all(store) == set()
    await hurried.inbox.put([MAIN])
    assert await take_all(store) == {MAIN}
    await hurried.close()


@sqlite_only
async def test_a_flood_is_shed_and_what_was_let_in_is_kept(store: Store) -> None:
    """The database is locked and somebody posts all day: memory has an end, and says so."""
    async with store.database.write():
        puts = [asyncio.create_task(store.inbox.put([build_key("bb", n)])) for n in range(10_600)]
        await asyncio.sleep(0.1)
    answers = await asyncio.gather(*puts, return_exceptions=True)
    shed = [answer for answer in answers if answer is not None]
    assert all(isinstance(answer, Unavailable) for answer in shed)
    assert 0 < len(shed) <= 600
    assert (await store.views.load_depth()).depth == 10_600 - len(shed)


async def test_a_store_that_closes_keeps_what_it_was_told(
    store: Store, database_url: str, clock: FakeClock
) -> None:
    """The last messages before a restart."""
    closing = await open_store(database_url, clock)
    puts = [asyncio.create_task(closing.inbox.put([build_key("bb", n)])) for n in range(9)]
    await asyncio.sleep(0.001)
    await closing.close()
    answers = await asyncio.gather(*puts, return_exceptions=True)
    stored = {build_key("bb", n) for n, answer in enumerate(answers) if answer is None}
    assert await take_all(store) == stored
    assert stored
