"""When GitHub may be called.

`RateLimitGate` is shut while GitHub has told us to wait; `WritePacer` lets writes through one at a
time and a second apart. Where instances share a `RateLimit`, what one was told is obeyed by all.
Input: the headers of answers and a clock. Output: `Unavailable`, or permission. Source:
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from bot.clients.http_responses import parse_date, parse_whole
from bot.core.errors import Unavailable
from bot.core.ports import Clock, RateLimit

# "Wait at least one second between each request" that writes.
_WRITE_GAP = timedelta(seconds=1)

# A secondary limit without Retry-After: "wait for at least one minute", then longer each time. The
# cap is ours: limits are counted by the hour, so a quarter of one is never far too long.
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_GUESS = timedelta(minutes=15)

# Whatever a header says, look again after the longest window that GitHub counts in.
_LONGEST_WAIT = timedelta(hours=1)


class RateLimitGate:
    """Shut until a time; shared by all calls."""

    def __init__(self, clock: Clock, shared: RateLimit | None = None) -> None:
        self._clock = clock
        self._shared = shared
        self._untold = False  # the others do not know yet that we are shut
        self._reason = ""
        self._shut_until: datetime | None = None
        self._told_at: datetime | None = None
        self._guess = _FIRST_WAIT
        self.remaining: int | None = None

    async def share(self) -> None:
        """Tell the others what we were told, and hear what they were; as far as they can be asked.

        While the database is away, each instance knows only its own limits.
        """
        if self._shared is None:
            return
        with suppress(Unavailable):
            left = self._left()
            if self._untold and left is not None:
                await self._shared.save_shut(left)
            self._untold = False
            theirs = await self._shared.load_shut()
            if theirs is not None and (left is None or theirs > left):
                self._told_at = self._clock.now()
                self._shut_until = self._told_at + theirs
                self._reason = self._reason or "GitHub limits us for a while"

    def check(self) -> None:
        """Raise `Unavailable` while shut."""
        left = self._left()
        if left is not None:
            raise Unavailable(self._reason, left)

    def _left(self) -> timedelta | None:
        """How long we are shut. After our clock was set back, GitHub has to tell us again."""
        now = self._clock.now()
        if self._shut_until is None or self._told_at is None or now < self._told_at:
            return None
        left = self._shut_until - now
        return left if left > timedelta(0) else None

    def note(self, headers: Mapping[str, str]) -> None:
        """Read the primary limit off any answer; where nothing is left, shut until the reset."""
        if _is_of_search(headers):  # which has a minute of its own, and keeps nothing else waiting
            return
        remaining = parse_whole(headers.get("X-RateLimit-Remaining"))
        if headers.get("X-RateLimit-Resource", "core") == "core" and remaining is not None:
            self.remaining = remaining
        wait = self._measure_reset(headers)
        if remaining == 0 and wait is not None:
            self._shut(wait, "GitHub's rate limit is used up")

    def _measure_reset(self, headers: Mapping[str, str]) -> timedelta | None:
        """How long until a window ends. One second more, for their clock counts whole ones."""
        reset = parse_whole(headers.get("X-RateLimit-Reset"))
        if reset is None:
            return None
        at = datetime.fromtimestamp(min(reset, 2**32), UTC) + timedelta(seconds=1)
        return at - (parse_date(headers.get("Date")) or self._clock.now())  # by their clock

    def note_success(self) -> None:
        """An answer without complaint ends the growing of guesses."""
        self._guess = _FIRST_WAIT

    def shut(self, headers: Mapping[str, str]) -> Unavailable:
        """GitHub said that we are limited: shut, and return the error to raise."""
        if _is_of_search(headers) and "Retry-After" not in headers:
            wait = self._measure_reset(headers)
            return Unavailable("GitHub lets us search no more for a while", wait or _FIRST_WAIT)
        self.note(headers)
        if self._left() is None:
            wait = parse_retry_after(headers) or self._grow_guess()
            self._shut(wait, "GitHub limits us for a while")
        return Unavailable(self._reason, self._left())

    def _grow_guess(self) -> timedelta:
        wait = self._guess
        self._guess = min(2 * self._guess, _LONGEST_GUESS)
        return wait

    def _shut(self, wait: timedelta, reason: str) -> None:
        now = self._clock.now()
        left, until = self._left(), now + min(wait, _LONGEST_WAIT)
        if left is None or until > now + left:
            self._shut_until, self._told_at, self._reason = until, now, reason
            self._untold = True


class WritePacer:
    """One write at a time, each at least a second after the end of the last.

    Of other instances' writes, at least a second after the beginning of the last.
    """

    def __init__(self, clock: Clock, shared: RateLimit | None = None) -> None:
        self._clock = clock
        self._shared = shared
        self._lock = asyncio.Lock()
        self._last: datetime | None = None
        self._firsts = 0  # who goes first, and waits or writes now

    @asynccontextmanager
    async def turn(self, *, first: bool = False) -> AsyncIterator[None]:
        """Wait for our turn, and hold it; who is `first` goes before all that are not."""
        self._firsts += first
        try:
            await self._take(first)
            try:
                if self._shared is not None:
                    wait = await self._shared.take_turn(_WRITE_GAP)
                    await self._clock.sleep(wait.total_seconds())
                yield
            finally:
                self._last = self._clock.now()
                self._lock.release()
        finally:
            self._firsts -= first

    async def _take(self, first: bool) -> None:
        """Hold the lock when the gap is over; who is first waits for it, too, so it comes by."""
        while True:
            await self._lock.acquire()
            try:
                await self._keep_gap()
            except BaseException:
                self._lock.release()
                raise
            if first or not self._firsts:
                return
            self._lock.release()

    async def _keep_gap(self) -> None:
        if self._last is not None:
            left = self._last + _WRITE_GAP - self._clock.now()
            # A clock that was set back must not hold us for longer than the gap.
            await self._clock.sleep(max(0.0, min(left, _WRITE_GAP).total_seconds()))


def _is_of_search(headers: Mapping[str, str]) -> bool:
    return headers.get("X-RateLimit-Resource") == "search"


def parse_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The seconds of a Retry-After header; GitHub never sends the form with a date."""
    seconds = parse_whole(headers.get("Retry-After"))
    return None if seconds is None else timedelta(seconds=min(max(seconds, 1), 86_400))
