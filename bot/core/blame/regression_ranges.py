"""Ranges: an open streak and what builders built in, (last good, first bad] on each builder out.

A failure that shows on two hundred builders has as many ranges, and a build changes at most one of
them: what is worked out is kept until the builder builds again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from bot.core.blame.timeline.failure_history import (
    BuilderLog,
    FailureHistory,
    PlacedBuild,
    Streak,
    find_last_good,
)
from bot.core.blame.timeline.suites import SeenIn
from bot.core.model import BuilderRange, RegressionRange, Signature


@dataclass(frozen=True, slots=True)
class Ranges:
    """The regression ranges of one streak."""

    whole: RegressionRange  # intersected over the builders
    builders: tuple[str, ...]  # by name
    by_builder: tuple[BuilderRange, ...]  # in the same order


@dataclass(frozen=True, slots=True)
class _Known:
    """What was worked out for one builder."""

    good: PlacedBuild | None  # its last good before the first red of all builders
    range: BuilderRange


@dataclass(slots=True)
class _Page:
    """What is known of one streak, as long as it begins here and is seen in these steps."""

    begin: PlacedBuild  # its first red build
    lowest: PlacedBuild
    steps: SeenIn
    count: int = 0  # of builds when it was looked at
    known: dict[str, _Known] = field(default_factory=dict)
    ranges: Ranges | None = None


class RangeCache:
    """Ranges of open streaks. It only saves time: a new one gives the same answers.

    Builds must only have been added while it is used.
    """

    def __init__(self) -> None:
        self._pages: dict[Signature, _Page] = {}
        self._count = 0
        self._last: dict[str, int] = {}  # who built, the latest at the end: the count at that time

    def note(self, builder: str) -> None:
        """It has built."""
        self._count += 1
        self._last.pop(builder, None)
        self._last[builder] = self._count

    def find(
        self, failure: FailureHistory, streak: Streak, logs: Mapping[str, BuilderLog]
    ) -> Ranges:
        """The ranges of a streak of this failure, the builders in the order of their names."""
        page = self._pages.get(failure.signature)
        if page is None or not _is_of(page, failure, streak):
            page = _Page(streak.reds[0], streak.lowest, failure.seen_in)
            self._pages[failure.signature] = page
        for builder in self._find_new(page) if page.known else streak.builders:
            if builder in streak.builders:
                known = _find(failure, logs[builder], streak.firsts[builder], streak.first)
                if known != page.known.get(builder):
                    page.known[builder] = known
                    page.ranges = None
        page.count = self._count
        if page.ranges is None:
            page.ranges = _add_up(page.known, streak)
        return page.ranges

    def _find_new(self, page: _Page) -> Iterator[str]:
        """Who has built since a page was looked at."""
        for builder in reversed(self._last):
            if self._last[builder] <= page.count:
                return
            yield builder

    def forget(self, signature: Signature) -> None:
        """Its streak is over."""
        self._pages.pop(signature, None)


def _is_of(page: _Page, failure: FailureHistory, streak: Streak) -> bool:
    same = page.begin is streak.reds[0] and page.lowest is streak.lowest
    return same and page.steps == failure.seen_in


def _find(failure: FailureHistory, log: BuilderLog, bad: PlacedBuild, first: int) -> _Known:
    good = find_last_good(log, bad.position, failure)
    before = good if bad.position == first else find_last_good(log, first, failure)
    found = BuilderRange(
        bad.build.builder,
        RegressionRange(_sha(good), _sha(bad)),
        good.build.ref if good else None,
        bad.build.ref,
    )
    return _Known(before, found)


def _add_up(known: Mapping[str, _Known], streak: Streak) -> Ranges:
    builders = tuple(sorted(known))
    good = max((k.good for k in known.values() if k.good), default=None, key=_find_place)
    whole = RegressionRange(_sha(good), _sha(streak.lowest))
    return Ranges(whole, builders, tuple(known[b].range for b in builders))


_find_place = attrgetter("position", "order")  # much faster than comparing entries


def _sha(entry: PlacedBuild | None) -> str | None:
    return entry.build.revision if entry else None
