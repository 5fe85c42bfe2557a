"""What is remembered of a builder and of a signature."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.blame.case import Posterior
from bot.core.blame.platforms import find_platform_tags
from bot.core.blame.timeline.lenient_steps import Lenient, learn_lenient, without_lenient
from bot.core.blame.timeline.outcomes import ExecutedSuites, Shown, find_outcome
from bot.core.blame.timeline.suites import (
    Place,
    SeenIn,
    find_places,
    find_shown_suites,
    find_suites,
)
from bot.core.blame.timeline.undo_log import UndoLog
from bot.core.model import BuildRef, Observation, Outcome, ScheduledBy, Signature
from bot.core.model.build_results import is_green

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class PlacedBuild:
    """A build that is evidence, at its commit's position."""

    position: int
    order: tuple[datetime, BuildRef]
    build: Observation = field(compare=False)
    # The suites that it went through, by what was known when it was folded.
    suites: frozenset[str] = field(default=_NONE, compare=False)
    log: BuilderLog | None = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class BuilderLog:
    """The evidence of one builder, by position."""

    tags: tuple[str, ...] = ()  # of its platform, as its last build told them
    entries: list[PlacedBuild] = field(default_factory=list)
    known: dict[Place, frozenset[str]] = field(default_factory=dict)  # suites that it ran
    lenient: Lenient = field(default_factory=dict)  # steps that may fail
    # How many of its builds went through a suite; None: those of which only steps' names are known.
    counts: Counter[str | None] = field(default_factory=Counter)

    def put(self, position: int, build: Observation, undo_log: UndoLog) -> PlacedBuild:
        """Take a build in, at its place, and what it tells of steps."""
        learn_lenient(build, self.lenient, undo_log)
        build = without_lenient(build, self.lenient)
        for place, suite in find_shown_suites(build):
            before = self.known.get(place, _NONE)
            if suite not in before:
                undo_log.put(self.known, place, before | {suite})
        suites = _NONE if build.step_runs is None else find_suites(build, self.known)
        entry = PlacedBuild(position, build.order, build, suites, self)
        insort(self.entries, entry)
        self.counts.update(_count(entry))
        self.tags = find_platform_tags(build.tags)
        return entry

    def take_out(self, builds: Collection[tuple[str, int]]) -> None:
        """Take out the entries of builds, told by source and id; others have to be left.

        What they told of steps the journal has taken back.
        """
        self.entries = [e for e in self.entries if (e.build.source, e.build.buildid) not in builds]
        self.counts = Counter(key for e in self.entries for key in _count(e))
        last = max(self.entries, key=lambda e: (e.order, e.build.source)).build
        self.tags = find_platform_tags(last.tags)

    def count_builds(self, suite: str) -> int:
        """How many builds could have shown a failure of a suite."""
        return self.counts[None] + self.counts[suite]

    def index(self, position: int) -> int:
        """Where the entries at or after a position begin."""
        return bisect_left(self.entries, position, key=lambda e: e.position)

    def between(self, start: int, end: int) -> list[PlacedBuild]:
        """The entries from one position to another, both included."""
        return self.entries[self.index(start) : self.index(end + 1)]


def _count(entry: PlacedBuild) -> Collection[str | None]:
    """Of which suites a build could have shown a failure."""
    if entry.build.step_runs is None:
        return (None,)
    return entry.suites | {run.suite for run in entry.build.runs if run.complete}


