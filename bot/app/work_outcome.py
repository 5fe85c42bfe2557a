"""How the work on a key ended, and what that means for the key.

In: a task that is done, and how often the key failed before. Out: what the inbox is told.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.errors import Refused, Unavailable, UserError
from bot.core.ports import Result

# A key that asks to come again at a time that is past, or nearly, would be worked on without pause.
_SHORTEST_PAUSE = timedelta(seconds=1)

# Most outages are a blip: the first retry comes soon. After a long one everything is tried again
# within ten minutes of its end.
_FIRST_BACKOFF = timedelta(seconds=2)
_LONGEST_BACKOFF = timedelta(minutes=10)
# Who says when to come again is believed: a limit of two seconds, met often, is no outage.
_LONGEST_BACKOFF_WHEN_TOLD = timedelta(minutes=1)

# GitHub's limits reset within the hour; what asks for more than a day is not to be believed.
_LONGEST_RETRY_AFTER = timedelta(days=1)


class WorkStatus(StrEnum):
    """What became of a key."""

    DONE = "done"
    AGAIN = "again"  # the reconcile asked to look again at a time
    GIVEN_UP = "given up"  # a lasting no, or a person's mistake: trying again would not help
    RETRY = "retry"
    RELEASED = "released"  # we stop
    LOST = "lost"  # another worker has it now


@dataclass(frozen=True, slots=True)
class WorkOutcome:
    """With the time at which the key comes again, if it does."""

    outcome: WorkStatus
    at: datetime | None = None
    reason: str = ""
    bug: BaseException | None = None


def classify_outcome(
    work: asyncio.Task[Result], attempts: int, now: datetime, *, stopping: bool
) -> WorkOutcome:
    """What the end of the work means for a key that failed so often before."""
    if work.cancelled():
        if stopping:
            return WorkOutcome(WorkStatus.RELEASED)
        return WorkOutcome(WorkStatus.RETRY, _find_retry(attempts, now), "cancelled from within")
    error = work.exception() or work.result().unfinished
    if error is not None:
        return _find_ending_of_error(error, attempts, now)
    again_at = work.result().again_at
    if again_at is None:
        return WorkOutcome(WorkStatus.DONE)
    return WorkOutcome(WorkStatus.AGAIN, max(again_at, now + _SHORTEST_PAUSE))


def _find_ending_of_error(error: BaseException, attempts: int, now: datetime) -> WorkOutcome:
    if isinstance(error, Refused | UserError):
        return WorkOutcome(WorkStatus.GIVEN_UP, reason=str(error))
    if isinstance(error, Unavailable):
        return WorkOutcome(
            WorkStatus.RETRY, _find_retry(attempts, now, error.retry_after), error.reason
        )
    # Its own words are in the log only: a reason is shown to everybody.
    reason = f"a bug of ours ({type(error).__name__}): the log has it"
    return WorkOutcome(WorkStatus.RETRY, _find_retry(attempts, now), reason, bug=error)


def _find_retry(attempts: int, now: datetime, retry_after: timedelta | None = None) -> datetime:
    """The back-off doubles up to its cap; what is outside may ask for more."""
    doublings = min(attempts, 16)  # far past the cap, and no overflow
    longest = _LONGEST_BACKOFF if retry_after is None else _LONGEST_BACKOFF_WHEN_TOLD
    backoff = min(_FIRST_BACKOFF * (1 << doublings), longest)
    asked = min(retry_after or timedelta(0), _LONGEST_RETRY_AFTER)
    return now + max(backoff, asked)
