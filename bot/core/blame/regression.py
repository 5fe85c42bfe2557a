"""The likelihood that a commit did it: a case in, the weight of every suspect out.

At or after the culprit a sensitive builder fails nearly always, before it never. Which builders
are sensitive, and how often they fail, is itself unknown: all ways are tried and added up.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

from bot.core.blame.case import Case, Seen
from bot.core.blame.flakes import Flakes
from bot.core.blame.rates import Rates
from bot.core.blame.scopes import find_scopes


def weigh_commits(case: Case, flakes: Flakes, rates: Rates) -> tuple[list[float], float]:
    """Weights of every suspect, and of OLD, which is a commit before all evidence."""
    count = len(case.shares)
    likelihood = [0.0] * count
    shown = frozenset(s.builder for s in case.window if s.failed)
    reds = sum(s.red for s in case.window)
    for scope in find_scopes(case.tags, shown, rates):
        own = [s for s in case.window if s.builder in scope.builders]
        outside = reds - sum(s.failed or s.flaked for s in own)
        for rate, share in rates.fail_rates:
            weight = scope.weight * share
            for n, value in enumerate(
                _scan(case, own, outside, flakes=flakes, rate=rate, rates=rates)
            ):
                likelihood[n] += weight * value
    factor = rates.of_regression(case) * rates.regressions_per_commit * count
    suspects = [factor * s * v for s, v in zip(case.shares, likelihood, strict=True)]
    return suspects, rates.of_old(case) * rates.old_failures * likelihood[0]


def _scan(
    case: Case,
    own: Sequence[Seen],
    outside: int,
    *,
    flakes: Flakes,
    rate: float,
    rates: Rates,
) -> list[float]:
    """For each suspect the likelihood of what the builders of a scope showed."""
    last_red = max((s.position for s in own if s.failed), default=case.start)
    until = bisect_left(own, last_red + 1, key=lambda s: s.position)
    inner, trailing = own[:until], own[until:]
    steps = _find_steps(inner, rate, rates)
    at = [position for position, _, _ in steps]
    reds = sum(s.failed or s.flaked for s in inner)
    tail = _weigh_tail(trailing, last_red, rate, rates)
    values = []
    for position in range(case.start, case.start + len(case.shares)):
        k = bisect_left(at, position)
        log_likelihood, below = steps[k][1:] if k < len(at) else (0.0, reds)
        fixed = tail
        revert = case.reverted.get(position)
        if revert is not None and trailing and last_red < revert <= trailing[0].position:
            fixed = max(tail, rates.fix_by_revert)
        values.append(math.exp(log_likelihood) * flakes.weigh_strays(below + outside) * fixed)
    return values


def _find_steps(inner: Sequence[Seen], rate: float, rates: Rates) -> list[tuple[int, float, int]]:
    """By position: the log likelihood of all at or above it, and how many reds lie below it."""
    fail, passing = math.log(rate), math.log(1.0 - rate)
    flaked = math.log(max(rate * (1.0 - rate), rates.flaked_of_regression))
    above, below = 0.0, sum(s.failed or s.flaked for s in inner)
    told: set[tuple[str, int, bool]] = set()
    steps: list[tuple[int, float, int]] = []
    for s in reversed(inner):
        step = fail if s.failed else flaked if s.flaked else passing
        # The same machine at the same commit says the same again: half of it is news.
        again = (s.worker, s.position, s.failed)
        above += step * (rates.repeat if again in told else 1.0)
        told.add(again)
        below -= s.failed or s.flaked
        if steps and steps[-1][0] == s.position:
            steps.pop()
        steps.append((s.position, above, below))
    steps.reverse()
    return steps


def _weigh_tail(trailing: Sequence[Seen], last_red: int, rate: float, rates: Rates) -> float:
    """Passes after the last failure: the culprit spared them, or somebody fixed it meanwhile."""
    passes = sum(not s.failed for s in trailing)
    if not passes:
        return 1.0
    gap = trailing[0].position - last_red
    fixed = min(rates.fix_at_most, rates.fixes_per_commit * gap)
    return float((1.0 - rate) ** passes) + fixed
