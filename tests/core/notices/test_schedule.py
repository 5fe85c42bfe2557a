"""When a report is due: once in a period, and the last one where several were missed."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.notices.schedule import Schedule, parse_schedule

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("monday 8", Schedule(0, 8)),
        ("Sunday 23", Schedule(6, 23)),
        (" daily 0 ", Schedule(None, 0)),
    ],
)
def test_it_is_a_day_and_an_hour(text: str, schedule: Schedule) -> None:
    assert parse_schedule(text) == schedule


@pytest.mark.parametrize("text", ["monday", "8", "mon 8", "monday 24", "daily -1", "daily 8:30", 8])
def test_anything_else_is_named(text: object) -> None:
    with pytest.raises(ValueError, match="must be a day and an hour in UTC"):
        parse_schedule(text)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (MONDAY, MONDAY),
        (MONDAY - MINUTE, MONDAY - timedelta(days=7)),
        (MONDAY + timedelta(days=6, hours=23), MONDAY),
        (MONDAY + timedelta(days=22), MONDAY + timedelta(days=21)),
    ],
)
def test_a_week_has_one_moment(now: datetime, due: datetime) -> None:
    assert Schedule(0, 8).find_due(now) == due


def test_a_day_has_one_moment() -> None:
    daily = Schedule(None, 8)
    assert daily.find_due(MONDAY - MINUTE) == MONDAY - timedelta(days=1)
    assert daily.find_due(MONDAY + MINUTE) == MONDAY
    assert daily.period == timedelta(days=1)
