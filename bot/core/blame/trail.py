"""What is remembered of a builder and of a signature."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.blame.case import Belief
from bot.core.blame.outcome import Shown, outcome
from bot.core.blame.scopes import find_platform_tags
from bot.core.model import Observation, Outcome, Signature


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A build that is evidence, at its commit's position."""

    position: int
    order: tuple[datetime, int]
    build: Observation = field(compare=False)


@dataclass(slots=True)
class BuilderLog:
    """The evidence of one builder, by position."""

    tags: tuple[str, ...] = ()  # of its platform, as its last build told them
    entries: list[Entry] = field(default_factory=list)

    def put(self, entry: Entry) -> None:
        """Take an entry in, at its place."""
        insort(self.entries, entry)
        self.tags = find_platform_tags(entry.build.tags)

    def take_out(self, builds: Collection[int]) -> None:
        """Take out the entries of builds, told by their `id`; others have to be left."""
        self.entries = [e for e in self.entries if id(e.build) not in builds]
        last = max(self.entries, key=lambda e: (e.order, e.build.source)).build
        self.tags = find_platform_tags(last.tags)

    def index(self, position: int) -> int:
        """Where the entries at or after a position begin."""
        return bisect_left(self.entries, position, key=lambda e: e.position)

    def between(self, start: int, end: int) -> list[Entry]:
        """The entries from one position to another, both included."""
        return self.entries[self.index(start) : self.index(end + 1)]


# Of a failure that nobody mends, the first reds are kept, the newest, and of each builder the
# lowest and the highest after the first: the others change no range, and would make every fold
# dearer than the last.
_REDS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Streak:
    """Red builds from the first until every stable builder that showed it is green."""

    reds: tuple[Entry, ...]  # in the order of folding; of very many, some are left out
    opening: Entry | None  # the first stable one; None: none was stable yet
    floor: int  # suspects stand at or after this position: before it lies another, fixed streak
    fails: Mapping[str, int]  # by builder that showed it, how many red builds, all counted
    firsts: Mapping[str, Entry]  # by builder, its red at the lowest position
    builders: frozenset[str]  # the same builders
    lowest: Entry  # the red at the lowest position
    last_at: datetime  # when the last red build ended
    mark: int  # tells the red builds apart, those left out as well

    @classmethod
    def of(cls, red: Entry, floor: int) -> Streak:
        """A streak that begins with this build."""
        builder = red.build.builder
        return cls(
            reds=(red,),
            opening=red if red.build.stable else None,
            floor=floor,
            fails={builder: 1},
            firsts={builder: red},
            builders=frozenset((builder,)),
            lowest=red,
            last_at=red.order[0],
            mark=hash(red.order),
        )

    def add(self, red: Entry) -> Streak:
        """The streak with one red build more."""
        builder = red.build.builder
        known = self.firsts.get(builder)
        is_lower = known is None or red < known
        return replace(
            self,
            reds=_keep(self.reds, red),
            opening=self.opening or (red if red.build.stable else None),
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

    def last_reds(self) -> dict[str, Entry]:
        """By builder, its red entry at the highest position; stable builders only if there are."""
        last: dict[str, Entry] = {}
        for red in [e for e in self.reds if e.build.stable] or self.reds:
            known = last.get(red.build.builder)
            if known is None or red.position >= known.position:  # the later of two at one commit
                last[red.build.builder] = red
        return last


def _keep(reds: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    builder = entry.build.builder
    own = [e for e in reds[_REDS_KEPT:] if e.build.builder == builder]
    if len(own) < 2:
        return (*reds, entry)
    dropped = {e.order for e in sorted([*own, entry])[1:-1] if e is not entry}
    return (*reds[:_REDS_KEPT], *[e for e in reds[_REDS_KEPT:] if e.order not in dropped], entry)


# So many re-runs that passed are remembered one by one; of older ones, how many there were.
_FLAKED_KEPT = 64


@dataclass(frozen=True, slots=True)
class Trail:
    """All that builds said of one signature."""

    signature: Signature
    streak: Streak | None = None  # the present one
    fixed: Streak | None = None  # the last one that was a regression and got fixed
    floor: int = -1
    past: tuple[tuple[str, int], ...] = ()  # by builder: failures that no fix explains
    flaked: tuple[Entry, ...] = ()  # the newest that passed on a re-run within the build
    belief: Belief | None = None
    steps: frozenset[str | None] = frozenset()  # in which it was seen; None: not known

    def outcome(self, build: Observation, shown: Shown | None = None) -> Outcome | None:
        """What a build says of it; `shown` is its `find_shown`, where that is at hand."""
        return outcome(build, self.signature, self.steps, shown)

    def add_flaked(self, entry: Entry) -> Trail:
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


def find_first_good(log: BuilderLog, red: Entry, trail: Trail) -> Entry | None:
    """The first entry past a red one, by position, that passed."""
    for n in range(log.index(red.position + 1), len(log.entries)):
        if trail.outcome(log.entries[n].build) is Outcome.PASS:
            return log.entries[n]
    return None


def find_last_good(log: BuilderLog, before: int, trail: Trail, count: int = 1) -> Entry | None:
    """The `count`-th last entry before a position that passed; fewer if there are not so many."""
    found = None
    for n in range(log.index(before) - 1, -1, -1):
        if trail.outcome(log.entries[n].build) is Outcome.PASS:
            found = log.entries[n]
            count -= 1
            if not count:
                break
    return found
