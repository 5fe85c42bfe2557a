"""A moment in a query: unix seconds, or a time as ISO 8601 writes it."""

from datetime import UTC, datetime

from bot.core.errors import Malformed

_LONGEST = 40  # letters


def parse_moment(text: str) -> datetime:
    """Aware UTC; a time without a zone is UTC. Raises `Malformed`."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(text), UTC)
        # In a query a plus is a space, and few who write +02:00 know.
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Malformed("at must be unix seconds, or a time like 2026-11-28T09:45Z") from error
