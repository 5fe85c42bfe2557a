"""The nouns of a search for what a test's failure depends on.

A *victim* is the test that fails. What ran before it is given by its place in the order of the
run, from 0; a *trial* is a choice of these places, and the victim runs behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Trial = tuple[int, ...]
"""Places of the tests that run before the victim, ascending."""


class Outcome(StrEnum):
    """What one run of a trial showed of the victim."""

    FAILED = "failed"
    PASSED = "passed"
    UNRESOLVED = "unresolved"  # it did not get so far, or nobody can tell


class State(StrEnum):
    """What a search came to."""

    FOUND = "found"
    FAILS_ALONE = "fails_alone"
    NOT_SHOWN = "not_shown"  # the whole order was run, and the victim passed
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Limits:
    """How sure, and how long.

    `error`: the probability that may be left for another answer. `tries`: how often the whole
    order may pass before it is said not to show the failure. `runs`: the most runs of all.
    `rate`: how often the victim fails behind all that it needs, where that is known.
    """

    error: float = 0.01
    tries: int = 7  # seven passes: what fails every second time is missed once in 128
    runs: int = 1000
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What the runs of one trial showed."""

    failed: int = 0
    passed: int = 0
    unresolved: int = 0

    @property
    def judged(self) -> int:
        """The runs that told something."""
        return self.failed + self.passed


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a search.

    `needed` are the places that must come before the victim: of `FOUND` the smallest choice, of
    `UNDECIDED` the smallest that was seen to fail, or None. `without` tells of each group of places
    that was left out to see that the victim passes then.
    """

    state: State
    needed: Trial | None
    runs: int
    tally: Tally  # of `needed`
    held: Tally  # of all lists that hold `needed`
    alone: Tally
    whole: Tally
    without: tuple[tuple[Trial, Tally], ...] = ()
    reason: str = ""  # why it is undecided

    @property
    def rate(self) -> float:
        """How often the victim fails behind all that it needs; 1 where no run told."""
        return self.held.failed / self.held.judged if self.held.judged else 1.0
