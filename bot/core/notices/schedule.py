"""When a report is due: a day of the week or every day, and an hour in UTC.

In: `monday 8` or `daily 8`. Out: the last moment at which it was due, and the time it tells of.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FORM = re.compile(r"(?:(daily)|([a-z]+)) ([0-9]{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One moment of each period."""

    weekday: int | None  # 0 is Monday; None: every day
    hour: int  # UTC

    @property
    def period(self) -> timedelta:
        """From one to the next, which is also what a report tells of."""
        return timedelta(days=1 if self.weekday is None else 7)

    def find_due(self, now: datetime) -> datetime:
        """The last one, up to now: of several that were missed only this one is made up for."""
        due = now.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        if self.weekday is not None:
            due -= timedelta(days=(due.weekday() - self.weekday) % 7)
        return due if due <= now else due - self.period


def parse_schedule(text: object) -> Schedule:
    """Raises `ValueError`, whose words follow its name."""
    found = _FORM.fullmatch(text.strip().lower()) if isinstance(text, str) else None
    if found is not None and int(found[3]) < 24:
        if found[1]:
            return Schedule(None, int(found[3]))
        if found[2] in _DAYS:
            return Schedule(_DAYS.index(found[2]), int(found[3]))
    raise ValueError("must be a day and an hour in UTC, such as monday 8 or daily 8")