# Of a failure that nobody mends, the first reds are kept, the newest, and of each builder the
# lowest and the highest after the first: the others change no range, and would make every fold
# dearer than the last.
_REDS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Streak:
    """Red builds from the first until every stable builder that showed it is green."""

    reds: tuple[PlacedBuild, ...]  # in the order of folding; of very many, some are left out
    # The first of a stable builder that nobody was asked for; None: there is none yet.
    opening: PlacedBuild | None
    floor: int  # suspects stand at or after this position: before it lies another, fixed streak
    fails: Mapping[str, int]  # by builder that showed it, how many red builds, all counted
    firsts: Mapping[str, PlacedBuild]  # by builder, its red at the lowest position
    builders: frozenset[str]  # the same builders
    lowest: PlacedBuild  # the red at the lowest position
    last_at: datetime  # when the last red build ended
    mark: int  # tells the red builds apart, those left out as well

    @classmethod
    def of(cls, red: PlacedBuild, floor: int) -> Streak:
        """A streak that begins with this build."""
        builder = red.build.builder
        return cls(
            reds=(red,),
            opening=red if _may_open(red.build) else None,
            floor=floor,
            fails={builder: 1},
            firsts={builder: red},
            builders=frozenset((builder,)),
            lowest=red,
            last_at=red.order[0],
            mark=hash(red.order),
        )

    def add(self, red: PlacedBuild) -> Streak:
        """The streak with one red build more."""
        builder = red.build.builder
        known = self.firsts.get(builder)
        is_lower = known is None or red < known
        return replace(
            self,
            reds=_keep(self.reds, red),
            opening=self.opening or (red if _may_open(red.build) else None),
            fails={**self.fails, builder: self.fails.get(builder, 0) + 1},
            firsts={**self.firsts, builder: red} if is_lower else self.firsts,
            builders=self.builders | {builder} if known is None else self.builders,
            lowest=min(self.lowest, red),
            last_at=red.order[0],
            mark=hash((self.mark, red.order)),
        )

    @property
    def count(self) -> int:
        """How many red builds there are, those left out as well."""
        return sum(self.fails.values())

    @property
    def first(self) -> int:
        """The lowest red position."""
        return self.lowest.position

    @property
    def key(self) -> tuple[object, ...]:
        """Two signatures with the same key were never told apart."""
        return (self.opening and self.opening.order, self.mark)

    def last_reds(self) -> dict[str, PlacedBuild]:
        """By builder, its red entry at the highest position; stable builders only if there are."""
        last: dict[str, PlacedBuild] = {}
        for red in [e for e in self.reds if e.build.stable] or self.reds:
            known = last.get(red.build.builder)
            if known is None or red.position >= known.position:  # the later of two at one commit
                last[red.build.builder] = red
        return last


def _may_open(build: Observation) -> bool:
    """What only builds on request show is not yet red on the branch."""
    return build.stable and build.scheduled_by is not ScheduledBy.REQUEST


def _keep(reds: tuple[PlacedBuild, ...], entry: PlacedBuild) -> tuple[PlacedBuild, ...]:
    builder = entry.build.builder
    own = [e for e in reds[_REDS_KEPT:] if e.build.builder == builder]
    if len(own) < 2:
        return (*reds, entry)
    dropped = {e.order for e in sorted([*own, entry])[1:-1] if e is not entry}
    return (*reds[:_REDS_KEPT], *[e for e in reds[_REDS_KEPT:] if e.order not in dropped], entry)


# So many re-runs that passed are remembered one by one; of older ones, how many there were.
_FLAKED_KEPT = 64


