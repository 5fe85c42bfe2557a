"""`GET /grid`: commits down, builders across; by time instead of commits it is a waterfall.

Read-only. All that is set stands in the address, so that it can be sent; what fits nothing is
passed over with a note.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from markupsafe import Markup

from bot.core.fleet.facets import FacetRule
from bot.core.fleet.filters import TEXT, filter_builders
from bot.core.fleet.grid import MOST_BRACKETS, GridRow, find_hour, make_commit_rows, make_hour_rows
from bot.core.model import Incident, IncidentState, Repository
from bot.core.ports import Clock, GridStore
from bot.web.access import Access
from bot.web.html import render_page
from bot.web.pages.grid_table import render_row

ROWS = (50, 100, 200, 500)
"""How many commits a page may have."""

CHUNK = 50
"""Rows with a head of their own: what is out of sight is not laid out."""

_BUILDS_BY_TIME = 1000

_AXES = {"commit": "by commit", "time": "by time"}


@dataclass(frozen=True, slots=True)
class GridSettings:
    """What the grid needs to know besides."""

    clock: Clock
    website: str
    facets: Sequence[FacetRule]


@dataclass(frozen=True, slots=True)
class _Page:
    """Rows and where the neighbouring pages begin; None: there is none."""

    rows: Sequence[GridRow]
    newer: str | None
    older: str | None


def make_routes(store: GridStore, access: Access, settings: GridSettings) -> list[web.RouteDef]:
    """The page; it shows what its viewer may see."""
    return [web.get("/grid", _GridPage(store, access, settings).handle)]


class _GridPage:
    def __init__(self, store: GridStore, access: Access, settings: GridSettings) -> None:
        self._store = store
        self._access = access
        self._settings = settings

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
        load = self._load_hours if axis == "time" else self._load_commits
        incidents = await self._store.load_incidents_of(place[0].repo_id, place[1])
        page = await load(place, names, incidents, query, size=size, notes=notes)
        where = (self._settings.website, place[0].full_name)
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
            lanes=MOST_BRACKETS,
            chunks=chunks,
            newer=_link(kept, page.newer),
            older=_link(kept, page.older),
            is_red=any(i.state is IncidentState.OPEN for i in incidents),
            **values,
        )

    async def _load_commits(
        self,
        place: tuple[Repository, str],
        names: Sequence[str],
        incidents: Sequence[Incident],
        query: Mapping[str, str],
        *,
        size: int,
        notes: list[str],
    ) -> _Page:
        repo_id, branch = place[0].repo_id, place[1]
        before = _read_position(query, notes)
        page = await self._store.load_commit_page(repo_id, branch, before, size)
        built = await self._store.load_builds_of(repo_id, branch, [c.sha for c in page.commits])
        rows = await asyncio.to_thread(make_commit_rows, page.commits, names, built, incidents)
        newer = (
            str(page.first + size + 1) if before is not None and page.first is not None else None
        )
        return _Page(rows, newer, str(page.last) if page.goes_on else None)

    async def _load_hours(
        self,
        place: tuple[Repository, str],
        names: Sequence[str],
        incidents: Sequence[Incident],
        query: Mapping[str, str],
        *,
        size: int,  # noqa: ARG002 - a page of hours holds so many builds
        notes: list[str],
    ) -> _Page:
        repo_id, branch = place[0].repo_id, place[1]
        now = self._settings.clock.now() + timedelta(days=1)  # no clock is compared with another's
        before = _read_moment(query, notes)
        built = await self._store.load_builds_before(
            repo_id, branch, before or now, _BUILDS_BY_TIME
        )
        older = find_hour(built[-1].build) + timedelta(hours=1) if built else None
        goes_on = len(built) == _BUILDS_BY_TIME and older is not None
        if goes_on and older is not None:  # the last hour may be cut: it is the next page's
            built = [b for b in built if find_hour(b.build) >= older] or built
        rows = make_hour_rows(names, built, incidents)
        return _Page(rows, None, f"{older:%Y-%m-%dT%H}" if goes_on and older else None)


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


def _read_position(query: Mapping[str, str], notes: list[str]) -> int | None:
    text = query.get("before", "")
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    if text:
        notes.append(f"“before” is a number: “{text[:100]}” is passed over.")
    return None


def _read_moment(query: Mapping[str, str], notes: list[str]) -> datetime | None:
    text = query.get("before", "")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC) if text else None
    except ValueError:
        notes.append(f"“before” is an hour as 2026-01-31T15: “{text[:100]}” is passed over.")
        return None


def _link(kept: Mapping[str, str], before: str | None) -> str | None:
    return None if before is None else f"/grid?{urlencode({**kept, 'before': before})}"


def _render_chunks(
    rows: Sequence[GridRow], names: Sequence[str], website: str, repository: str
) -> list[Markup]:
    rendered = [render_row(row, names, website, repository) for row in rows]
    return [Markup("").join(rendered[at : at + CHUNK]) for at in range(0, len(rendered), CHUNK)]
