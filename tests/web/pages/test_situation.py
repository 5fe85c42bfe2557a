"""Many pages ask, and the store is read once for what did not change."""

import asyncio
from datetime import timedelta

from bot.core.model import Repository
from bot.store import Store
from bot.web.pages.situation import Situations
from tests.support.clock import FakeClock
from tests.support.databases import sqlite_only
from tests.support.make_stored import make_facts, make_incident


@sqlite_only
async def test_it_is_read_anew_when_something_changed_and_after_a_while(store: Store) -> None:
    clock = FakeClock()
    situations = Situations(store.views, clock)
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.facts.save_build(make_facts(1), [])
    first = await situations.recall(None)
    assert [card.status.branch for card in first.branches] == ["main"]
    assert await situations.recall(None) is first
    await store.incidents.save_incidents(1, "main", [make_incident("i1")], [])
    second = await situations.recall(None)
    assert [card.incident.id for card in second.incidents] == ["i1"]
    clock.advance(timedelta(minutes=1))
    assert await situations.recall(None) is not second
    clock.advance(timedelta(minutes=-5))
    assert await situations.recall(None) is not second, "a clock that was set back keeps nothing"


@sqlite_only
async def test_who_ask_at_once_get_what_was_read_once(store: Store) -> None:
    situations = Situations(store.views, FakeClock())
    first, *others = await asyncio.gather(*(situations.recall(None) for _ in range(5)))
    assert all(other is first for other in others)


@sqlite_only
async def test_who_sees_less_is_told_less(store: Store) -> None:
    situations = Situations(store.views, FakeClock())
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.facts.save_build(make_facts(1), [])
    counts = [
        len((await situations.recall(visible)).branches)
        for visible in (None, frozenset({1}), frozenset({2}), *map(frozenset, zip(range(3, 15))))
    ]
    assert counts == [1, 1] + [0] * 13
