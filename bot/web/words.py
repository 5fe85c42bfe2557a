"""Times, spans and numbers as pages tell them.

In: values. Out: text, or a `<time>` that a script of ours puts into the reader's zone; without it
people read UTC.
"""

from datetime import UTC, datetime, timedelta

from markupsafe import Markup, escape

from bot.core.model.counts import count_words as count_words  # noqa: PLC0414 - for pages
from bot.core.model.durations import tell_duration as tell_duration  # noqa: PLC0414 - the same


def tell_time(at: datetime | None, *, otherwise: str = "never") -> Markup:
    """A moment; the title keeps UTC to the second."""
    if at is None:
        return escape(otherwise)
    return _make_element(at, "", f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def tell_time_since(at: datetime | None, now: datetime, *, otherwise: str = "never") -> Markup:
    """How long ago it was; a script of ours keeps that true while the page stays open."""
    if at is None:
        return escape(otherwise)
    span = now - at
    words = "just now" if abs(span) < timedelta(minutes=1) else _tell_distance(span)
    return _make_element(at, " data-relative", words)


def _tell_distance(span: timedelta) -> str:
    words = tell_duration(abs(span), units=1)
    return f"{words} ago" if span > timedelta(0) else f"in {words}"


def _make_element(at: datetime, attributes: str, words: str) -> Markup:
    utc = at.astimezone(UTC)
    inside = f'datetime="{utc:%Y-%m-%dT%H:%M:%SZ}" title="{utc:%Y-%m-%d %H:%M:%S} UTC"{attributes}'
    return Markup(f"<time {inside}>{words}</time>")  # noqa: S704 - all of it is ours
