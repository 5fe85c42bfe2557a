"""`GET /incidents`: all incidents, also those that are over, the newest first.

Read-only. It shows what its viewer may see; a state that is none is ignored, with a note.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from aiohttp import web

from bot.core.model import Incident, IncidentState, Repository
from bot.core.ports import Clock
from bot.web.access import Access
from bot.web.html import render_page
from bot.web.pages.offsets import PAGE_SIZE, read_page


class IncidentListStore(Protocol):
    """What is asked of the store."""

    async def load_incident_list(
        self,
        state: IncidentState | None,
        offset: int,
        limit: int,
        visible: Collection[int] | None = None,
    ) -> Sequence[tuple[Repository, Incident]]:
        """Incidents in a state, or all, the newest first."""
        ...


def make_routes(store: IncidentListStore, access: Access, clock: Clock) -> list[web.RouteDef]:
    """The page."""

    async def handle(request: web.Request) -> web.Response:
        viewer = await access.find_viewer(request)
        page, (state, note) = read_page(request), _read_state(request)
        rows = await store.load_incident_list(
            state, page.offset, PAGE_SIZE + 1, viewer.repositories
        )
        return render_page(
            "incidents.html",
            session=viewer.session,
            now=clock.now(),
            rows=rows[:PAGE_SIZE],
            chosen=state,
            states=tuple(IncidentState),
            notes=[text for text in (page.note, note) if text],
            page=page,
            later=page.find_later(len(rows) > PAGE_SIZE),
        )

    return [web.get("/incidents", handle)]


def _read_state(request: web.Request) -> tuple[IncidentState | None, str]:
    """The state that is asked for, and what is said of one that is none."""
    text = request.query.get("state", "")
    if text in set(IncidentState):
        return IncidentState(text), ""
    names = ", ".join(IncidentState)
    return None, f"A state is one of {names}: “{text[:40]}” is passed over." if text else ""
