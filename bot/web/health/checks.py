"""How things are, as `/health`, `/metrics` and the page tell it: everything that is wrong, named.

In: probes, the store, and the checks that `doctor` runs, too. Out: a `HealthReport`. Who is away is
known within a minute, what GitHub's and Buildbot's settings are within five, what is stored at
once. Anybody may read it: reasons have names, and what an exception or a driver says by itself
stays in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.core.checks.buildbot import ANSWERS, LOGIN, REPORTER, STABLE, diagnose_missing
from bot.core.checks.github import CLOCK, diagnose_clock
from bot.core.checks.result import CheckResult, Level
from bot.core.checks.settings import SETTINGS, WEBHOOKS
from bot.core.checks.store import (
    ACCESS,
    COMMENTS,
    OUTBOX,
    STUCK,
    UNREAD,
    describe_trouble,
    find_repository,
)
from bot.core.errors import Unavailable
from bot.core.model import TroubleKind
from bot.core.patterns import linear
from bot.core.ports import Clock, HealthStore, InboxDepth, OutboxFigures, SkippedWork
from bot.web.access import Viewer
from bot.web.health.probes import Probe, PushMonitor, Watch
from bot.web.webhooks.bodies import Bodies
from bot.web.words import count_words

# They run every 45 seconds, five minutes and ten: the second one that is missed is no accident.
_SWEEPS_LATE = {
    "buildbot": timedelta(minutes=2),
    "speech": timedelta(minutes=11),
    "github": timedelta(minutes=21),
}

_NAME = linear(r"[\w.-]+/[\w.-]+")

# By then a sweep has asked GitHub again for what was shed.
_SHED_FOR = timedelta(minutes=10)

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


class Skew(Protocol):
    """How far our clock is from GitHub's."""

    @property
    def ahead(self) -> timedelta | None:
        """None: not known yet."""
        ...


async def find_nothing() -> Sequence[CheckResult]:
    """Where nobody looks at the set-up."""
    return ()


@dataclass(slots=True)
class HealthSources:
    """What `/health` looks at; `draining` is set when the service is told to stop."""

    store: HealthStore
    clock: Clock
    buildbot: Contact
    github: Contact
    reach_buildbot: Probe
    reach_github: Probe
    skew: Skew
    bodies: Bodies
    pushes: PushMonitor | None = None
    load_checks: Callable[[], Awaitable[Sequence[CheckResult]]] = find_nothing
    watches: Sequence[Watch] = ()  # what else is to be called every few seconds
    posts: bool = False  # comments are written
    scrub: Callable[[Any], Any] = lambda told: told  # takes secrets out of what is told
    draining: bool = field(default=False)
    looking: asyncio.Future["HealthReport"] | None = None  # what somebody waits for already

    @property
    def reaches(self) -> tuple[tuple[str, Probe], ...]:
        """Both services by name."""
        return ("buildbot", self.reach_buildbot), ("github", self.reach_github)


class ProblemKind(StrEnum):
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
    SETTINGS = "settings"
    STABLE = "stable"
    UNREAD = "unread"
    NOTICES = "notices"


