"""What time it is, and since when we may speak, where several sources are watched."""

from datetime import timedelta

from bot.core.model import FIRST_SOURCE
from bot.reconcile.cursors import (
    BEGINNING,
    load_announcing_since,
    load_source_time,
    name_baseline,
    name_cursor,
    name_posting,
)
from bot.store import Store
from tests.support.clock import NOON

LATER = NOON + timedelta(hours=1)


def test_the_first_source_keeps_the_names_of_the_first_release() -> None:
    names = [name(FIRST_SOURCE) for name in (name_cursor, name_baseline, name_posting)]
    assert names == ["buildbot cursor", "buildbot baseline", "posting since"]
    assert len({name("a") for name in (name_cursor, name_baseline, name_posting)}) == 3
    assert name_posting("a") != name_posting("b")


async def test_a_source_that_is_away_holds_the_time(store: Store) -> None:
    """Else what is red there would go quiet, and its incidents be closed unseen."""
    assert await load_source_time(store.facts, ["a", "b"]) == BEGINNING
    await store.facts.save_time(name_cursor("a"), LATER)
    await store.facts.save_time(name_cursor("b"), NOON)
    assert await load_source_time(store.facts, ["a", "b"]) == NOON
    assert await load_source_time(store.facts, ["a"]) == LATER


async def test_nothing_is_said_before_every_source_was_seen(store: Store) -> None:
    """What was red at the second source before it was watched is the past, too."""
    await store.facts.save_time(name_baseline("a"), NOON)
    assert await load_announcing_since(store.facts, ["a"], posting=False) == NOON
    assert await load_announcing_since(store.facts, ["a", "b"], posting=False) is None
    await store.facts.save_time(name_baseline("b"), LATER)
    assert await load_announcing_since(store.facts, ["a", "b"], posting=False) == LATER


async def test_switching_comments_on_begins_anew(store: Store) -> None:
    await store.facts.save_time(name_baseline("a"), NOON)
    assert await load_announcing_since(store.facts, ["a"], posting=True) is None
    await store.facts.save_time(name_posting("a"), LATER)
    assert await load_announcing_since(store.facts, ["a"], posting=True) == LATER
