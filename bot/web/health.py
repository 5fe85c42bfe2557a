"""`/livez`, `/readyz` and `/health`: what those who run us need to know.

`/livez` asks the process only; `/readyz` whether it takes work; `/health` tells how things are:
`ok`, `degraded` (with every reason) or `down`. What it says is at most a minute old, and the same
as `/metrics` and `python -m bot status` say. Anybody may read it: reasons have names, and what an
exception or a driver says by itself stays in the log.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from aiohttp import web

from bot import __version__
from bot.core.errors import Unavailable
from bot.core.model import Trouble, TroubleKind
from bot.ports import Clock, HealthStore, InboxDepth, Notes
from bot.web.pulse import PushWatch, Reach

# They run every 45 seconds, five minutes and ten: the second one that is missed is no accident.
_SWEEPS_LATE = {
    "buildbot": timedelta(minutes=2),
    "speech": timedelta(minutes=11),
    "github": timedelta(minutes=21),
}

# Work that waits longer than this has nobody who does it.
_INBOX_LATE = timedelta(minutes=10)

# Nothing is decided by it, but who reads our log beside GitHub's is led astray.
CLOCK_OFF = timedelta(seconds=30)


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


class Skew(Protocol):
    """How far our clock is from GitHub's."""

    @property
    def ahead(self) -> timedelta | None:
        """None: not known yet."""
        ...


class RefusalStore(Protocol):
    """Comments that GitHub did not take."""

    async def load_refusals(self) -> Sequence[str]:
        """One line each, of incidents that are open."""
        ...


@dataclass(slots=True)
class Vitals:
    """What `/health` looks at; `draining` is set when the service is told to stop."""

    store: HealthStore
    figures: RefusalStore
    clock: Clock
    buildbot: Contact
    github: Contact
    reach_buildbot: Reach
    reach_github: Reach
    skew: Skew
    pushes: PushWatch | None = None
    shut_doors: tuple[str, ...] = ()
    posts: bool = False  # comments are written, so people rely on the doors
    scrub: Callable[[Any], Any] = lambda told: told  # takes secrets out of what is told
    draining: bool = field(default=False)

    @property
    def reaches(self) -> tuple[tuple[str, Reach], ...]:
        """Both services by name."""
        return ("buildbot", self.reach_buildbot), ("github", self.reach_github)


class About(StrEnum):
    """What a problem is about: the label that alerts go by."""

    DATABASE = "database"
    DOORS = "doors"
    BUILDBOT = "buildbot"
    GITHUB = "github"
    PUSHES = "pushes"
    CLOCK = "clock"
    DRAINING = "draining"
    STUCK = "stuck"
    SWEEP = "sweep"
    INBOX = "inbox"
    COMMENTS = "comments"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that somebody should look at."""

    about: About
    words: str


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found; without its database nothing but that."""

    problems: tuple[Problem, ...]
    database_error: str | None = None
    depth: InboxDepth | None = None
    swept_at: datetime | None = None
    notes: Notes = field(default_factory=Notes)
    missing: tuple[str, ...] = ()  # commits that GitHub does not show


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
        checkup = await examine(vitals)
        if checkup.depth is None:
            down = {"status": "down", "version": __version__, "database": checkup.database_error}
            return web.json_response(vitals.scrub(down), status=503)
        return web.json_response(vitals.scrub(_describe(vitals, checkup, checkup.depth)))

    return handle_health


def _describe(vitals: Vitals, checkup: Checkup, depth: InboxDepth) -> dict[str, object]:
    age = _age(depth.oldest_due_at, vitals.clock.now())
    return {
        "status": "degraded" if checkup.problems else "ok",
        "version": __version__,
        "problems": [problem.words for problem in checkup.problems],
        "database": "ok",
        "inbox": {"depth": depth.depth, "oldest_age_seconds": age},
        "stuck": [{"key": s.key, "attempts": s.attempts, "error": s.error} for s in depth.stuck],
        "buildbot": _describe_contact(vitals.buildbot, vitals.reach_buildbot),
        "github": _describe_contact(vitals.github, vitals.reach_github),
        "last_sweep": checkup.swept_at.isoformat() if checkup.swept_at else None,
        "notes": {
            "builds": checkup.notes.builds,
            "pulls": checkup.notes.pulls,
            "commits": checkup.missing,
            "doors": () if vitals.posts else vitals.shut_doors,
        },
        "draining": vitals.draining,
    }


