"""`GET /`: is it healthy, who is on it, what is stuck, when does the next answer come.

Read-only. In: a viewer. Out: one page of all branches and open incidents that they may see.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.core.commands.parser import COMMANDS
from bot.core.ports import Clock, DashboardStore
from bot.web.access import Access, Viewer
from bot.web.current_work import WorkMonitor
from bot.web.html import render_page
from bot.web.pages.overview import ANSWER_LOOKS, STANDING_LOOKS
from bot.web.pages.situation import Situations

_FEW = 20  # comments, and words of people, on the first page

LoadProblems = Callable[[Viewer], Awaitable[Sequence[tuple[str, str]]]]
"""What is wrong with the service, as far as a viewer may know, and what to do about each."""


class FrontStore(DashboardStore, Protocol):
    """What is asked of the store."""

    async def load_done(self, name: str) -> datetime | None:
        """When any instance last did this, by our own clock."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """What the head line tells of the service itself."""

    clock: Clock
    buildbot: str  # its address
    posts: bool  # comments are written; else it is a dry run
    website: str  # where people see what GitHub's API tells of
    load_problems: LoadProblems
    public_url: str | None = None


def make_routes(
    store: FrontStore,
    access: Access,
    service: Service,
    situations: Situations,
    work: WorkMonitor,
) -> list[web.RouteDef]:
    """The page; it shows what its viewer may see."""
    page = _FrontPage(store, access, service, situations, work)
    return [web.get("/", page.handle)]


class _FrontPage:
    def __init__(
        self,
        store: FrontStore,
        access: Access,
        service: Service,
        situations: Situations,
        work: WorkMonitor,
    ) -> None:
        self._store = store
        self._access = access
        self._service = service
        self._situations = situations
        self._work = work

    async def handle(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        store, visible, service = self._store, viewer.repositories, self._service
        now = service.clock.now()
        situation = await self._situations.recall(visible)
        return render_page(
            "index.html",
            session=viewer.session,
            now=now,
            service=service,
            problems=await service.load_problems(viewer),
            looked_at=await store.load_done("buildbot sweep"),
            builders=len({b.builder for fleet in situation.fleets for b in fleet.builders}),
            branches=situation.branches,
            work=await self._work.recall(viewer),
            incidents=situation.incidents,
            is_red=bool(situation.incidents),
            comments=await store.load_pull_comments(0, _FEW, visible),
            actions=await store.load_audit_page(0, _FEW, visible),
            commands=COMMANDS,
            viewer=viewer,
            has_login=self._access.has_login,
            root=service.public_url or "",
            website=service.website,
            answer_looks=ANSWER_LOOKS,
            standing_looks=STANDING_LOOKS,
        )
