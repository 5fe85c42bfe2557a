"""Builds that could not be read stay in sight until they are."""

from datetime import timedelta

from bot.core.model import build_key
from bot.core.ports import UnreadBuilds
from bot.store import Store
from bot.store.retention import Retention
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_facts


async def test_a_build_that_is_tried_again_is_unread_meanwhile(
    store: Store, clock: FakeClock
) -> None:
    """The inbox knows why; nothing has to be kept in step with it."""
    await store.inbox.put([build_key("bb", 45), build_key("bb", 46)])
    lease = await store.inbox.take("me", 20)
    assert lease is not None
    await store.inbox.retry(lease, clock.now() + timedelta(minutes=1), "Buildbot answers 429")
    unread = await store.views.load_unread()
    (shown,) = unread.shown
    assert (unread.waiting, unread.refused) == (1, 0)
    assert str(shown) == "build 45 is unread, because Buildbot answers 429"
    assert shown.again_at is not None
    clock.advance(60)
    lease = await store.inbox.take("me", 20)
    while lease is not None:
        await store.inbox.finish(lease)
        lease = await store.inbox.take("me", 20)
    assert await store.views.load_unread() == UnreadBuilds()


async def test_a_refused_build_is_unread_until_it_is_read(store: Store, clock: FakeClock) -> None:
    """It keeps the time of the first refusal and the words of the last one."""
    first = clock.now()
    await store.facts.save_unread("bb", 7, "build 7 is unknown to Buildbot")
    clock.advance(3600)
    await store.facts.save_unread("bb", 7, "build request 7 is unknown to Buildbot")
    await store.facts.save_unread("other", 7, "build 7 is unknown to Buildbot")
    unread = await store.views.load_unread()
    assert (unread.waiting, unread.refused) == (0, 2)
    one = unread.shown[0]
    assert (one.source, one.buildid, one.again_at) == ("bb", 7, None)
    assert one.reason == "build request 7 is unknown to Buildbot"
    assert abs(one.since - first) < timedelta(seconds=30)
    await store.facts.save_build(make_facts(7), [])
    assert [b.source for b in (await store.views.load_unread()).shown] == ["other"]


async def test_what_nobody_named_for_a_week_is_forgotten(store: Store, clock: FakeClock) -> None:
    await store.facts.save_unread("bb", 7, "build 7 is unknown to Buildbot")
    clock.advance(timedelta(days=7, minutes=1))
    assert await store.views.load_unread() == UnreadBuilds()
    deleted = await Retention(store.database, clock).delete_old(MOMENT)
    assert deleted.unread == 1


async def test_an_outage_is_counted_whole_and_shown_in_part(store: Store, clock: FakeClock) -> None:
    for buildid in range(1, 31):
        await store.facts.save_unread("bb", buildid, "gone")
    unread = await store.views.load_unread()
    assert unread.refused == 30
    assert len(unread.shown) == 20