# What each check is about; those that are not here ask GitHub.
_KINDS = {
    SETTINGS: ProblemKind.SETTINGS,
    WEBHOOKS: ProblemKind.DOORS,
    STUCK: ProblemKind.STUCK,
    COMMENTS: ProblemKind.COMMENTS,
    ACCESS: ProblemKind.REFUSED,
    UNREAD: ProblemKind.UNREAD,
    OUTBOX: ProblemKind.NOTICES,
    ANSWERS: ProblemKind.BUILDBOT,
    LOGIN: ProblemKind.BUILDBOT,
    STABLE: ProblemKind.STABLE,
    REPORTER: ProblemKind.PUSHES,
    CLOCK: ProblemKind.CLOCK,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that somebody should look at."""

    about: ProblemKind
    words: str


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What was found; without its database nothing but that."""

    problems: tuple[Problem, ...]
    checks: tuple[CheckResult, ...] = ()
    database_error: str | None = None
    depth: InboxDepth | None = None
    outbox: OutboxFigures = field(default_factory=OutboxFigures)
    swept_at: datetime | None = None
    notes: SkippedWork = field(default_factory=SkippedWork)
    missing: tuple[str, ...] = ()  # commits that GitHub does not show
    places: frozenset[str] = frozenset()  # full names of the repositories that words tell of


async def examine(sources: HealthSources) -> HealthReport:
    """Look at everything; a database that is away is a finding, too.

    Anybody may ask, as often as they like: who asks while somebody looks, is told what they find.
    """
    if sources.looking is None or sources.looking.done():
        sources.looking = asyncio.ensure_future(_examine(sources))
    return await asyncio.shield(sources.looking)  # who hangs up ends it for nobody else


async def _examine(sources: HealthSources) -> HealthReport:
    now = sources.clock.now()
    try:
        depth = await sources.store.load_depth()
        swept = {name: await sources.store.load_done(f"{name} sweep") for name in _SWEEPS_LATE}
        notes = await sources.store.load_notes()
        outbox = await sources.store.load_outbox()
        troubles = await sources.store.load_troubles()
        checks = (*await sources.load_checks(), *_check_process(sources, now))
    except Unavailable as error:
        away = (Problem(ProblemKind.DATABASE, error.reason),)
        return HealthReport(away, database_error=error.reason)
    wrong = (check for check in checks if check.level is Level.FAIL)
    missing = [trouble for trouble in troubles if trouble.kind is TroubleKind.MISSING]
    told = [check for check in checks if check.level is not Level.OK]
    return HealthReport(
        problems=(
            *_find_outside(sources, now),
            *find_late(depth, swept, now),
            *(Problem(_KINDS.get(c.check, ProblemKind.GITHUB), c.words) for c in wrong),
        ),
        checks=checks,
        depth=depth,
        outbox=outbox,
        swept_at=swept["buildbot"],
        notes=notes,
        missing=tuple(map(describe_trouble, missing)),
        places=frozenset(
            (
                *(name for check in told for name in check.about),
                *map(find_repository, missing),
                *(name for words in _list_words(depth, notes, told) for name in find_names(words)),
            )
        ),
    )


def _list_words(
    depth: InboxDepth, notes: SkippedWork, told: Sequence[CheckResult]
) -> Iterator[str]:
    """Sentences with reasons of others in them, which may name what nobody said."""
    yield from (stuck.error for stuck in depth.stuck)
    yield from (*notes.builds, *notes.pulls)
    yield from (check.words for check in told)


def find_names(words: str) -> Iterator[str]:
    """Whatever could be `owner/name`; what is none hides words from strangers that they could see.

    Numbers of pulls and dots that end a sentence are no part of it.
    """
    return (found.strip(".") for found in _NAME.findall(words))


async def load_problems(sources: HealthSources, viewer: Viewer) -> Sequence[tuple[str, str]]:
    """For people: what is wrong, and what to do about it; in a word each for who may not read."""
    report = await examine(sources)
    if not viewer.may_read_of(report.places):
        return [(about, "") for about in sorted({p.about.value for p in report.problems})]
    todo = {check.words: check.todo for check in report.checks}
    told = [(problem.words, todo.get(problem.words, "")) for problem in report.problems]
    return [(sources.scrub(words), sources.scrub(what)) for words, what in told]


def _check_process(sources: HealthSources, now: datetime) -> Iterator[CheckResult]:
    """What `doctor` checks, too, and what this process knows by itself."""
    if sources.pushes is not None and sources.pushes.missing_since is not None:
        yield diagnose_missing(sources.pushes.missing_since, now)
    if sources.skew.ahead is not None:
        yield diagnose_clock(sources.skew.ahead)


def _find_outside(sources: HealthSources, now: datetime) -> Iterator[Problem]:
    """Who is away, as this process sees it."""
    services = (
        ("Buildbot", ProblemKind.BUILDBOT, sources.reach_buildbot, sources.buildbot),
        ("GitHub", ProblemKind.GITHUB, sources.reach_github, sources.github),
    )
    for name, about, reach, contact in services:
        error = reach.error or contact.last_error
        if error:
            span = f" (for {_tell_minutes(now - reach.since)})" if reach.since else ""
            yield Problem(about, f"{name}: {error}{span}")
    yield from _find_shed(sources.bodies, now)
    if sources.draining:
        yield Problem(ProblemKind.DRAINING, "draining")


def _find_shed(bodies: Bodies, now: datetime) -> Iterator[Problem]:
    """Deliveries that found no room; the next sweep over GitHub asks for them again."""
    if bodies.shed_at is not None and now - bodies.shed_at < _SHED_FOR:
        words = f"{bodies.shed} deliveries found no room, the last at {bodies.shed_at:%F %T} UTC"
        yield Problem(ProblemKind.DOORS, f"{words}: GitHub's are asked for again, builds are swept")


def find_late(
    depth: InboxDepth, swept: Mapping[str, datetime | None], now: datetime
) -> Iterator[Problem]:
    """What of our own work is late."""
    for name, at in swept.items():
        if at is None:
            yield Problem(ProblemKind.SWEEP, f"the first sweep over {name} is not done yet")
        elif now - at > _SWEEPS_LATE[name]:
            words = f"the last sweep over {name} was {_tell_minutes(now - at)} ago"
            yield Problem(ProblemKind.SWEEP, words)
    if depth.oldest_due_at is not None and now - depth.oldest_due_at > _INBOX_LATE:
        waited = _tell_minutes(now - depth.oldest_due_at)
        yield Problem(ProblemKind.INBOX, f"work has waited for {waited}")


def _tell_minutes(span: timedelta) -> str:
    return count_words(int(span.total_seconds() // 60), "minute")
