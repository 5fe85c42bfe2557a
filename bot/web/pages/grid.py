"""`GET /grid`: commits down, builders across; by time instead of commits it is a waterfall.

Read-only. All that is set stands in the address, so that it can be sent; what fits nothing is
passed over with a note.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from markupsafe import Markup

from bot.core.fleet.facets import FacetRule
from bot.core.fleet.filters import TEXT, filter_builders
from bot.core.fleet.grid import GridRow
from bot.core.model import IncidentState, Repository
from bot.core.ports import Clock, GridStore
from bot.web.access import Access
from bot.web.current_work import WorkMonitor
from bot.web.html import render_page
from bot.web.pages.grid_rows import (
    Asked,
    GridPage,
    find_running,
    load_commits,
    load_hours,
    read_moment,
    read_position,
)
from bot.web.pages.grid_table import count_lanes, render_row

ROWS = (50, 100, 200, 500)
"""How many commits a page may have."""

CHUNK = 50
"""Rows with a head of their own: what is out of sight is not laid out."""

_AXES = {"commit": "by commit", "time": "by time"}


@dataclass(frozen=True, slots=True)
class GridSettings:
    """What the grid needs to know besides."""

    clock: Clock
    website: str
    facets: Sequence[FacetRule]


def make_routes(
    store: GridStore, access: Access, settings: GridSettings, work: WorkMonitor
) -> list[web.RouteDef]:
    """The page; it shows what its viewer may see."""
    return [web.get("/grid", _Pages(store, access, settings, work).handle)]


class _Pages:
    def __init__(
        self, store: GridStore, access: Access, settings: GridSettings, work: WorkMonitor
    ) -> None:
        self._store = store
        self._access = access
        self._settings = settings
        self._work = work

    async def handle(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        branches = await self._store.load_built_branches(viewer.repositories)
        query: Mapping[str, str] = request.query
        notes: list[str] = []
        place = _choose_branch(branches, query, notes)
        values: dict[str, Any] = {
            "branches": [_name(*b) for b in branches],
            "axes": _AXES,
            "sizes": ROWS,
        }
        if place is None:
            return render_page("grid.html", session=viewer.session, place=None, **values)
        axis = _choose(query, "by", tuple(_AXES), notes)
        size = int(_choose(query, "rows", tuple(map(str, ROWS)), notes))
        records = await self._store.load_builders_of(place[0].repo_id, place[1])
        filtered = filter_builders(records, query, self._settings.facets)
        names = [builder.builder for builder in filtered.builders]
        incidents = await self._store.load_incidents_of(place[0].repo_id, place[1])
        running = find_running(await self._work.recall(viewer), *place)
        asked = Asked(place[0].repo_id, place[1], names, incidents, running, size)
        page = await self._load(asked, query, notes, by_time=axis == "time")
        lanes = count_lanes(page.rows)
        where = (lanes, self._settings.website, place[0].full_name)
        # Five hundred commits of a hundred builders take half a second, and doors share the loop.
        chunks = await asyncio.to_thread(_render_chunks, page.rows, names, *where)
        kept = {"branch": _name(*place), **filtered.chosen, "by": axis, "rows": str(size)}
        return render_page(
            "grid.html",
            session=viewer.session,
            place=place,
            axis=axis,
            size=size,
            names=names,
            all_builders=len(records),
            filtered=filtered,
            text=filtered.chosen.get(TEXT, ""),
            notes=[*notes, *filtered.notes],
            lanes=lanes,
            chunks=chunks,
            newer=_link(kept, page.newer),
            older=_link(kept, page.older),
            is_red=any(i.state is IncidentState.OPEN for i in incidents),
            **values,
        )

    async def _load(
        self, asked: Asked, query: Mapping[str, str], notes: list[str], *, by_time: bool
    ) -> GridPage:
        if not by_time:
            return await load_commits(self._store, asked, read_position(query, notes))
        now = self._settings.clock.now()
        return await load_hours(self._store, asked, read_moment(query, notes), now)


def _name(repository: Repository, branch: str) -> str:
    return repository.name_branch(branch)


def _choose_branch(
    branches: Sequence[tuple[Repository, str]], query: Mapping[str, str], notes: list[str]
) -> tuple[Repository, str] | None:
    """The branch by its whole name, or by its own where that is enough; else the first."""
    wanted = query.get("branch", "")
    for place in branches:
        if wanted in {_name(*place), place[1]}:
            return place
    if wanted:
        notes.append(f"No branch here is called “{wanted[:100]}”: it is passed over.")
    return branches[0] if branches else None


def _choose(query: Mapping[str, str], name: str, allowed: Sequence[str], notes: list[str]) -> str:
    value = query.get(name, "")
    if value and value not in allowed:
        notes.append(f"“{name}” can be {', '.join(allowed)}: “{value[:100]}” is passed over.")
    return value if value in allowed else allowed[0]


def _link(kept: Mapping[str, str], before: str | None) -> str | None:
    """The page that begins there; an empty `before` is the newest one, None: there is none."""
    if before is None:
        return None
    return f"/grid?{urlencode({**kept, **({'before': before} if before else {})})}"


def _render_chunks(
    rows: Sequence[GridRow], names: Sequence[str], lanes: int, website: str, repository: str
) -> list[Markup]:
    rendered = [render_row(row, names, lanes, website, repository) for row in rows]
    return [Markup("").join(rendered[at : at + CHUNK]) for at in range(0, len(rendered), CHUNK)]
