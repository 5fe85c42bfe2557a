"""Pages while the database is away: as they were shown last, with the time of that.

In: what pages answer. Out: the same; where one cannot be shown now, what everybody could see of it
last. What was shown after a login is not kept: who may see it now, only the database knows.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from markupsafe import Markup

from bot.core.errors import Unavailable
from bot.core.ports import Clock
from bot.web.credentials import sends_credentials
from bot.web.pages.not_found import answer_away, answer_no_page
from bot.web.words import tell_time

# Ten megabytes at most, of what people look at while something is broken.
_MOST_PAGES = 32
_LARGEST = 300_000  # bytes
# What was public then may be private by now, and nobody can tell.
LONGEST_KEPT = timedelta(hours=6)

MACHINES = (
    "/api/",
    "/health",
    "/livez",
    "/readyz",
    "/metrics",
    "/static/",
    "/badges/",
    "/feeds/",
    "/events",
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page as everybody saw it."""

    body: bytes
    headers: dict[str, str]
    at: datetime


class LastKnown:
    """The last pages that everybody could see."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def keep(self, request: web.Request, answer: web.Response) -> None:
        """Remember a page; the one that nobody looked at for longest gives way.

        One with a query is not kept: there is no end of them.
        """
        body = answer.body
        if request.query_string or not isinstance(body, bytes) or len(body) > _LARGEST:
            return
        policy = {"Content-Security-Policy": answer.headers.get("Content-Security-Policy", "")}
        self._kept[request.path] = _Kept(body, policy, self._clock.now())
        self._kept.move_to_end(request.path)
        while len(self._kept) > _MOST_PAGES:
            self._kept.popitem(last=False)

    def find(self, request: web.Request) -> web.Response | None:
        """The page as it was shown last, with a note on top."""
        kept = self._kept.get(request.path)
        if kept is None or self._clock.now() - kept.at > LONGEST_KEPT:
            return None
        body = _put_note(kept.body, kept.at)
        return web.Response(body=body, status=200, content_type="text/html", headers=kept.headers)


_NOTE = Markup(
    '<p class="notice warn" role="status">The database does not answer: '
    "this is what was known at {}.</p>"
)


def _put_note(body: bytes, at: datetime) -> bytes:
    """At the beginning of what a page says."""
    before, begin, rest = body.partition(b"<main")
    tag, end, after = rest.partition(b">")
    note = _NOTE.format(tell_time(at)).encode()
    return b"".join([before, begin, tag, end, note, after]) if end else body


def make_page_errors(clock: Clock) -> Middleware:
    """What people see where a page is not there, or cannot be shown now; machines get words."""
    last = LastKnown(clock)

    @web.middleware
    async def show_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method != "GET" or request.path.startswith(MACHINES):
            return await handler(request)
        is_anybody = not sends_credentials(request.headers)
        try:
            answer = await handler(request)
        except Unavailable as error:
            return last.find(request) or answer_away(error)
        except web.HTTPNotFound:
            if "text/html" not in request.headers.get("Accept", ""):
                raise
            return answer_no_page(request.path)
        if is_anybody and isinstance(answer, web.Response) and answer.status == 200:
            last.keep(request, answer)
        return answer

    return show_errors
