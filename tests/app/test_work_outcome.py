"""What the end of work means for its key: again, later, never, or stuck."""

import logging
from datetime import timedelta

import pytest

from bot.core.errors import Refused, Unavailable, UserError
from bot.store import Store
from tests.app.workers import BUILD, OTHER, PULL, Hire, Road, settle
from tests.support.clock import FakeClock


async def test_a_reconcile_may_ask_to_look_again(
    store: Store, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """The build is still running: look again in a minute, not before, and not never."""
    road.answers[BUILD] = [clock.now() + timedelta(seconds=60)]
    worker = hire(poll_seconds=3600)
    await worker.start()
    await store.inbox.put([BUILD])
    await settle(worker)
    clock.advance(59)
    await settle(worker)
    assert road.seen == [BUILD]
    clock.advance(1)
    await settle(worker)
    assert road.seen == [BUILD, BUILD]
    assert await store.inbox.next_run_at() is None


async def test_a_time_that_is_past_is_not_at_once(
    store: Store, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """A reconcile that named the same past time again and again kept a processor busy."""
    past = clock.now() - timedelta(minutes=1)
    road.answers[BUILD] = [past, past]
    worker = hire(poll_seconds=3600)
    await worker.start()
    await store.inbox.put([BUILD])
    for looks in (1, 2, 3):
        await settle(worker)
        assert road.seen == [BUILD] * looks
        clock.advance(1)


async def test_retries_back_off_to_a_cap_and_the_reason_is_kept(
    store: Store, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """Buildbot is down for an hour: we neither hammer it nor sleep long after it is back."""
    road.answers[BUILD] = [Unavailable("Buildbot answers 502")] * 12
    worker = hire()
    await worker.start()
    await store.inbox.put([BUILD])
    pauses = []
    for _ in range(12):
        await settle(worker)
        due = await store.inbox.next_run_at()
        assert due is not None
        pauses.append((due - clock.now()).total_seconds())
        clock.advance(due - clock.now())
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
    await settle(worker)
    assert await store.inbox.next_run_at() is None


async def test_github_says_when_to_come_back(
    store: Store, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """Who asks again before Retry-After is up gets a longer ban."""
    road.answers[PULL] = [Unavailable("rate limit", retry_after=timedelta(minutes=42))]
    worker = hire()
    await worker.start()
    await store.inbox.put([PULL])
    await settle(worker)
    assert await store.inbox.next_run_at() == clock.now() + timedelta(minutes=42)


async def test_a_short_limit_met_often_is_no_outage(
    store: Store, clock: FakeClock, road: Road, hire: Hire
) -> None:
    """A storm of limits of two seconds kept a branch waiting for six minutes after its end."""
    road.answers[PULL] = [Unavailable("rate limit", retry_after=timedelta(seconds=2))] * 12
    worker = hire()
    await worker.start()
    await store.inbox.put([PULL])
    for _ in range(12):
        await settle(worker)
        due = await store.inbox.next_run_at()
        assert due is not None
        assert due - clock.now() <= timedelta(minutes=1)
        clock.advance(due - clock.now())
    await settle(worker)
    assert await store.inbox.next_run_at() is None


@pytest.mark.parametrize("error", [Refused("the pull is locked", 403), UserError("no such step")])
async def test_a_lasting_no_is_logged_once_and_not_tried_again(
    store: Store, road: Road, hire: Hire, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """A locked pull stays locked however often we knock."""
    road.answers[PULL] = [error]
    worker = hire()
    await worker.start()
    await store.inbox.put([PULL])
    await settle(worker)
    assert await store.inbox.next_run_at() is None
    (record,) = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert record.__dict__["reason"] == str(error)
    assert record.__dict__["key"] == str(PULL)


async def test_a_bug_in_one_key_reaches_the_log_and_stops_no_other(
    store: Store, road: Road, hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    """One odd log must not silence the fleet, and must not go unseen."""
    road.answers[BUILD] = [KeyError("suite")]
    worker = hire(concurrency=1)
    await worker.start()
    await store.inbox.put([BUILD])
    await store.inbox.put([OTHER])
    await settle(worker)
    assert set(road.seen) == {BUILD, OTHER}
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError
    assert await store.inbox.next_run_at() is not None, "it is tried again"


async def test_a_stuck_key_is_visible_and_said_once(
    store: Store, clock: FakeClock, road: Road, hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that fails for ten minutes needs a person, not a line each time."""
    away = Unavailable("Buildbot answers HTML")
    road.answers[BUILD] = [away] * 13  # the last may be asked for while we look
    worker = hire()
    await worker.start()
    await store.inbox.put([BUILD])
    for _ in range(12):
        await settle(worker)
        clock.advance(600)
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == ["key is stuck"]
    (stuck,) = (await store.views.load_depth()).stuck
    assert stuck.key == str(BUILD)
    assert stuck.error == "Buildbot answers HTML"
