"""`GET /incidents/…` and `/pulls/…`: one incident, also as it was decided then; one pull.

Read-only. Each page shows what its viewer may see; what is hidden is answered as what is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.core.errors import Malformed
from bot.core.incidents.as_of import find_belief, make_past_incident, make_timeline_of
from bot.core.incidents.differences import find_differences
from bot.core.model import BuildCell, Incident, Says
from bot.core.ports import Clock
from bot.core.ports.details import DetailStore
from bot.core.ports.search import SearchStore
from bot.core.render.comment import Report
from bot.core.render.known_issue import describe_state
from bot.web.access import Access
from bot.web.charts import draw_beliefs
from bot.web.html import render_page
from bot.web.moments import parse_moment
from bot.web.pages.not_found import answer_not_found
from bot.web.pages.places import read_pull

SAYS_LOOKS = {
    Says.PASS: "good",
    Says.FAIL: "bad",
    Says.FLAKED: "flaky",
    Says.NOTHING: "neutral",
    Says.RUNNING: "running",
}


class IncidentStore(DetailStore, SearchStore, Protocol):
    """What is asked of the store."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid's cut of an incident: its commits down, its builders across."""

    builders: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[tuple[BuildCell, ...], ...]], ...]  # sha, title, cells


def make_routes(
    store: IncidentStore, access: Access, clock: Clock, website: str
) -> list[web.RouteDef]:
    """The pages of incidents and pulls."""
    pages = _Pages(store, access, clock, website)
    return [
        web.get("/incidents/{id}", pages.handle_incident),
        web.get("/pulls/{owner}/{name}/{number}", pages.handle_pull),
    ]


class _Pages:
    def __init__(self, store: IncidentStore, access: Access, clock: Clock, website: str) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._website = website

    async def handle_incident(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        name = request.match_info["id"]
        found = await self._store.load_incident_detail(name, viewer.repositories)
        if found is None:
            return await answer_not_found(self._store, viewer, "incident", name)
        at, note = read_at(request)
        belief = find_belief(found.beliefs, at) if at is not None else None
        incident = found.incident if at is None else make_past_incident(found.incident, belief)
        return render_page(
            "incident.html",
            session=viewer.session,
            now=self._clock.now(),
            website=self._website,
            repository=found.repository,
            incident=incident,
            at=at,
            decided_at=belief.at if belief else None,
            note=note,
            timeline=make_timeline_of(found),
            beliefs=found.beliefs,
            chart=draw_beliefs(found.beliefs),
            titles={commit.sha: commit for commit in found.report.commits},
            grid=make_grid(found.report),
            says_looks=SAYS_LOOKS,
            differences=find_differences(found.incident, found.report.builds),
            failing=found.report.failing_builds,
            readings={r.build.ref: r.reading for r in found.report.builds},
            comments=found.comments,
            actions=found.actions,
            asked=found.report.asked,
            issue=found.report.issue,
            issue_state=describe_state(found.report.issue, found.incident)
            if found.report.issue
            else "",
            feedback=found.feedback,
            is_red=False,
        )

    async def handle_pull(self, request: web.Request) -> web.Response:
        viewer = await self._access.find_viewer(request)
        place = read_pull(request)
        found = await self._store.load_pull_detail(*place, viewer.repositories) if place else None
        if found is None:
            name = "{owner}/{name}#{number}".format(**request.match_info)
            return await answer_not_found(self._store, viewer, "pull", name)
        comment = found.comment
        return render_page(
            "pull.html",
            session=viewer.session,
            now=self._clock.now(),
            website=self._website,
            repository=found.repository,
            pull=found,
            comment=comment,
            changes=comment is not None and comment.wanted != comment.standing,
        )


def read_at(request: web.Request) -> tuple[datetime | None, str]:
    """The moment that is asked for, and what is said of one that is none."""
    text = request.query.get("at", "")
    if not text:
        return None, ""
    try:
        return parse_moment(text), ""
    except Malformed as error:
        return None, f"{str(error).capitalize()}: this is how it stands now."


_MOST_ROWS = 30


def make_grid(report: Report) -> Grid:
    """The commits of which there is a build, newest first, on the builders that showed it."""
    builders = _find_builders(report.incident)
    titles = {commit.sha: commit.title for commit in report.commits}
    order = [commit.sha for commit in report.commits]
    built = {cell.sha for cell in report.cells}
    # Commits of the line in its order; what is not on it any more, after them.
    shas = [sha for sha in reversed(order) if sha in built] + sorted(built - set(order))
    cells = sorted(report.cells, key=lambda cell: cell.ref)
    rows = [
        (sha, titles.get(sha, ""), tuple(_find_cells(cells, sha, name) for name in builders))
        for sha in shas[:_MOST_ROWS]
    ]
    return Grid(builders, tuple(rows))


def _find_builders(incident: Incident) -> tuple[str, ...]:
    return tuple(sorted({one.builder for one in incident.ranges}))


def _find_cells(cells: Sequence[BuildCell], sha: str, builder: str) -> tuple[BuildCell, ...]:
    return tuple(cell for cell in cells if (cell.sha, cell.builder) == (sha, builder))