@dataclass(frozen=True, slots=True)
class FailureHistory:
    """All that builds said of one signature."""

    signature: Signature
    streak: Streak | None = None  # the present one
    fixed: Streak | None = None  # the last one that was a regression and got fixed
    floor: int = -1
    past: tuple[tuple[str, int], ...] = ()  # by builder: failures that no fix explains
    flaked: tuple[PlacedBuild, ...] = ()  # the newest that passed on a re-run within the build
    belief: Posterior | None = None
    steps: frozenset[str | None] = frozenset()  # in which it was seen; None: not known
    accused: tuple[tuple[int, datetime], ...] = ()  # pulls that it accused, and when last
    places: frozenset[Place] = frozenset()  # the same with what they were told to run, if known
    readers: frozenset[bool] = frozenset()  # whether those that showed it were read with commands

    def outcome(self, entry: PlacedBuild, shown: Shown | None = None) -> Outcome | None:
        """What a build says of it; `shown` is its `find_shown`, where that is at hand."""
        found = self._find_outcome(entry, shown)
        if found is Outcome.PASS and not self._is_comparable(entry.build):
            return None
        return found

    def _is_comparable(self, build: Observation) -> bool:
        """An earlier version may have read the same test under another name, or not at all.

        So a red build passes nothing that only builds showed that another reader read.
        """
        if is_green(build.result) or not self.readers:
            return True
        return (build.step_runs is not None) in self.readers

    def _find_outcome(self, entry: PlacedBuild, shown: Shown | None) -> Outcome | None:
        if entry.build.step_runs is None:
            return find_outcome(entry.build, self.signature, self.steps, shown)
        executed = ExecutedSuites(lambda: self._find_suites(entry), self.places)
        return find_outcome(entry.build, self.signature, self.steps, shown, executed)

    def _find_suites(self, entry: PlacedBuild) -> frozenset[str]:
        """Who showed it, ran it also in the builds before: the same step did, by this command."""
        if entry.log is None or not self.is_shown_by(entry.build.builder):
            return entry.suites
        return entry.suites | find_suites(entry.build, entry.log.known)

    @property
    def seen_in(self) -> SeenIn:
        """The steps, and what they were told to run."""
        return self.steps, self.places

    def is_shown_by(self, builder: str) -> bool:
        """A builder was ever seen to fail in this way."""
        streaks = [s for s in (self.streak, self.fixed) if s]
        return (
            any(builder in s.builders for s in streaks)
            or any(b == builder for b, _ in self.past)
            or any(e.build.builder == builder for e in self.flaked)
        )

    def see(self, shown: Shown, build: Observation) -> FailureHistory:
        """The failure, which knows in which steps of this build it was seen."""
        seen = {s.step for s in shown[self.signature.site] if s.signature == self.signature}
        places = find_places(build, seen)
        readers = {build.step_runs is not None}
        if seen <= self.steps and places <= self.places and readers <= self.readers:
            return self
        return replace(
            self,
            steps=self.steps | seen,
            places=self.places | places,
            readers=self.readers | readers,
        )

    def add_flaked(self, entry: PlacedBuild) -> FailureHistory:
        """With one failure more that passed on a re-run; the oldest of many are only counted."""
        flaked = (*self.flaked, entry)
        if len(flaked) <= _FLAKED_KEPT:
            return replace(self, flaked=flaked)
        past = Counter(dict(self.past))
        past[flaked[0].build.builder] += 1
        return replace(self, flaked=flaked[1:], past=tuple(sorted(past.items())))

    @property
    def is_regression(self) -> bool:
        """A commit is likelier than all other causes together."""
        return self.belief is not None and self.belief.regression >= 0.5

    def count_fails(self) -> Counter[str]:
        """By builder, all failures but those of fixed regressions."""
        fails = Counter(dict(self.past))
        fails.update(e.build.builder for e in self.flaked)
        fails.update(self.streak.fails if self.streak else {})
        return fails


def find_first_good(
    log: BuilderLog, red: PlacedBuild, failure: FailureHistory
) -> PlacedBuild | None:
    """The first entry past a red one, by position, that passed."""
    for n in range(log.index(red.position + 1), len(log.entries)):
        if failure.outcome(log.entries[n]) is Outcome.PASS:
            return log.entries[n]
    return None


def find_last_good(
    log: BuilderLog, before: int, failure: FailureHistory, count: int = 1
) -> PlacedBuild | None:
    """The `count`-th last entry before a position that passed; fewer if there are not so many."""
    found = None
    for n in range(log.index(before) - 1, -1, -1):
        if failure.outcome(log.entries[n]) is Outcome.PASS:
            found = log.entries[n]
            count -= 1
            if not count:
                break
    return found
