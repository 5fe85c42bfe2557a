"""`/livez`, `/readyz` and `/health`: what those who run us need to know.

`/livez` asks the process only; `/readyz` whether it takes work; `/health` tells how things are:
`ok`, `degraded` (with every reason) or `down`, and what `doctor` would say, the same as `/metrics`
and `nightswatch status --service` say.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web

from bot import __version__
from bot.core.checks.result import CheckResult, Level, render_json
from bot.core.checks.settings import WEBHOOKS
from bot.core.errors import Unavailable
from bot.core.ports import InboxDepth
from bot.web.access import Access
from bot.web.health.checks import Contact, HealthReport, HealthSources, examine
from bot.web.health.probes import Probe

_HIDDEN = "not shown without a login"


def make_livez() -> Callable[[web.Request], Any]:
    """The process answers."""

    async def handle_livez(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    return handle_livez


def make_readyz(sources: HealthSources) -> Callable[[web.Request], Any]:
    """Work can be taken: not draining, and the database answers."""

    async def handle_readyz(_: web.Request) -> web.Response:
        if sources.draining:
            return web.json_response({"status": "draining"}, status=503)
        try:
            await sources.store.load_depth()
        except Unavailable as error:
            return web.json_response({"status": "down", "reason": error.reason}, status=503)
        return web.json_response({"status": "ok"})

    return handle_readyz


def make_health(sources: HealthSources, access: Access) -> Callable[[web.Request], Any]:
    """How things are, with every reason; who may not see all repositories is told none by name."""

    async def handle_health(request: web.Request) -> web.Response:
        report = await examine(sources)
        if report.depth is None:
            down = {"status": "down", "version": __version__, "database": report.database_error}
            return web.json_response(sources.scrub(down), status=503)
        described = _describe(sources, report, report.depth)
        if not await _may_see_names(access, request, report):
            described |= _hide_names(sources, report)
        return web.json_response(sources.scrub(described))

    return handle_health


async def _may_see_names(access: Access, request: web.Request, report: HealthReport) -> bool:
    """Supervisors ask without a login: they are answered all the same."""
    try:
        return (await access.find_viewer(request)).may_read_of(report.places)
    except (web.HTTPException, Unavailable):
        return False


def _hide_names(sources: HealthSources, report: HealthReport) -> dict[str, object]:
    """What is wrong in one word each: sentences name repositories, builders and pulls."""
    count = len(report.depth.stuck) if report.depth else 0
    nameless = [replace(check, words="", todo="") for check in report.checks]
    return {
        "problems": sorted({problem.about.value for problem in report.problems}),
        "checks": render_json(nameless)["checks"],
        "stuck": [{"key": _HIDDEN}] * count,
        "notes": _HIDDEN,
        "buildbot": _describe_contact(sources.buildbot, sources.reach_buildbot, hidden=True),
        "github": _describe_contact(sources.github, sources.reach_github, hidden=True),
    }


def _describe(sources: HealthSources, report: HealthReport, depth: InboxDepth) -> dict[str, object]:
    age = _age(depth.oldest_due_at, sources.clock.now())
    return {
        "status": "degraded" if report.problems else "ok",
        "version": __version__,
        "problems": [problem.words for problem in report.problems],
        "checks": render_json(_name_only(report.checks))["checks"],
        "database": "ok",
        "inbox": {"depth": depth.depth, "oldest_age_seconds": age},
        "outbox": {"waiting": report.outbox.waiting, "failed": report.outbox.failed},
        "stuck": [{"key": s.key, "attempts": s.attempts, "error": s.error} for s in depth.stuck],
        "buildbot": _describe_contact(sources.buildbot, sources.reach_buildbot),
        "github": _describe_contact(sources.github, sources.reach_github),
        "bodies": {
            "held": sources.bodies.held,
            "shed": sources.bodies.shed,
            "hung_up": sources.bodies.hung_up,
        },
        "last_sweep": report.swept_at.isoformat() if report.swept_at else None,
        "notes": {
            "builds": report.notes.builds,
            "pulls": report.notes.pulls,
            "commits": report.missing,
            "doors": [c.words for c in report.checks if c.check == WEBHOOKS and c.is_warning],
        },
        "draining": sources.draining,
    }


def _name_only(checks: Iterable[CheckResult]) -> list[CheckResult]:
    """Of what is well no words: they name accounts, which are for doctor's reader alone."""
    return [replace(c, words="") if c.level is Level.OK else c for c in checks]


def _describe_contact(
    contact: Contact, reach: Probe, *, hidden: bool = False
) -> dict[str, str | None]:
    error = reach.error or contact.last_error
    at = max((t for t in (contact.last_contact, reach.answered_at) if t), default=None)
    return {
        "last_contact": at.isoformat() if at else None,
        "error": _HIDDEN if hidden and error else error,
    }


def _age(since: datetime | None, now: datetime) -> float | None:
    return round(max((now - since).total_seconds(), 0.0), 1) if since else None
