"""`GET /events`: open pages are told within a second that they would show something else by now.

In: the store's pulse, looked at twice a second while any page is open, once for all of them. Out:
server-sent events that hold nothing but the pulse: a page asks anew for what its viewer may see.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import contextlib
import hashlib
import ipaddress
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.core.errors import Unavailable
from bot.core.ports import Clock
from bot.web.access import Access

log = logging.getLogger(__name__)

MOST_STREAMS = 300
"""Pages that are open at once; each holds a connection, and little else."""

MOST_OF_ONE = 20
"""... of one address of the Internet: a person with many tabs, not one who fills the room."""

_LOOK_SECONDS = 0.5

# Proxies end a connection that is silent for a minute; some do after half of one.
_BEAT_SECONDS = 20.0
_RETRY_MILLISECONDS = 3000

_HEADERS = {
    "Content-Type": "text/event-stream",
    "X-Accel-Buffering": "no",  # nginx would keep events until there are many
}


class EventHub:
    """All open streams of this process; looks at the store while there are any."""

    def __init__(self, load_pulse: Callable[[], Awaitable[str]], clock: Clock) -> None:
        self._load_pulse = load_pulse
        self._clock = clock
        self._streams: dict[asyncio.Event, str | None] = {}  # by bell, whose it is
        self._looking: asyncio.Task[None] | None = None
        self._closed = False
        self._pulse = ""

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._streams)

    @property
    def pulse(self) -> str:
        """The store's, as it was seen last; a name without meaning."""
        return self._pulse

    @property
    def is_closed(self) -> bool:
        """Whether all streams are to end."""
        return self._closed

    async def open(self, sender: str | None = None) -> asyncio.Event | None:
        """A stream's bell, rung at each change; None where there is no room. `leave` it.

        `sender`: the address that it is for; None where it is not known.
        """
        if self._closed or len(self._streams) >= MOST_STREAMS:
            return None
        if sender and list(self._streams.values()).count(sender) >= MOST_OF_ONE:
            return None
        bell = asyncio.Event()
        self._streams[bell] = sender
        if self._looking is None:
            await self._look()
            if self._looking is None:  # nobody else began meanwhile
                self._looking = asyncio.create_task(self._go_on_looking())
        return bell

    def leave(self, bell: asyncio.Event) -> None:
        """The page was closed; the last one ends the looking, too."""
        self._streams.pop(bell, None)
        if not self._streams and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def close(self) -> None:
        """End all streams: the service is told to stop."""
        self._closed = True
        self._ring()

    async def _go_on_looking(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        """A database that is away says nothing new."""
        try:
            found = await self._load_pulse()
        except Unavailable:
            return
        except Exception:
            log.exception("looking for news failed")
            return
        pulse = hashlib.sha256(found.encode()).hexdigest()[:16]
        if pulse != self._pulse:
            self._pulse = pulse
            self._ring()

    def _ring(self) -> None:
        for bell in self._streams:
            bell.set()


def make_routes(hub: EventHub, access: Access) -> list[web.RouteDef]:
    """The stream, for everybody who may see any page."""

    async def handle(request: web.Request) -> web.StreamResponse:
        await access.find_viewer(request)
        bell = await hub.open(find_sender(request.remote))
        if bell is None:
            return web.Response(
                status=503, text="too many pages are open", headers={"Retry-After": "60"}
            )
        try:
            return await _stream(request, hub, bell)
        finally:
            hub.leave(bell)

    return [web.get("/events", handle)]


def find_sender(peer: str | None) -> str | None:
    """Who speaks at the other end; None behind a proxy, which speaks for everybody.

    A proxy has an address of this machine or of a private net. What it forwards is not believed:
    anybody may write that header.
    """
    try:
        address = ipaddress.ip_address(peer or "")
    except ValueError:
        return None
    return str(address) if address.is_global else None


async def _stream(request: web.Request, hub: EventHub, bell: asyncio.Event) -> web.StreamResponse:
    response = web.StreamResponse(headers=_HEADERS)
    # Who comes back after a while is told at once whether anything happened meanwhile.
    known = request.headers.get("Last-Event-ID", hub.pulse)
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        await response.write(f"retry: {_RETRY_MILLISECONDS}\nid: {hub.pulse}\n\n".encode())
        while not hub.is_closed:
            bell.clear()
            if known != hub.pulse:
                known = hub.pulse
                await response.write(f"id: {known}\nevent: changed\ndata: {known}\n\n".encode())
                continue
            try:
                await asyncio.wait_for(bell.wait(), _BEAT_SECONDS)
            except TimeoutError:
                await response.write(b": still here\n\n")
    return response
