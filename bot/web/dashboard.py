"""`GET /` and `GET /api/v1/…`: what is wanted and what stands, for people and as JSON.

Read-only. With `DASHBOARD=basic` a password is asked for; with `off` the routes do not exist.
"""

import base64
import hmac
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from bot import __version__
from bot.core.commands import COMMANDS
from bot.core.errors import Malformed
from bot.core.model import Incident, Repository, Speech, Suspect
from bot.core.people import Action, Label
from bot.ports import DashboardStore

PAGE_SIZE = 50
_FEW = 20  # of what people said, on the first page

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["exp"] = math.exp


def make_routes(
    store: DashboardStore, access: str, password: str | None, public_url: str | None
) -> list[web.RouteDef]:
    """The routes that `DASHBOARD` allows."""
    if access == "off":
        return []
    pages = _Pages(store, public_url)
    guard = _make_guard(password if access == "basic" else None)
    return [
        web.get("/", guard(pages.handle_index)),
        web.get("/incidents/{id}", guard(pages.handle_incident)),
        web.get("/api/v1/pulls", guard(pages.handle_pulls)),
        web.get("/api/v1/incidents", guard(pages.handle_incidents)),
        web.get("/api/v1/audit", guard(pages.handle_audit)),
        web.get("/api/v1/labels", guard(pages.handle_labels)),
    ]


Handler = Callable[[web.Request], Any]


def _make_guard(password: str | None) -> Callable[[Handler], Handler]:
    """Basic authentication, any user name; no guard without a password."""

    def guard(handler: Handler) -> Handler:
        async def handle_guarded(request: web.Request) -> web.StreamResponse:
            if password is not None and not _knows(request.headers.get("Authorization"), password):
                raise web.HTTPUnauthorized(
                    headers={"WWW-Authenticate": 'Basic realm="Night\'s Watch"'}
                )
            response: web.StreamResponse = await handler(request)
            return response

        return handle_guarded

    return guard


def _knows(header: str | None, password: str) -> bool:
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(token, validate=True).partition(b":")[2]
    except ValueError:
        return False
    return hmac.compare_digest(given, password.encode())


class _Pages:
    def __init__(self, store: DashboardStore, public_url: str | None) -> None:
        self._store = store
        self._public_url = public_url or ""

    async def handle_index(self, _: web.Request) -> web.Response:
        speeches = await self._store.load_speeches(0, PAGE_SIZE)
        incidents = await self._store.load_incident_page(0, PAGE_SIZE)
        actions = await self._store.load_action_page(0, _FEW)
        return _render(
            "index.html",
            speeches=speeches,
            incidents=incidents,
            actions=actions,
            commands=COMMANDS,
        )

    async def handle_incident(self, request: web.Request) -> web.Response:
        found = await self._store.load_incident(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(text="no such incident")
        repository, incident = found
        return _render("incident.html", repository=repository, incident=incident)

    async def handle_pulls(self, request: web.Request) -> web.Response:
        offset = _read_offset(request)
        rows = await self._store.load_speeches(offset, PAGE_SIZE + 1)
        pulls = [render_pull(*row) for row in rows[:PAGE_SIZE]]
        return web.json_response({"pulls": pulls, "next": self._next(request, offset, rows)})

    async def handle_incidents(self, request: web.Request) -> web.Response:
        offset = _read_offset(request)
        rows = await self._store.load_incident_page(offset, PAGE_SIZE + 1)
        incidents = [render_incident(*row, self._public_url) for row in rows[:PAGE_SIZE]]
        return web.json_response(
            {"incidents": incidents, "next": self._next(request, offset, rows)}
        )

    async def handle_audit(self, request: web.Request) -> web.Response:
        offset = _read_offset(request)
        rows = await self._store.load_action_page(offset, PAGE_SIZE + 1)
        actions = [render_action(*row) for row in rows[:PAGE_SIZE]]
        return web.json_response({"audit": actions, "next": self._next(request, offset, rows)})

    async def handle_labels(self, request: web.Request) -> web.Response:
        offset = _read_offset(request)
        rows = await self._store.load_label_page(offset, PAGE_SIZE + 1)
        labels = [render_label(*row) for row in rows[:PAGE_SIZE]]
        return web.json_response({"labels": labels, "next": self._next(request, offset, rows)})

    def _next(self, request: web.Request, offset: int, rows: Sequence[object]) -> str | None:
        if len(rows) <= PAGE_SIZE:
            return None
        return f"{self._public_url}{request.path}?offset={offset + PAGE_SIZE}"


def render_pull(repository: Repository, speech: Speech, merge_sha: str | None) -> dict[str, object]:
    """One row of `/api/v1/pulls`."""
    return {
        "repo": repository.full_name,
        "number": speech.number,
        "merge_sha": merge_sha,
        "incidents": list(speech.incidents),
        "wanted": speech.wanted,
        "standing": speech.standing,
        "comment_id": speech.comment_id,
        "posted_at": _iso(speech.posted_at),
        "why_silent": speech.why_silent,
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
                "last_good_build": r.last_good_build,
                "first_bad_build": r.first_bad_build,
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


def render_action(repository: Repository, action: Action) -> dict[str, object]:
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


def render_label(repository: Repository, label: Label) -> dict[str, object]:
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
                "buildid": t.buildid,
                "outcome": t.outcome.value,
                "weight": t.weight,
                "told": t.told,
            }
            for t in suspect.testimony
        ],
    }


def _render(template: str, **values: object) -> web.Response:
    html = _TEMPLATES.get_template(template).render(version=__version__, **values)
    return web.Response(
        text=html,
        content_type="text/html",
        headers={
            # The pages hold no script; hostile text that slipped through could not run, either.
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )


def _read_offset(request: web.Request) -> int:
    text = request.query.get("offset", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Malformed("offset must be a whole number")
    return int(text)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
