"""One message at a time, none in quiet hours, and a storm in one."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.core.notices.delivery import (
    DIGEST_FROM,
    MESSAGES_PER_HOUR,
    decide_delivery,
    find_quiet_end,
)
from bot.core.notices.notice import NoticeRecord
from tests.support.make_stored import MOMENT
from tests.support.notices import make_facts, make_notice

NIGHT = (time(22), time(6))


def make_waiting(count: int) -> list[NoticeRecord]:
    return [
        make_notice(facts=make_facts(incident=f"aa{n:04}"), caused_at=MOMENT + timedelta(seconds=n))
        for n in range(count)
    ]


def test_a_few_are_sent_one_by_one_the_oldest_first() -> None:
    waiting = make_waiting(DIGEST_FROM - 1)
    delivery = decide_delivery(waiting[::-1], (), None, MOMENT + timedelta(minutes=1))
    assert delivery.message == (waiting[0],)
    assert delivery.again_at == MOMENT + timedelta(minutes=1)


def test_the_last_one_asks_for_nothing_more() -> None:
    assert decide_delivery(make_waiting(1), (), None, MOMENT).again_at is None


def test_a_storm_is_one_message() -> None:
    waiting = make_waiting(40)
    delivery = decide_delivery(waiting, (), None, MOMENT + timedelta(minutes=1))
    assert delivery.message == tuple(waiting)
    assert delivery.again_at is None


def test_what_is_not_due_waits() -> None:
    later = make_notice(due_at=MOMENT + timedelta(minutes=2))
    delivery = decide_delivery([later], (), None, MOMENT)
    assert (delivery.message, delivery.again_at) == ((), later.due_at)
    assert decide_delivery([], (), None, MOMENT).again_at is None


def test_more_than_a_few_in_an_hour_wait_for_its_end() -> None:
    sent = [MOMENT - timedelta(minutes=n) for n in range(MESSAGES_PER_HOUR)]
    delivery = decide_delivery(make_waiting(1), sent, None, MOMENT)
    assert (delivery.message, delivery.again_at) == ((), min(sent) + timedelta(hours=1))
    assert decide_delivery(make_waiting(1), sent[1:], None, MOMENT).message


@pytest.mark.parametrize(
    ("hours", "at", "ends"),
    [
        (NIGHT, "2026-03-02 23:30", "2026-03-03 06:00"),
        (NIGHT, "2026-03-02 05:59", "2026-03-02 06:00"),
        (NIGHT, "2026-03-02 06:00", None),
        (NIGHT, "2026-03-02 21:59", None),
        ((time(9), time(17)), "2026-03-02 09:00", "2026-03-02 17:00"),
        ((time(9), time(17)), "2026-03-02 17:00", None),
        (None, "2026-03-02 03:00", None),
    ],
)
def test_quiet_hours(hours: tuple[time, time] | None, at: str, ends: str | None) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    end = datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None
    assert find_quiet_end(hours, now) == end
    if end is not None:
        assert decide_delivery(make_waiting(1), (), hours, now).again_at == (
            end if now >= MOMENT else MOMENT
        )


def test_what_went_out_before_goes_again_as_it_was() -> None:
    """Its receiver knows it by its id: what came since then may not be lost under it."""
    waiting = make_waiting(DIGEST_FROM + 1)
    begun = replace(waiting[2], message=waiting[2].id, attempts=1)
    now = MOMENT + timedelta(minutes=1)
    delivery = decide_delivery([*waiting[:2], begun, *waiting[3:]], (), None, now)
    assert delivery.message == (begun,)
    assert delivery.again_at == now
