"""Calls outside, counted, and not faster than others' servers like.

In: how many calls a second. Out: traces for sessions, which make each call wait for its turn.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from bot.core.ports import Clock


class CallPace:
    """One pace for each service that is called, and the number of calls so far."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[str, datetime] = {}
        self.calls = Counter[str]()

    def make_trace(self, service: str, per_second: float | None = None) -> aiohttp.TraceConfig:
        """For a session that calls `service`; without a number it only counts."""
        trace = aiohttp.TraceConfig()

        async def begin(_session: Any, _context: Any, _: aiohttp.TraceRequestStartParams) -> None:
            self.calls[service] += 1
            if per_second is not None:
                await self._wait(service, timedelta(seconds=1 / per_second))

        trace.on_request_start.append(begin)
        return trace

    async def _wait(self, service: str, gap: timedelta) -> None:
        now = self._clock.now()
        turn = max(self._next.get(service, now), now)
        self._next[service] = turn + gap
        if turn > now:
            await self._clock.sleep((turn - now).total_seconds())
