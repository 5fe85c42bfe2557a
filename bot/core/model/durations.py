"""How long something took or lasts, as people write it."""

from datetime import timedelta

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def tell_duration(span: timedelta, *, units: int = 2) -> str:
    """The largest units of a span, as `2 h 5 min`; what is less than a second is `0 s`."""
    seconds = max(0, int(span.total_seconds()))
    parts: list[str] = []
    for unit, size in _UNITS:
        amount, seconds = divmod(seconds, size)
        if amount or parts:
            parts.append(f"{amount} {unit}" if amount else "")
    return " ".join(part for part in parts[:units] if part) or "0 s"


def tell_span(span: timedelta) -> str:
    """The same to the minute, of what mostly lasts for hours and days."""
    minute = timedelta(minutes=1)
    return "under a minute" if span < minute else tell_duration(span // minute * minute)
