"""What is costly to work out and seldom changes, kept for a minute for all who ask alike.

In: a key (which repositories are shown, and what was asked for) and how to load it. Out: what was
loaded, at most so old.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.core.ports import Clock

T = TypeVar("T")

_KEPT_FOR = timedelta(minutes=1)
_KEPT_AT_ONCE = 8


class Kept(Generic[T]):
    """One load at a time: who asks meanwhile waits, and gets the same."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[Hashable, tuple[datetime, T]] = {}
        self._lock = asyncio.Lock()

    async def recall(self, key: Hashable, load: Callable[[], Awaitable[T]]) -> T:
        """What is kept under this key, loaded anew after a minute."""
        async with self._lock:
            at, now = self._kept.get(key, (None, None))[0], self._clock.now()
            if at is None or not timedelta(0) <= now - at < _KEPT_FOR:
                if len(self._kept) >= _KEPT_AT_ONCE:
                    self._kept.clear()
                self._kept[key] = now, await load()
            return self._kept[key][1]
