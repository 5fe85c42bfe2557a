"""One reminder for each incident; its post counts among all new comments, and needs the lease."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import pull_key
from bot.core.model.reminders import Reminder
from bot.core.policy.comment_limits import CommentLimits
from bot.store import Store
from tests.support.make_stored import MOMENT

FIRST = Reminder(7, 101, "aa0001", intent_at=MOMENT)
LIMITS = CommentLimits(per_pull=3, per_hour=1, per_day=10)


async def test_a_reminder_comes_back_as_it_was(store: Store, twin: Store) -> None:
    stands = replace(FIRST, comment_id=12)
    await store.reminders.save_reminder(stands)
    (found,) = await twin.reminders.load_reminders(7, 101)
    assert (found.incident_id, found.comment_id, found.dropped) == ("aa0001", 12, False)
    assert found.intent_at is not None
    assert abs(found.intent_at - MOMENT) < timedelta(seconds=1)
    assert await twin.reminders.load_reminders(7, 102) == []


async def test_limits_of_new_comments_hold_for_reminders(store: Store) -> None:
    await store.inbox.put([pull_key(7, 101)])
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    first = await store.reminders.save_reminder_intent(FIRST, lease, LIMITS)
    again = await store.reminders.save_reminder_intent(FIRST, lease, LIMITS)
    assert (first.granted, again.granted) == (True, True)
    second = replace(FIRST, incident_id="bb0002")
    held = await store.reminders.save_reminder_intent(second, lease, LIMITS)
    assert held.held is not None
    assert [r.incident_id for r in await store.reminders.load_reminders(7, 101)] == ["aa0001"]


async def test_who_lost_the_lease_posts_nothing(store: Store) -> None:
    await store.inbox.put([pull_key(7, 101)])
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    await store.inbox.finish(lease)
    permit = await store.reminders.save_reminder_intent(FIRST, lease, LIMITS)
    assert (permit.granted, permit.held) == (False, None)
    assert await store.reminders.load_reminders(7, 101) == []
