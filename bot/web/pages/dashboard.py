"""`GET /api/v1/…`: what is wanted and what stands.

Read-only. What is shown to whom, `web.access` decides; with `DASHBOARD=off` there are no routes.
"""

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from bot.core.model import Incident, PullComment, Repository, Suspect
from bot.core.model.commands import AuditEntry, Feedback
from bot.core.ports import DashboardStore
from bot.web.access import Access
from bot.web.pages.offsets import PAGE_SIZE, find_next, read_offset


def make_routes(
    store: DashboardStore, access: Access, public_url: str | None
) -> list[web.RouteDef]:
    """Lists as JSON; each shows what its viewer may see."""
    pages = _Pages(store, access, public_url)
    return [
        web.get("/api/v1/pulls", pages.handle_pulls),
        web.get("/api/v1/incidents", pages.handle_incidents),
        web.get("/api/v1/audit", pages.handle_audit),
        web.get("/api/v1/labels", pages.handle_feedback),
    ]


class _Pages:
    def __init__(self, store: DashboardStore, access: Access, public_url: str | None) -> None:
        self._store = store
        self._access = access
        self._public_url = public_url or ""

    async def handle_pulls(self, request: web.Request) -> web.Response:
        offset = read_offset(request)
        viewer = await self._access.find_viewer(request)
        rows = await self._store.load_pull_comments(offset, PAGE_SIZE + 1, viewer.repositories)
        pulls = [render_pull(*row) for row in rows[:PAGE_SIZE]]
        return web.json_response({"pulls": pulls, "next": self._next(request, offset, rows)})

    async def handle_incidents(self, request: web.Request) -> web.Response:
        offset = read_offset(request)
        viewer = await self._access.find_viewer(request)
        rows = await self._store.load_incident_page(offset, PAGE_SIZE + 1, viewer.repositories)
        incidents = [render_incident(*row, self._public_url) for row in rows[:PAGE_SIZE]]
        return web.json_response(
            {"incidents": incidents, "next": self._next(request, offset, rows)}
        )

    async def handle_audit(self, request: web.Request) -> web.Response:
        offset = read_offset(request)
        viewer = await self._access.find_viewer(request)
        rows = await self._store.load_audit_page(offset, PAGE_SIZE + 1, viewer.repositories)
        actions = [render_audit_entry(*row) for row in rows[:PAGE_SIZE]]
        return web.json_response({"audit": actions, "next": self._next(request, offset, rows)})

    async def handle_feedback(self, request: web.Request) -> web.Response:
        offset = read_offset(request)
        viewer = await self._access.find_viewer(request)
        rows = await self._store.load_feedback_page(offset, PAGE_SIZE + 1, viewer.repositories)
        labels = [render_feedback(*row) for row in rows[:PAGE_SIZE]]
        return web.json_response({"labels": labels, "next": self._next(request, offset, rows)})

    def _next(self, request: web.Request, offset: int, rows: Sequence[object]) -> str | None:
        return find_next(self._public_url, request, offset, rows)


def render_pull(
    repository: Repository, comment: PullComment, merge_sha: str | None
) -> dict[str, object]:
    """One row of `/api/v1/pulls`."""
    return {
        "repo": repository.full_name,
        "number": comment.number,
        "merge_sha": merge_sha,
        "incidents": list(comment.incidents),
        "wanted": comment.wanted,
        "standing": comment.standing,
        "comment_id": comment.comment_id,
        "posted_at": _iso(comment.posted_at),
        "why_silent": comment.why_silent,
    }


def render_incident(
    repository: Repository, incident: Incident, public_url: str
) -> dict[str, object]:
    """One row of `/api/v1/incidents`."""
    return {
        "repo": repository.full_name,
        "branch": incident.branch,
        "url": f"{public_url}/incidents/{incident.id}",
        "id": incident.id,
        "tests": sorted({s.site for s in incident.signatures}),
        "builders": list(incident.builders),
        "range": [incident.range.last_good, incident.range.first_bad],
        "ranges": [
            {
                "builder": r.builder,
                "range": [r.range.last_good, r.range.first_bad],
                "last_good_build": r.last_good_build.id if r.last_good_build else None,
                "first_bad_build": r.first_bad_build.id,
            }
            for r in incident.ranges
        ],
        "verdict": incident.verdict.value,
        "state": incident.state.value,
        "pull": incident.pull,
        "confidence": incident.confidence,
        "reason": incident.reason,
        "awaited": list(incident.awaited),
        "suspects": [_render_suspect(s) for s in incident.suspects],
        "record": {"flakes": incident.record.flakes, "runs": incident.record.runs}
        if incident.record
        else None,
        "opened": incident.opened_at.timestamp(),
        "closed": incident.closed_at.timestamp() if incident.closed_at else None,
        "fix": {
            "range": [incident.fix.range.last_good, incident.fix.range.first_bad],
            "pr": incident.fix.pull,
            "sha": incident.fix.sha,
        }
        if incident.fix
        else None,
    }


def render_audit_entry(repository: Repository, action: AuditEntry) -> dict[str, object]:
    """One row of `/api/v1/audit`: who told us what, where, and what came of it."""
    return {
        "repo": repository.full_name or None,
        "number": action.number,
        "comment_id": action.comment_id,
        "position": action.position,
        "by": action.by,
        "role": action.role.value,
        "command": action.command,
        "argument": action.argument,
        "said_at": _iso(action.said_at),
        "acted_at": _iso(action.acted_at),
        "result": action.result.value,
        "answer": action.answer,
    }


def render_feedback(repository: Repository, label: Feedback) -> dict[str, object]:
    """One row of `/api/v1/labels`: a word on a verdict, and what we believed at the time."""
    return {
        "repo": repository.full_name or None,
        "incident": label.incident_id,
        "source": label.source,
        "label": label.word.value,
        "verdict": label.verdict,
        "pull": label.pull,
        "confidence": label.confidence,
        "at": _iso(label.at),
        "undone": label.undone,
    }


def _render_suspect(suspect: Suspect) -> dict[str, object]:
    """`weight` is the natural logarithm of what this build multiplies the odds with."""
    return {
        "sha": suspect.sha,
        "pr": suspect.pull,
        "p": suspect.p,
        "testimony": [
            {
                "builder": t.builder,
                "buildid": t.build.id,
                "outcome": t.outcome.value,
                "weight": t.weight,
                "told": t.told,
            }
            for t in suspect.testimony
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
