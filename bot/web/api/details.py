"""`GET /api/v1/…` of one thing, and the lists that lead there.

Read-only; each shows what its viewer may see. What is hidden is answered as what is not there.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from bot.core.incidents.as_of import find_belief, make_past_incident, make_timeline_of
from bot.core.incidents.differences import find_differences
from bot.core.ports import Clock
from bot.core.ports.details import DetailStore, Flake, IncidentDetail, PullDetail
from bot.core.ports.search import SearchStore
from bot.core.trends.builds import SHOWN_DAYS
from bot.web.access import Access, Viewer
from bot.web.api.builds_json import render_build_detail
from bot.web.api.details_json import (
    Json,
    iso,
    render_belief,
    render_builder,
    render_comment_decision,
    render_commit,
    render_decided,
    render_differences,
    render_event,
    render_flake,
    render_hit,
    render_record,
    render_summary,
    render_trend,
)
from bot.web.kept import Kept
from bot.web.moments import parse_moment
from bot.web.pages.addresses import find_address
from bot.web.pages.dashboard import (
    render_audit_entry,
    render_feedback,
    render_incident,
    render_pull,
)
from bot.web.pages.offsets import PAGE_SIZE, find_next, read_offset
from bot.web.pages.places import read_build, read_pull
from bot.web.pages.requests import render_request

_BUILDS_LISTED = 200

_Answer = Callable[[web.Request, Viewer], Awaitable[Json | None]]


class ApiStore(DetailStore, SearchStore, Protocol):
    """What is asked of the store."""


def make_routes(
    store: ApiStore, access: Access, public_url: str | None, clock: Clock
) -> list[web.RouteDef]:
    """All of it as JSON."""
    api = _Api(store, public_url or "", clock)

    def serve(answer: _Answer, what: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            found = await answer(request, await access.find_viewer(request))
            if found is None:
                return web.json_response({"error": f"no such {what} is shown to you"}, status=404)
            return web.json_response(found)

        return handle

    return [
        web.get("/api/v1/incidents/{id}", serve(api.load_incident, "incident")),
        web.get("/api/v1/pulls/{owner}/{name}/{number}", serve(api.load_pull, "pull")),
        web.get("/api/v1/builds/{source}/{id}", serve(api.load_build, "build")),
        web.get("/api/v1/builders", serve(api.load_builders, "list")),
        web.get("/api/v1/builders/{name}", serve(api.load_builder, "builder")),
        web.get("/api/v1/workers", serve(api.load_workers, "list")),
        web.get("/api/v1/workers/{name}", serve(api.load_worker, "worker")),
        web.get("/api/v1/tests/{name:.+}", serve(api.load_test, "test")),
        web.get("/api/v1/flakes", serve(api.load_flakes, "list")),
        web.get("/api/v1/activity", serve(api.load_activity, "list")),
        web.get("/api/v1/search", serve(api.search, "list")),
    ]


class _Api:
    def __init__(self, store: ApiStore, public_url: str, clock: Clock) -> None:
        self._store = store
        self._public_url = public_url
        self._clock = clock
        self._flakes = Kept[Sequence[Flake]](clock)  # out of all builds of a quarter

    @property
    def _since(self) -> datetime:
        return self._clock.now() - timedelta(days=SHOWN_DAYS)

    async def load_incident(self, request: web.Request, viewer: Viewer) -> Json | None:
        at = parse_moment(request.query["at"]) if "at" in request.query else None
        found = await self._store.load_incident_detail(
            request.match_info["id"], viewer.repositories
        )
        return render_incident_detail(found, self._public_url, at) if found else None

    async def load_pull(self, request: web.Request, viewer: Viewer) -> Json | None:
        place = read_pull(request)
        if place is None:
            return None
        found = await self._store.load_pull_detail(*place, viewer.repositories)
        return render_pull_detail(found, self._public_url) if found else None

    async def load_build(self, request: web.Request, viewer: Viewer) -> Json | None:
        ref = read_build(request)
        found = await self._store.load_build_detail(ref, viewer.repositories) if ref else None
        return render_build_detail(found, self._public_url) if found else None

    async def load_builders(self, request: web.Request, viewer: Viewer) -> Json:
        rows = await self._store.load_builder_list(viewer.repositories)
        return self._cut(request, "builders", [render_builder(*row) for row in rows])

    async def load_builder(self, request: web.Request, viewer: Viewer) -> Json | None:
        found = await self._store.load_builder_detail(
            request.match_info["name"], self._since, viewer.repositories
        )
        if found is None:
            return None
        return {
            "name": found.name,
            "names": list(found.names),
            "builder": None if found.known is None else render_builder(found.known, None),
            "builds": [render_summary(build) for build in found.builds[:_BUILDS_LISTED]],
            "incidents": [render_incident(*row, self._public_url) for row in found.incidents],
            **render_trend(found.builds),
        }

    async def load_workers(self, request: web.Request, viewer: Viewer) -> Json:
        rows = [
            {
                "name": name,
                "builders": list(builders),
                "last_build": None if last is None else render_summary(last),
            }
            for name, builders, last in await self._store.load_worker_list(viewer.repositories)
        ]
        return self._cut(request, "workers", rows)

    async def load_worker(self, request: web.Request, viewer: Viewer) -> Json | None:
        found = await self._store.load_worker_detail(
            request.match_info["name"], self._since, viewer.repositories
        )
        if found is None:
            return None
        return {
            "name": found.name,
            "builders": list(found.builders),
            "builds": [render_summary(build) for build in found.builds[:_BUILDS_LISTED]],
            **render_trend(found.builds),
        }

    async def load_test(self, request: web.Request, viewer: Viewer) -> Json | None:
        found = await self._store.load_test_detail(
            request.match_info["name"], self._since, viewer.repositories
        )
        if found is None:
            return None
        return {
            "name": found.name,
            "since": iso(found.since),
            "built": dict(found.built),
            "builds": [render_summary(build) for build in found.shown_by[:_BUILDS_LISTED]],
            "incidents": [render_incident(*row, self._public_url) for row in found.incidents],
            "days": render_trend(found.shown_by)["days"],
        }

    async def load_flakes(self, request: web.Request, viewer: Viewer) -> Json:
        visible = viewer.repositories
        rows = await self._flakes.recall(
            visible, lambda: self._store.load_flakes(self._since, visible)
        )
        return self._cut(request, "flakes", [render_flake(row) for row in rows])

    async def load_activity(self, request: web.Request, viewer: Viewer) -> Json:
        offset = read_offset(request)
        rows = await self._store.load_decisions(offset, PAGE_SIZE + 1, viewer.repositories)
        following = find_next(self._public_url, request, offset, rows)
        return {"activity": [render_decided(r) for r in rows[:PAGE_SIZE]], "next": following}

    async def search(self, request: web.Request, viewer: Viewer) -> Json:
        offset, text = read_offset(request), request.query.get("q", "")
        rows = await self._store.search(text, offset, PAGE_SIZE + 1, viewer.repositories)
        following = find_next(self._public_url, request, offset, rows)
        hits = [render_hit(hit, f"{self._public_url}{find_address(hit)}") for hit in rows]
        return {"hits": hits[:PAGE_SIZE], "next": following}

    def _cut(self, request: web.Request, name: str, rows: Sequence[Json]) -> Json:
        """One page of a list that was loaded whole."""
        offset = read_offset(request)
        shown = rows[offset : offset + PAGE_SIZE + 1]
        following = find_next(self._public_url, request, offset, shown)
        return {name: list(shown[:PAGE_SIZE]), "next": following}


def render_incident_detail(found: IncidentDetail, public_url: str, at: datetime | None) -> Json:
    """An incident whole; `at`: as it was decided then."""
    incident, report = found.incident, found.report
    belief = find_belief(found.beliefs, at) if at is not None else None
    shown = incident if at is None else make_past_incident(incident, belief)
    asked = [(found.repository, record) for record in report.asked]
    return {
        **render_incident(found.repository, shown, public_url),
        "at": iso(at),
        "decided_at": iso(belief.at) if belief else None,
        "signatures": [
            {"kind": s.kind.value, "site": s.site, "suite": s.suite, "message": s.message}
            for s in incident.signatures
        ],
        "timeline": [render_event(event) for event in make_timeline_of(found)],
        "beliefs": [render_belief(belief) for belief in found.beliefs],
        "commits": [render_commit(commit) for commit in report.commits],
        "builds": [render_record(record) for record in report.builds],
        "differences": [render_differences(d) for d in find_differences(incident, report.builds)],
        "comments": [render_pull(found.repository, c, None) for c in found.comments],
        "commands": [render_audit_entry(found.repository, a) for a in found.actions],
        "requests": [render_request(*row) for row in asked],
        "labels": [render_feedback(found.repository, label) for label in found.feedback],
    }


def render_pull_detail(found: PullDetail, public_url: str) -> Json:
    """A pull whole."""
    home = found.repository
    return {
        "repo": home.full_name,
        "number": found.number,
        "comment": render_pull(home, found.comment, None) if found.comment else None,
        "commits": [
            {"branch": branch, **render_commit(commit)} for branch, commit in found.commits
        ],
        "incidents": [render_incident(home, incident, public_url) for incident in found.incidents],
        "decisions": [render_comment_decision(decision) for decision in found.decisions],
        "commands": [render_audit_entry(home, action) for action in found.actions],
        "requests": [render_request(home, record) for record in found.requests],
    }
