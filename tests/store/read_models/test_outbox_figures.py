"""What waits, what failed, and why: as `/health` tells it."""

from datetime import timedelta

from bot.core.notices.notice import NoticeStatus
from bot.core.ports import OutboxFigures
from bot.store import Store
from tests.support.clock import FakeClock
from tests.support.notices import make_notice


async def test_where_nobody_subscribed_there_is_nothing(store: Store) -> None:
    assert await store.views.load_outbox() == OutboxFigures()


async def test_what_is_not_sent_is_counted_with_its_latest_reason(
    store: Store, clock: FakeClock
) -> None:
    now = clock.now()
    await store.notices.save_subscriptions(["core"], [])
    await store.notices.save_notices(
        [
            make_notice(0, NoticeStatus.SENT, caused_at=now),
            make_notice(1, caused_at=now),
            make_notice(2, caused_at=now, attempts=2, problem="no answer in time"),
            make_notice(3, NoticeStatus.FAILED, caused_at=now, problem="it answered 410"),
            make_notice(4, NoticeStatus.FAILED, caused_at=now - timedelta(days=3), problem="old"),
        ]
    )
    outbox = await store.views.load_outbox()
    assert (outbox.subscriptions, outbox.waiting, outbox.failed) == (1, 2, 1)
    assert outbox.late_reason == "core: no answer in time"
    assert outbox.failed_reason == "core: it answered 410"
    assert outbox.late_since is not None
    assert abs(outbox.late_since - now) < timedelta(seconds=1)
