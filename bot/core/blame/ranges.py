"""Ranges: an open streak and what builders built in, (last good, first bad] on each builder out.

A failure that shows on two hundred builders has as many ranges, and a build changes at most one of
them: what is worked out is kept until the builder's log changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

from bot.core.blame.trail import BuilderLog, Entry, Streak, Trail, find_last_good
from bot.core.model import BuilderRange, RegressionRange, Signature


@dataclass(frozen=True, slots=True)
class Ranges:
    """The regression ranges of one streak."""

    whole: RegressionRange  # intersected over the builders
    by_builder: tuple[BuilderRange, ...]


@dataclass(slots=True)
class _Known:
    """What was worked out for one builder, and from what."""

    version: int  # of its log
    bad: Entry  # its own first red
    first: int  # where the first red of all builders stands
    good: Entry | None  # its last good before that
    range: BuilderRange


@dataclass(slots=True)
class _Page:
    """What is known of one signature, as long as it is seen in these steps."""

    steps: frozenset[str | None]
    known: dict[str, _Known]


_find_place = attrgetter("position", "order")  # much faster than comparing entries


class RangeBook:
    """Ranges of open streaks. It only saves time: without it the answers are the same."""

    def __init__(self) -> None:
        self._pages: dict[Signature, _Page] = {}

    def find(self, trail: Trail, streak: Streak, logs: Mapping[str, BuilderLog]) -> Ranges:
        """The ranges of a streak of this trail, the builders in the order of their names."""
        page = self._pages.get(trail.signature)
        if page is None or page.steps != trail.steps:
            page = self._pages[trail.signature] = _Page(trail.steps, {})
        own = []
        for builder in sorted(streak.builders):
            log, bad = logs[builder], streak.firsts[builder]
            known = page.known.get(builder)
            if known is None or not _holds(known, log, bad, streak.first):
                known = page.known[builder] = _find(trail, log, bad, streak.first)
            own.append(known)
        good = max((known.good for known in own if known.good), default=None, key=_find_place)
        whole = RegressionRange(_sha(good), _sha(streak.lowest))
        return Ranges(whole, tuple(known.range for known in own))

    def forget(self, signature: Signature) -> None:
        """Its streak is over."""
        self._pages.pop(signature, None)


def _holds(known: _Known, log: BuilderLog, bad: Entry, first: int) -> bool:
    return known.version == log.version and known.bad is bad and known.first == first


def _find(trail: Trail, log: BuilderLog, bad: Entry, first: int) -> _Known:
    good = find_last_good(log, bad.position, trail)
    before = good if bad.position == first else find_last_good(log, first, trail)
    found = BuilderRange(
        bad.build.builder,
        RegressionRange(_sha(good), _sha(bad)),
        good.build.buildid if good else None,
        bad.build.buildid,
    )
    return _Known(log.version, bad, first, before, found)


def _sha(entry: Entry | None) -> str | None:
    return entry.build.revision if entry else None
