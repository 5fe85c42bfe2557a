"""`/livez`, `/readyz` and `/health`: what those who run us need to know.

`/livez` asks the process only; `/readyz` whether it takes work; `/health` tells how things are:
`ok`, `degraded` (with every reason) or `down`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from aiohttp import web

from bot import __version__
from bot.core.errors import Unavailable
from bot.ports import Clock, HealthStore, InboxDepth

# A sweep runs every minute; three missed ones are no accident.
_SWEEP_LATE = timedelta(minutes=3)

# Work that waits longer than this has nobody who does it.
_INBOX_LATE = timedelta(minutes=10)


class Contact(Protocol):
    """A client that knows when its service last answered."""

    @property
    def last_contact(self) -> datetime | None:
        """Our clock, at the last answer of any kind."""
        ...

    @property
    def last_error(self) -> str | None:
        """Why the last call failed; None when it did not."""
        ...


@dataclass(slots=True)
class Vitals:
    """What `/health` looks at; `draining` is set when the service is told to stop."""

    store: HealthStore
    clock: Clock
    buildbot: Contact
    github: Contact
    shut_doors: tuple[str, ...] = ()
    draining: bool = field(default=False)


def make_livez() -> Callable[[web.Request], Any]:
    """The process answers."""

    async def handle_livez(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    return handle_livez


def make_readyz(vitals: Vitals) -> Callable[[web.Request], Any]:
    """Work can be taken: not draining, and the database answers."""

    async def handle_readyz(_: web.Request) -> web.Response:
        if vitals.draining:
            return web.json_response({"status": "draining"}, status=503)
        try:
            await vitals.store.load_depth()
        except Unavailable as error:
            return web.json_response({"status": "down", "reason": error.reason}, status=503)
        return web.json_response({"status": "ok"})

    return handle_readyz


def make_health(vitals: Vitals) -> Callable[[web.Request], Any]:
    """How things are, with every reason."""

    async def handle_health(_: web.Request) -> web.Response:
        now = vitals.clock.now()
        try:
            depth = await vitals.store.load_depth()
            swept_at = await vitals.store.load_time("buildbot sweep")
            notes = await vitals.store.load_notes()
        except Unavailable as error:
            down = {"status": "down", "version": __version__, "database": error.reason}
            return web.json_response(down, status=503)
        problems = find_problems(vitals, depth, swept_at, now)
        body = {
            "status": "degraded" if problems else "ok",
            "version": __version__,
            "problems": problems,
            "database": "ok",
            "inbox": {"depth": depth.depth, "oldest_age_seconds": _age(depth.oldest_due_at, now)},
            "stuck": [
                {"key": s.key, "attempts": s.attempts, "error": s.error} for s in depth.stuck
            ],
            "buildbot": _describe_contact(vitals.buildbot),
            "github": _describe_contact(vitals.github),
            "last_sweep": swept_at.isoformat() if swept_at else None,
            "notes": {"builds": notes.builds, "pulls": notes.pulls},
            "draining": vitals.draining,
        }
        return web.json_response(body)

    return handle_health


def find_problems(
    vitals: Vitals, depth: InboxDepth, swept_at: datetime | None, now: datetime
) -> list[str]:
    """Each thing that somebody should look at, in one sentence."""
    problems = list(vitals.shut_doors)
    contacts = (("Buildbot", vitals.buildbot), ("GitHub", vitals.github))
    problems += [f"{name}: {c.last_error}" for name, c in contacts if c.last_error]
    problems += [f"{s.key} is stuck after {s.attempts} attempts: {s.error}" for s in depth.stuck]
    if swept_at is None:
        problems.append("the first sweep over Buildbot is not done yet")
    elif now - swept_at > _SWEEP_LATE:
        problems.append(f"the last sweep over Buildbot was {_minutes(now - swept_at)} minutes ago")
    if depth.oldest_due_at is not None and now - depth.oldest_due_at > _INBOX_LATE:
        problems.append(f"work waits since {_minutes(now - depth.oldest_due_at)} minutes")
    if vitals.draining:
        problems.append("draining")
    return problems


def _describe_contact(contact: Contact) -> dict[str, str | None]:
    at = contact.last_contact
    return {"last_contact": at.isoformat() if at else None, "error": contact.last_error}


def _age(since: datetime | None, now: datetime) -> float | None:
    return round(max((now - since).total_seconds(), 0.0), 1) if since else None


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
