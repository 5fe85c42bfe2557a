"""`GET /activity`, `/search` and `/status`: what was decided, what is found, how the service is.

Read-only. Each page shows what its viewer may see.
"""

from typing import Protocol

from aiohttp import web

from bot.core.ports import Clock, HealthStore
from bot.core.ports.details import DetailStore
from bot.core.ports.search import SearchStore
from bot.web.access import Access
from bot.web.html import render_page
from bot.web.pages.addresses import find_address
from bot.web.pages.front import LoadProblems
from bot.web.pages.offsets import PAGE_SIZE, read_page

LONGEST_SEARCH = 200
"""Letters that are searched for; what is longer is cut."""


class ActivityStore(DetailStore, SearchStore, HealthStore, Protocol):
    """What is asked of the store."""


def make_routes(
    store: ActivityStore, access: Access, clock: Clock, load_problems: LoadProblems
) -> list[web.RouteDef]:
    """The pages."""
    pages = _Pages(store, access, clock, load_problems)
    return [
        web.get("/activity", pages.handle_activity),
        web.get("/search", pages.handle_search),
        web.get("/status", pages.handle_status),
    ]


class _Pages:
    def __init__(
        self, store: ActivityStore, access: Access, clock: Clock, load_problems: LoadProblems
    ) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._load_problems = load_problems

    async def handle_activity(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        page = read_page(request)
        rows = await self._store.load_decisions(page.offset, PAGE_SIZE + 1, viewer.repositories)
        return render_page(
            "activity.html",
            session=viewer.session,
            now=self._clock.now(),
            rows=rows[:PAGE_SIZE],
            page=page,
            later=page.find_later(len(rows) > PAGE_SIZE),
        )

    async def handle_search(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        page = read_page(request)
        text = request.query.get("q", "")[:LONGEST_SEARCH]
        hits = await self._store.search(text, page.offset, PAGE_SIZE + 1, viewer.repositories)
        return render_page(
            "search.html",
            session=viewer.session,
            now=self._clock.now(),
            text=text,
            hits=[(hit, find_address(hit)) for hit in hits[:PAGE_SIZE]],
            page=page,
            later=page.find_later(len(hits) > PAGE_SIZE),
        )

    async def handle_status(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        # Keys, builds and comments are named with their repositories.
        whole = viewer.sees_all
        return render_page(
            "status.html",
            session=viewer.session,
            now=self._clock.now(),
            problems=await self._load_problems(viewer),
            depth=await self._store.load_depth(),
            outbox=await self._store.load_outbox(),
            looked_at=await self._store.load_done("buildbot sweep"),
            notes=await self._store.load_notes() if whole else None,
            unread=await self._store.load_unread() if whole else None,
            whole=whole,
        )
