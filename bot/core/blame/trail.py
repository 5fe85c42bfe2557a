"""What is remembered of a builder and of a signature."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.blame.case import Belief
from bot.core.blame.outcome import outcome
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

    tags: tuple[str, ...] = ()
    entries: list[Entry] = field(default_factory=list)

    def index(self, position: int) -> int:
        """Where the entries at or after a position begin."""
        return bisect_left(self.entries, position, key=lambda e: e.position)

    def between(self, start: int, end: int) -> list[Entry]:
        """The entries from one position to another, both included."""
        return self.entries[self.index(start) : self.index(end + 1)]


@dataclass(frozen=True, slots=True)
class Streak:
    """Red builds from the opening until every stable builder that showed it is green."""

    reds: tuple[Entry, ...]  # in the order of folding; of very many, some are left out
    opening: Entry | None  # the first stable one; None: none was stable yet
    floor: int  # suspects stand at or after this position: before it lies another, fixed streak
    builders: frozenset[str] = frozenset()  # that showed it

    @property
    def key(self) -> tuple[object, ...]:
        """Two signatures with the same key were never told apart."""
        return (self.opening and self.opening.order, tuple(e.order for e in self.reds))

    @property
    def first(self) -> int:
        """The lowest red position."""
        return min(e.position for e in self.reds)

    def last_reds(self) -> dict[str, Entry]:
        """By builder, its red entry at the highest position; stable builders only if there are."""
        own = [e for e in self.reds if e.build.stable] or list(self.reds)
        return {e.build.builder: e for e in sorted(own)}


@dataclass(frozen=True, slots=True)
class Trail:
    """All that builds said of one signature."""

    signature: Signature
    streak: Streak | None = None  # the present one
    fixed: Streak | None = None  # the last one that was a regression and got fixed
    floor: int = -1
    past: tuple[tuple[str, int], ...] = ()  # by builder: failures that no fix explains
    flaked: tuple[Entry, ...] = ()  # failures that passed on a re-run within the build
    belief: Belief | None = None
    steps: frozenset[str | None] = frozenset()  # in which it was seen; None: not known

    def outcome(self, build: Observation) -> Outcome | None:
        """What a build says of it."""
        return outcome(build, self.signature, self.steps)

    @property
    def is_regression(self) -> bool:
        """A commit is likelier than all other causes together."""
        return self.belief is not None and self.belief.regression >= 0.5

    def count_fails(self) -> Counter[str]:
        """By builder, all failures but those of fixed regressions."""
        fails = Counter(dict(self.past))
        fails.update(e.build.builder for e in self.flaked)
        fails.update(e.build.builder for e in (self.streak.reds if self.streak else ()))
        return fails


def find_first_good(log: BuilderLog, red: Entry, trail: Trail) -> Entry | None:
    """The first entry past a red one, by position, that passed."""
    later = log.entries[log.index(red.position + 1) :]
    return next((e for e in later if trail.outcome(e.build) is Outcome.PASS), None)


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
