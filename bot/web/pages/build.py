"""`GET /builds/…`: one build: its steps, what was read from its logs, and its part in incidents.

Read-only. It shows what its viewer may see; what is hidden is answered as what is not there.
"""

from typing import Protocol

from aiohttp import web

from bot.core.ports import Clock
from bot.core.ports.details import DetailStore
from bot.core.ports.search import SearchStore
from bot.web.access import Access
from bot.web.html import render_page
from bot.web.pages.not_found import answer_not_found
from bot.web.pages.places import read_build


class BuildStore(DetailStore, SearchStore, Protocol):
    """What is asked of the store."""


def make_routes(
    store: BuildStore, access: Access, clock: Clock, website: str
) -> list[web.RouteDef]:
    """The page; `website` is where people see what GitHub's API tells of."""

    async def handle(request: web.Request) -> web.Response:
        viewer = await access.find_viewer(request)
        ref = read_build(request)
        found = await store.load_build_detail(ref, viewer.repositories) if ref else None
        if found is None:
            name = "{source}/{id}".format(**request.match_info)
            return await answer_not_found(store, viewer, "build", name)
        return render_page(
            "build.html",
            session=viewer.session,
            now=clock.now(),
            website=website,
            record=found.record,
            reading=found.record.reading,
            repository=found.repository,
            commit=found.commit,
            incidents=found.incidents,
        )

    return [web.get("/builds/{source}/{id}", handle)]
