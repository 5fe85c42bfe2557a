"""How long a branch rests between two folds: in a rush many builds go into one.

In: when a fold began and ended. Out: a pause before the next one. A build that comes alone is
folded at once, for the branch has rested by then.
"""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.core.ports import Clock

# A fold of few builds takes as long as one of many: so folding takes a tenth of the time at most.
_REST_FOR_WORK = 9

# Nobody notices half a second between a build and its comment.
_LONGEST_REST = timedelta(seconds=0.5)


class Debouncer:
    """The rests of all branches in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[Hashable, datetime] = {}

    @asynccontextmanager
    async def wait(self, where: Hashable) -> AsyncIterator[None]:
        """Wait until the rest after the last time is over; what is done within earns the next."""
        began = self._clock.now()
        left = self._until.get(where, began) - began
        if left > timedelta(0):
            await self._clock.sleep(min(left, _LONGEST_REST).total_seconds())
            began = self._clock.now()
        try:
            yield
        finally:
            now = self._clock.now()
            rest = min((now - began) * _REST_FOR_WORK, _LONGEST_REST)
            self._until[where] = now + rest
