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
    fail_rates = rates.fail_rates_of_compiling if case.compiles else rates.fail_rates
    for scope in find_scopes(case.tags, shown, rates):
        own = [s for s in case.window if s.builder in scope.builders]
        outside = reds - sum(s.failed or s.flaked for s in own)
        for rate, share in fail_rates:
            weight = scope.weight * share
            for n, value in enumerate(
                _scan(case, own, outside, flakes=flakes, rate=rate, rates=rates)
            ):
                likelihood[n] += weight * value
    own = [s for s in case.window if s.builder in shown]
    others = [s for s in case.window if s.builder not in shown]
    outside = reds - sum(s.failed or s.flaked for s in own)
    for rate, share in fail_rates:
        values = _scan(case, own, outside, flakes=flakes, rate=rate, rates=rates)
        clear = _weigh_alibis(case, others, len(shown), rate=rate, rates=rates)
        for n, value in enumerate(values):
            likelihood[n] += rates.scope_some * share * value * clear[n]
    factor = rates.of_regression(case) * rates.regressions_per_commit * count
    suspects = [factor * s * v for s, v in zip(case.shares, likelihood, strict=True)]
    return suspects, rates.of_old(case) * rates.old_failures * likelihood[0]


def _weigh_alibis(
    case: Case, others: Sequence[Seen], shown: int, *, rate: float, rates: Rates
) -> list[float]:
    """For each suspect, how likely passes of builders that never showed it are.

    Each of them may be spared by the culprit, as often as it may not: no pass clears for sure.
    """
    last_red = max((s.position for s in case.window if s.failed), default=case.start)
    total = [0.0] * len(case.shares)
    passes: dict[str, list[int]] = {}
    for s in others:
        if s.position <= last_red:
            passes.setdefault(s.builder, []).append(s.position)
    for some in rates.builders_shown:
        logs = [0.0] * len(case.shares)  # what is added from each suspect downwards
        for positions in passes.values():
            before = 0.0
            for n, position in enumerate(sorted(positions, reverse=True)[:_PASSES_TOLD], 1):
                now = math.log(1.0 - some + some * (1.0 - rate) ** n)
                at = min(position - case.start, len(case.shares) - 1)
                if at >= 0:
                    logs[at] += now - before
                before = now
        below, weight = 0.0, some**shown / len(rates.builders_shown)
        for n in range(len(case.shares) - 1, -1, -1):
            below += logs[n]
            total[n] += weight * math.exp(below)
    return total


_PASSES_TOLD = 3  # of one builder; more of them tell of its being spared, not of the commits


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
