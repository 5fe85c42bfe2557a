"""When what waits for a subscription is sent, and in how many messages.

In: its notices that wait, the time, and when messages went to it of late. Out: what goes out now as
one message, or when to look again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.core.notices.notice import NoticeRecord

DIGEST_FROM = 4
"""So many at once are a storm, which is told in one message."""

MESSAGES_PER_HOUR = 6
"""Of one subscription. What comes after waits for the hour to be over, and is told in a digest."""

GIVE_UP_AFTER = timedelta(hours=24)
"""What could not be sent for a day is no news any more; it is kept, and shown as failed."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is done for a subscription now."""

    message: tuple[NoticeRecord, ...] = ()  # those that go out together
    again_at: datetime | None = None  # when to look again; None: nothing is left then


def decide_delivery(
    waiting: Sequence[NoticeRecord],
    sent_at: Sequence[datetime],
    quiet_hours: tuple[time, time] | None,
    now: datetime,
) -> Delivery:
    """One message at a time; `sent_at` has its messages of the last hour."""
    due = sorted((r for r in waiting if r.due_at <= now), key=lambda r: (r.caused_at, r.id))
    if not due:
        return Delivery(again_at=min((r.due_at for r in waiting), default=None))
    held_until = find_quiet_end(quiet_hours, now) or _find_room(sent_at, now)
    if held_until is not None:
        return Delivery(again_at=held_until)
    message = _find_begun(due) or (tuple(due) if len(due) >= DIGEST_FROM else (due[0],))
    left = [r for r in waiting if r not in message]
    return Delivery(message, min((max(r.due_at, now) for r in left), default=None))


def _find_begun(due: Sequence[NoticeRecord]) -> tuple[NoticeRecord, ...]:
    """What went out before and may have arrived goes again as it was: its id is known there."""
    begun = next((r.message for r in due if r.message is not None), None)
    return tuple(r for r in due if begun is not None and r.message == begun)


def find_quiet_end(hours: tuple[time, time] | None, now: datetime) -> datetime | None:
    """When the quiet hours end that are now; None: it is none of them."""
    if hours is None:
        return None
    begin, end = hours
    here = now.time()
    over_midnight = begin > end
    is_quiet = here >= begin or here < end if over_midnight else begin <= here < end
    if not is_quiet:
        return None
    ends = now.replace(hour=end.hour, minute=0, second=0, microsecond=0)
    return ends if ends > now else ends + timedelta(days=1)


def _find_room(sent_at: Sequence[datetime], now: datetime) -> datetime | None:
    late = sorted(at for at in sent_at if at > now - _HOUR)
    return late[-MESSAGES_PER_HOUR] + _HOUR if len(late) >= MESSAGES_PER_HOUR else None