async def examine(vitals: Vitals) -> Checkup:
    """Look at everything; a database that is away is a finding, too."""
    now = vitals.clock.now()
    try:
        depth = await vitals.store.load_depth()
        swept = {name: await vitals.store.load_done(f"{name} sweep") for name in _SWEEPS_LATE}
        notes = await vitals.store.load_notes()
        troubles = await vitals.store.load_troubles()
        refusals = await vitals.figures.load_refusals()
    except Unavailable as error:
        away = (Problem(About.DATABASE, error.reason),)
        return Checkup(away, database_error=error.reason)
    problems = (
        *_find_outside(vitals, now),
        *find_late(depth, swept, now),
        *(Problem(About.COMMENTS, f"a comment was refused: {line}") for line in refusals),
        *(
            Problem(About.REFUSED, words)
            for words in _describe_troubles(troubles, TroubleKind.REFUSED)
        ),
    )
    return Checkup(
        problems,
        depth=depth,
        swept_at=swept["buildbot"],
        notes=notes,
        missing=_describe_troubles(troubles, TroubleKind.MISSING),
    )


def _describe_troubles(troubles: Sequence[Trouble], kind: TroubleKind) -> tuple[str, ...]:
    """One line each, with the place that it is about."""
    return tuple(
        f"{trouble.place}: {trouble.words} (since {trouble.since:%F %R} UTC)"
        for trouble in troubles
        if trouble.kind is kind
    )


def _find_outside(vitals: Vitals, now: datetime) -> Iterator[Problem]:
    """What is wrong around us, as this process sees it."""
    for words in vitals.shut_doors if vitals.posts else ():
        yield Problem(About.DOORS, words)
    services = (
        ("Buildbot", About.BUILDBOT, vitals.reach_buildbot, vitals.buildbot),
        ("GitHub", About.GITHUB, vitals.reach_github, vitals.github),
    )
    for name, about, reach, contact in services:
        error = reach.error or contact.last_error
        if error:
            since = f" (since {_minutes(now - reach.since)} minutes)" if reach.since else ""
            yield Problem(about, f"{name}: {error}{since}")
    if vitals.pushes is not None and vitals.pushes.missing_since is not None:
        minutes = _minutes(now - vitals.pushes.missing_since)
        yield Problem(
            About.PUSHES,
            f"builds finish, but Buildbot pushes none to us since {minutes} minutes:"
            " look at its reporter (sweeps find the builds, later)",
        )
    ahead = vitals.skew.ahead
    if ahead is not None and abs(ahead) > CLOCK_OFF:
        yield Problem(About.CLOCK, describe_skew(ahead))
    if vitals.draining:
        yield Problem(About.DRAINING, "draining")


def find_late(
    depth: InboxDepth, swept: Mapping[str, datetime | None], now: datetime
) -> Iterator[Problem]:
    """What is wrong with our own work."""
    for s in depth.stuck:
        yield Problem(About.STUCK, f"{s.key} is stuck after {s.attempts} attempts: {s.error}")
    for name, at in swept.items():
        if at is None:
            yield Problem(About.SWEEP, f"the first sweep over {name} is not done yet")
        elif now - at > _SWEEPS_LATE[name]:
            minutes = _minutes(now - at)
            yield Problem(About.SWEEP, f"the last sweep over {name} was {minutes} minutes ago")
    if depth.oldest_due_at is not None and now - depth.oldest_due_at > _INBOX_LATE:
        minutes = _minutes(now - depth.oldest_due_at)
        yield Problem(About.INBOX, f"work waits since {minutes} minutes")


def describe_skew(ahead: timedelta) -> str:
    """A clock that is off, in one sentence."""
    seconds = round(abs(ahead.total_seconds()))
    side = "ahead of" if ahead > timedelta(0) else "behind"
    return f"our clock is {seconds} seconds {side} GitHub's: run an NTP client on this machine"


def _describe_contact(contact: Contact, reach: Reach) -> dict[str, str | None]:
    at = max((t for t in (contact.last_contact, reach.answered_at) if t), default=None)
    return {
        "last_contact": at.isoformat() if at else None,
        "error": reach.error or contact.last_error,
    }


def _age(since: datetime | None, now: datetime) -> float | None:
    return round(max((now - since).total_seconds(), 0.0), 1) if since else None


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
