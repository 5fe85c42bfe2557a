"""What a server on loopback posts to others: once, without retry, and wrongly when told so.

Input: a body, headers and where to. Output: `sent`, with the status of each attempt. Neither
Buildbot's reporter nor GitHub's webhooks try again, so neither does this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Posting:
    """One message on its way out."""

    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...]

    @property
    def guid(self) -> str | None:
        """GitHub's name of a delivery; a redelivery has the same."""
        return dict(self.headers).get("X-GitHub-Delivery")


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt; `status` is None when it was lost or nobody answered."""

    posting: Posting
    status: int | None
    at: datetime


class WebhookSender:
    """Posts in order, one at a time: a slow receiver makes the next message wait in line."""

    def __init__(
        self, timeout: float = 10.0, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._clock = clock
        self.sent: list[Sent] = []
        self.lose_next = 0
        self.double_next = 0
        self.delay_seconds = 0.0
        self.hold = False
        self._held: list[Posting] = []
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._line = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send once, or lose, double, delay or hold it as told; never raises for the receiver."""
        posting = Posting(url, body, tuple(headers.items()))
        if self.lose_next > 0:
            self.lose_next -= 1
            self.sent.append(Sent(posting, None, self._clock()))
        elif self.hold:
            self._held.append(posting)
        elif self.delay_seconds > 0:
            self.spawn(self._send_later(posting, self.delay_seconds))
        else:
            await self._send(posting)

    async def release(self, *, newest_first: bool = False) -> None:
        """Send what was held back, and hold no more."""
        self.hold = False
        held, self._held = self._held, []
        for posting in reversed(held) if newest_first else held:
            await self._send(posting)

    async def repeat(self, index: int = -1, url: str | None = None) -> None:
        """Send one of `sent` again, byte for byte: a redelivery, to where they go now."""
        posting = self.sent[index].posting
        await self._attempt(replace(posting, url=url or posting.url))

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Let this run beside the caller; `settle` waits for it."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Forget what is on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send_later(self, posting: Posting, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._send(posting)

    async def _send(self, posting: Posting) -> None:
        twice = self.double_next > 0
        self.double_next -= twice
        for _ in range(1 + twice):
            await self._attempt(posting)

    async def _attempt(self, posting: Posting) -> None:
        async with self._line:
            status = await self._deliver(posting)
        self.sent.append(Sent(posting, status, self._clock()))

    async def _deliver(self, posting: Posting) -> int | None:
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(posting.url, data=posting.body, headers=posting.headers) as answer,
            ):
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
