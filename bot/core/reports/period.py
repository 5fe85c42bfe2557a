"""The time that a report is about: `7d`, `2w`, `24h` or a day → since when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.core.errors import UserError
from bot.core.patterns import linear

DEFAULT = "7d"

_SPAN = linear(r"([0-9]{1,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_LONGEST = timedelta(days=366)


def parse_period(text: str, now: datetime) -> datetime:
    """Since when; a day begins at midnight in UTC. Raises `UserError`."""
    since = _find_span(text, now) or _find_day(text)
    if since is None:
        raise UserError(f"since {text!r}: give a time like 7d, 2w or 24h, or a day like 2026-03-01")
    if not timedelta(0) < now - since <= _LONGEST:
        raise UserError(f"since {text!r}: give a time of the last year")
    return since


def _find_span(text: str, now: datetime) -> datetime | None:
    found = _SPAN.fullmatch(text.strip().lower())
    return now - timedelta(hours=int(found[1]) * _HOURS[found[2]]) if found else None


def _find_day(text: str) -> datetime | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        return None
