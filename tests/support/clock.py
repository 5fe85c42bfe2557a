"""A clock that moves only when a test says so."""

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FakeClock:
    """Implements `ports.Clock`; who sleeps waits for `advance`."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Aware UTC."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was advanced by so much."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wakes = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + timedelta(seconds=seconds), wakes))
        await wakes

    def advance(self, seconds: float | timedelta) -> None:
        """Move on; wakes all whose time has come, in that order, the next time the loop turns."""
        step = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        self._now += step
        due = [s for s in self._sleepers if s[0] <= self._now]
        self._sleepers = [s for s in self._sleepers if s[0] > self._now and not s[1].done()]
        for _, wakes in sorted(due, key=lambda sleeper: sleeper[0]):
            if not wakes.done():
                wakes.set_result(None)
