"""Bodies of deliveries: read within a budget for all of them together, and within a time.

In: a request. Out: its whole body, or the answer that is promised: 413 past the limit, 503 where
too much is on its way already, 400 for what is broken, drips, or ends in the middle. Who sends is
not known before a body is there, so that what is held for strangers has to be bounded.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
from aiohttp import web

from bot.core.errors import Malformed, Unavailable

log = logging.getLogger(__name__)

BODY_LIMIT = 25 * 1024 * 1024
"""GitHub sends up to so much: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""

SMALL = 1024 * 1024
"""Nearly all deliveries are smaller. What comes without a length may not be larger."""

LARGE_IN_FLIGHT = BODY_LIMIT + SMALL  # one of the largest at a time
SMALL_IN_FLIGHT = 8 * 1024 * 1024  # so that large ones cannot keep small ones out

SECONDS = 10.0
"""GitHub gives up after so long: https://docs.github.com/en/webhooks/using-webhooks"""


class HungUp(Malformed):
    """The sender went away in the middle of a body."""


Chunks = list[bytes]
"""Of a body. A signature is checked over them: one large piece of memory that grows, or is copied,
would cost more than the body, and come apart among those of two hundred others."""


class Bodies:
    """Reads bodies; how much of all of them is held, is counted as it arrives."""

    def __init__(
        self,
        large: int = LARGE_IN_FLIGHT,
        small: int = SMALL_IN_FLIGHT,
        seconds: float = SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._room = {True: small, False: large}
        self._whole = large + small
        self._seconds = seconds
        self._now = now
        self.shed = 0  # deliveries that found no room
        self.shed_at: datetime | None = None  # the last of them
        self.hung_up = 0  # ... that were broken off

    @property
    def held(self) -> int:
        """Bytes that are held now."""
        return self._whole - sum(self._room.values())

    @asynccontextmanager
    async def read(self, request: web.Request) -> AsyncIterator[Chunks]:
        """The whole body as it came in pieces, counted until it is done with.

        Neither sender compresses, and a small bomb unpacks to a large body: that is `Malformed`.
        """
        limit = _find_limit(request)
        held = _Held(self._room, is_small=limit <= SMALL)
        try:
            yield await self._read_in_time(request, held, limit)
        finally:
            held.give_back()

    async def _read_in_time(self, request: web.Request, held: "_Held", limit: int) -> Chunks:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._collect(request, held, limit)
        except TimeoutError as error:
            raise Malformed(f"the body did not arrive within {self._seconds:g} seconds") from error

    async def _collect(self, request: web.Request, held: "_Held", limit: int) -> Chunks:
        body, size = Chunks(), 0
        try:
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > limit:
                    raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=limit + 1)
                if not held.take(len(chunk)):
                    self.shed, self.shed_at = self.shed + 1, self._now()
                    raise Unavailable("too much is on its way already")
                body.append(chunk)
        except (web.RequestPayloadError, aiohttp.ClientPayloadError) as error:
            raise Malformed("the body is broken") from error
        except OSError as error:
            self.hung_up += 1
            raise HungUp("the sender hung up in the middle of the body") from error
        return body


class _Held:
    """What is held of one body."""

    def __init__(self, room: dict[bool, int], *, is_small: bool) -> None:
        self._room = room
        self._is_small = is_small
        self._bytes = 0

    def take(self, count: int) -> bool:
        """Whether there is room for more of it."""
        if self._room[self._is_small] < count:
            return False
        self._room[self._is_small] -= count
        self._bytes += count
        return True

    def give_back(self) -> None:
        self._room[self._is_small] += self._bytes
        self._bytes = 0


def _find_limit(request: web.Request) -> int:
    """How long the body may become; refused before anything is read where that is known."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Malformed("compressed bodies are not taken")
    length = request.content_length
    if length is None:
        return SMALL
    if length > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(max_size=BODY_LIMIT, actual_size=length)
    return length
