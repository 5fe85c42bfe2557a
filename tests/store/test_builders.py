"""Builders are remembered as they were seen."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import KnownBuilder, branch_key
from bot.store import Store
from tests.support.make_stored import MOMENT


async def test_builders_are_kept_whole(store: Store) -> None:
    here = KnownBuilder("bb", 1, "A", frozenset({"x", "y"}), frozenset({"w"}), MOMENT)
    gone = replace(
        here,
        builderid=2,
        name="B \N{SNOWMAN}",
        gone_at=MOMENT + timedelta(hours=1),
        left_at=MOMENT,
        settled=True,
        successor="A",
        split_at=MOMENT - timedelta(days=1),
        split_name="B (until 2026-03-01)",
    )
    other = replace(here, source="another")
    await store.facts.save_builders([here, gone, other], [branch_key(1, "main")])
    assert await store.facts.load_builders() == (other, here, gone)
    back = replace(gone, gone_at=None, left_at=None, settled=False, successor=None)
    await store.facts.save_builders([back], [])
    assert await store.facts.load_builders() == (other, here, back)
    lease = await store.inbox.take("me", 20)
    assert lease is not None
    assert str(lease.key) == "branch/1@main"
