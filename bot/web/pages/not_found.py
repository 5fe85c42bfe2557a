"""404 for people: what is not there or not theirs, what is called nearly so, and how to search."""

import re

from aiohttp import web

from bot.core.errors import Unavailable
from bot.core.ports.search import SearchStore
from bot.web.access import Viewer
from bot.web.html import render_page
from bot.web.pages.addresses import find_address

_NEAREST = 8
_SEPARATOR = re.compile(r"[^\w]+")


async def answer_not_found(
    store: SearchStore, viewer: Viewer, what: str, name: str
) -> web.Response:
    """What is hidden from a viewer is answered in the same words as what is not there."""
    name = name.encode("utf-8", "replace").decode()
    hits = await store.search(name, 0, _NEAREST, viewer.repositories)
    if not hits:
        # Of a name that is nearly so, its longest part is likely to be right.
        parts = sorted(_SEPARATOR.split(name), key=len)
        hits = await store.search(parts[-1], 0, _NEAREST, viewer.repositories)
    return render_page(
        "not_found.html",
        status=404,
        session=viewer.session,
        what=what,
        name=name,
        hits=[(hit, find_address(hit)) for hit in hits],
    )


def answer_no_page(path: str) -> web.Response:
    """An address that leads nowhere."""
    return render_page("not_found.html", status=404, what="page", name=path, hits=())


def answer_away(error: Unavailable) -> web.Response:
    """Something that pages need does not answer."""
    return render_page("away.html", status=503, reason=error.reason)
