"""Windows: what builders showed around the first red of a failure, kept until they build again.

In: a streak and what builders built. Out: what each of their builds showed of it. A large fleet's
window is of two dozen builders, and a build changes what one of them showed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from bot.core.blame.case import WindowBuild
from bot.core.blame.platforms import FleetTags
from bot.core.blame.timeline.failure_history import (
    BuilderLog,
    FailureHistory,
    PlacedBuild,
    Streak,
)
from bot.core.blame.timeline.suites import SeenIn
from bot.core.model import BuildRef, Observation, Outcome, Signature

# Evidence near the first red decides; more of the same only costs time.
_ENTRIES_AFTER = 14
_ENTRIES_BEFORE = 6  # of builders that never showed it
# More builders of a large fleet say the same again.
_BUILDERS_SHOWN = 12
_BUILDERS_ELSEWHERE = 12


class WindowRow(NamedTuple):
    """A build of the window, its place there and in the order of folding."""

    place: tuple[int, float, str]  # its position, its hours, its builder
    order: tuple[datetime, BuildRef]
    build: WindowBuild


class _Part(NamedTuple):
    """What one builder showed, as long as it has so many builds."""

    builds: int
    has_shown: bool
    rows: Sequence[WindowRow]


@dataclass(slots=True)
class _Page:
    """The window of one streak, as long as it is seen here and in these steps."""

    bounds: tuple[int, int]
    steps: SeenIn
    tags: FleetTags
    shown: tuple[str, ...] = ()
    elsewhere: list[str] = field(default_factory=list)
    parts: dict[str, _Part] = field(default_factory=dict)
    rows: Sequence[WindowRow] = ()


class WindowCache:
    """Windows of open streaks. It only saves time: a new one gives the same answers.

    Builds must only have been added while it is used.
    """

    def __init__(self) -> None:
        self._pages: dict[Signature, _Page] = {}

    def find(
        self,
        failure: FailureHistory,
        streak: Streak,
        start: int,
        logs: Mapping[str, BuilderLog],
        tags: FleetTags,
    ) -> Sequence[WindowRow]:
        """The window of a streak of this failure, from a position on."""
        bounds = (start, streak.first)
        page = self._pages.get(failure.signature)
        if page is None or page.bounds != bounds or page.steps != failure.seen_in:
            page = self._pages[failure.signature] = _Page(bounds, failure.seen_in, tags)
        if _pick_builders(page, streak, logs, tags) | _look(page, failure, streak, logs):
            rows = [row for b in (*page.shown, *page.elsewhere) for row in page.parts[b].rows]
            page.rows = sorted(rows, key=attrgetter("place"))
        return page.rows

    def forget(self, signature: Signature) -> None:
        """Its streak is over."""
        self._pages.pop(signature, None)


def _pick_builders(
    page: _Page, streak: Streak, logs: Mapping[str, BuilderLog], tags: FleetTags
) -> bool:
    """Those that showed it first, and of the others those that have most in common with them."""
    shown = tuple(dict.fromkeys([e.build.builder for e in streak.reds]))[:_BUILDERS_SHOWN]
    if page.shown == shown and page.tags is tags and streak.builders.isdisjoint(page.elsewhere):
        return False
    own = {tag for b in shown for tag in logs[b].tags}
    others = [b for b in tags.names if b not in streak.builders]
    alike = [b for b in others if not own.isdisjoint(logs[b].tags)][:_BUILDERS_ELSEWHERE]
    if len(alike) < _BUILDERS_ELSEWHERE:
        alike += [b for b in others if own.isdisjoint(logs[b].tags)]
    page.shown, page.tags, page.elsewhere = shown, tags, alike[:_BUILDERS_ELSEWHERE]
    return True


def _look(
    page: _Page, failure: FailureHistory, streak: Streak, logs: Mapping[str, BuilderLog]
) -> bool:
    """See what is new of the builders of a page; True where anything is."""
    changed = False
    for builder in (*page.shown, *page.elsewhere):
        log, has_shown = logs[builder], builder in streak.builders
        known = page.parts.get(builder)
        if known is None or known[:2] != (len(log.entries), has_shown):
            rows = _see_builder(failure, log, page.bounds, has_shown=has_shown)
            changed |= known is None or known.rows != rows
            page.parts[builder] = _Part(len(log.entries), has_shown, rows)
    return changed


def _see_builder(
    failure: FailureHistory, log: BuilderLog, bounds: tuple[int, int], *, has_shown: bool
) -> Sequence[WindowRow]:
    begin, middle = log.index(bounds[0]), log.index(bounds[1])
    if not has_shown:
        begin = max(begin, middle - _ENTRIES_BEFORE)
    return list(_see(failure, log.entries[begin : middle + _ENTRIES_AFTER]))


def _see(failure: FailureHistory, entries: Iterable[PlacedBuild]) -> Iterator[WindowRow]:
    for entry in entries:
        result = failure.outcome(entry)
        if result is not None:
            begin, end = _find_hours(entry.build)
            build = WindowBuild(
                position=entry.position,
                hours=(begin + end) / 2.0,
                half=(end - begin) / 2.0,
                builder=entry.build.builder,
                worker=entry.build.worker,
                failed=result is Outcome.FAIL,
                flaked=result is Outcome.FLAKED,
            )
            yield WindowRow((build.position, build.hours, build.builder), entry.order, build)


def _find_hours(build: Observation) -> tuple[float, float]:
    """When it began and ended; a clock that runs backwards is not believed."""
    end = build.complete_at.timestamp()
    return min(build.started_at.timestamp(), end) / 3600.0, end / 3600.0
