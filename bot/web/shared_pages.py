"""A page that many have open, made once for all of them when something happened.

In: who asks without a password or session, while pages are open. Out: what was made for the first
who asked after the same event. A hundred open pages ask anew within a moment of each event, and
making the front page of a large fleet takes some 25 ms of the processor.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.core.ports import Clock
from bot.web.credentials import sends_credentials
from bot.web.events import EventHub
from bot.web.last_known import MACHINES

# Open pages ask at most every two seconds; how long ago things were is told in minutes.
_KEPT_FOR = timedelta(seconds=2)

# Eight megabytes at most.
_MOST_PAGES = 8
_LARGEST = 1_000_000  # bytes


@dataclass(slots=True)
class _Page:
    """One address, as everybody sees it; the lock is held while it is made."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    made: tuple[datetime, web.Response] | None = None


class SharedPages:
    """The pages that were made since the last event."""

    def __init__(self, hub: EventHub, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._pulse = ""
        self._pages: OrderedDict[str, _Page] = OrderedDict()

    async def recall(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What was made for somebody else, or what the handler makes now."""
        page = self._find(request.path_qs)
        async with page.lock:
            now = self._clock.now()
            if page.made is not None and timedelta(0) <= now - page.made[0] < _KEPT_FOR:
                return _copy(page.made[1])
            answer, page.made = await handler(request), None
            if isinstance(answer, web.Response) and _is_for_all(answer):
                page.made = now, _copy(answer)
            return answer

    def _find(self, path: str) -> _Page:
        if self._pulse != self._hub.pulse:
            self._pulse = self._hub.pulse
            self._pages.clear()
        page = self._pages.setdefault(path, _Page())
        self._pages.move_to_end(path)
        while len(self._pages) > _MOST_PAGES:
            self._pages.popitem(last=False)
        return page


def _is_for_all(answer: web.Response) -> bool:
    """A page, and none that a browser is to remember anything from."""
    return (
        answer.status == web.HTTPOk.status_code
        and answer.content_type == "text/html"
        and not answer.cookies
        and isinstance(answer.body, bytes)
        and len(answer.body) <= _LARGEST
    )


def _copy(answer: web.Response) -> web.Response:
    """An answer is sent once, and what passes it on may change it."""
    copy = web.Response(body=answer.body, headers=answer.headers)
    if answer.compression:
        copy.enable_compression()
    return copy


def make_sharing(hub: EventHub, clock: Clock) -> Middleware:
    """Pages are shared while any is open: only then events are looked for."""
    pages = SharedPages(hub, clock)

    @web.middleware
    async def share(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_alike = request.method == "GET" and not sends_credentials(request.headers)
        if not hub.streams or not is_alike or request.path.startswith(MACHINES):
            return await handler(request)
        return await pages.recall(request, handler)

    return share
