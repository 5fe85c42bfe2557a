"""Planted orders for searches: which tests a victim needs, how often it then fails, and noise."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from bot.core.order_search.model import Limits, Outcome, Result, Trial
from bot.core.order_search.search import Search


@dataclass
class Planted:
    """The victim fails behind all of `needed`, at `rate`; by itself at `alone`."""

    count: int
    needed: frozenset[int]
    rate: float = 1.0
    alone: float = 0.0
    unresolved: Callable[[Trial], bool] = lambda _trial: False
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    trials: list[Trial] = field(default_factory=list)

    def run(self, trial: Trial) -> Outcome:
        self.trials.append(trial)
        if self.unresolved(trial):
            return Outcome.UNRESOLVED
        rate = self.rate if self.needed <= set(trial) else self.alone
        return Outcome.FAILED if self.chance.random() < rate else Outcome.PASSED

    def search(self, limits: Limits | None = None) -> Result:
        search = Search(self.count, limits)
        while search.trial is not None:
            search.record(self.run(search.trial))
        assert search.result is not None
        return search.result


def plant(count: int, needed: int, seed: int, rate: float = 1.0) -> Planted:
    """So many needed tests at random places."""
    chance = random.Random(seed)
    return Planted(count, frozenset(chance.sample(range(count), needed)), rate, chance=chance)


def minimise_by_deltas(count: int, run: Callable[[Trial], Outcome]) -> tuple[Trial, int]:
    """Zeller's and Hildebrandt's ddmin (2002), to compare with: what it finds, in how many runs."""
    known: dict[Trial, bool] = {}

    def fails(trial: Trial) -> bool:
        if trial not in known:
            known[trial] = run(trial) is Outcome.FAILED
        return known[trial]

    tests, parts = tuple(range(count)), 2
    while len(tests) >= 2:
        size = len(tests) / parts
        bounds = [round(size * n) for n in range(parts + 1)]
        pieces = [tests[a:b] for a, b in pairwise(bounds)]
        rests = [tuple(t for t in tests if t not in set(piece)) for piece in pieces]
        smaller = next((piece for piece in pieces if fails(piece)), None)
        if smaller is not None:
            tests, parts = smaller, 2
            continue
        rest = next((rest for rest in rests if parts > 2 and fails(rest)), None)
        if rest is not None:
            tests, parts = rest, max(parts - 1, 2)
        elif parts < len(tests):
            parts = min(len(tests), parts * 2)
        else:
            break
    return tests, len(known)
