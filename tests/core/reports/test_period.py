"""Since when: what people write, and what they are told of what is none."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import UserError
from bot.core.reports.period import parse_period

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("2W", NOW - timedelta(days=14)),
        (" 24h", NOW - timedelta(days=1)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_it_is_a_span_or_a_day(text: str, since: datetime) -> None:
    assert parse_period(text, NOW) == since


@pytest.mark.parametrize(
    "text", ["", "0d", "7", "7m", "400d", "9999w", "2026-02-30", "2026-04-01", "١d", "1d" * 99]
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UserError, match="since"):
        parse_period(text, NOW)
