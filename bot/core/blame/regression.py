"""The likelihood that a commit did it: a case in, the weight of every suspect out.

At or after the culprit a sensitive builder fails nearly always, before it never. Which builders
are sensitive, and how often they fail, is itself unknown: all ways are tried and added up.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.blame.case import Case, Seen
from bot.core.blame.flakes import Flakes
from bot.core.blame.rates import Rates
from bot.core.blame.scopes import find_scopes


def weigh_commits(case: Case, flakes: Flakes, rates: Rates) -> tuple[list[float], float]:
    """Weights of every suspect, and of OLD, which is a commit before all evidence."""
    count = len(case.shares)
    likelihood = [0.0] * count
    shown = frozenset(s.builder for s in case.window if s.failed)
    fail_rates = rates.fail_rates_of_compiling if case.compiles else rates.fail_rates
    for scope in find_scopes(case.tags, shown, rates):
        story = _tell(case, scope.builders, rates)
        for rate, share in fail_rates:
            for n, value in enumerate(_scan(case, story, flakes, rate=rate, rates=rates)):
                likelihood[n] += scope.weight * share * value
    story = _tell(case, shown, rates)
    others = [s for s in case.window if s.builder not in shown]
    for rate, share in fail_rates:
        values = _scan(case, story, flakes, rate=rate, rates=rates)
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


@dataclass(slots=True)
class _Step:
    """All that the builders of a scope showed at one position or above it."""

    position: int
    failed: float  # what is no news counts for less
    passed: float
    flaked: float
    below: int  # reds below it


@dataclass(frozen=True, slots=True)
class _Story:
    """What the builders of a scope showed, up to the last failure and after it."""

    steps: Sequence[_Step]  # by position, up to the last failure
    reds: int  # of these
    outside: int  # reds of builders out of scope
    trailing: Sequence[Seen]
    last_red: int


def _tell(case: Case, builders: frozenset[str], rates: Rates) -> _Story:
    own = [s for s in case.window if s.builder in builders]
    last_red = max((s.position for s in own if s.failed), default=case.start)
    until = bisect_left(own, last_red + 1, key=lambda s: s.position)
    inner = own[:until]
    reds = sum(s.red for s in inner)
    outside = sum(s.red for s in case.window) - sum(s.red for s in own)
    return _Story(_find_steps(inner, reds, rates), reds, outside, own[until:], last_red)


def _find_steps(inner: Sequence[Seen], reds: int, rates: Rates) -> list[_Step]:
    above = _Step(0, 0.0, 0.0, 0.0, reds)
    told: set[tuple[str, int, bool]] = set()
    steps: list[_Step] = []
    for s in reversed(inner):
        # The same machine at the same commit says the same again: half of it is news.
        again = (s.worker, s.position, s.failed)
        news = rates.repeat if again in told else 1.0
        told.add(again)
        above.failed += news * s.failed
        above.flaked += news * s.flaked
        above.passed += news * (not s.red)
        above.below -= s.red
        if steps and steps[-1].position == s.position:
            steps.pop()
        steps.append(_Step(s.position, above.failed, above.passed, above.flaked, above.below))
    steps.reverse()
    return steps


def _scan(case: Case, story: _Story, flakes: Flakes, *, rate: float, rates: Rates) -> list[float]:
    """For each suspect the likelihood of what the builders of a scope showed."""
    fail, passing = math.log(rate), math.log(1.0 - rate)
    flaked = math.log(max(rate * (1.0 - rate), rates.flaked_of_regression))
    tail = _weigh_tail(story.trailing, story.last_red, rate, rates)
    values, steps, k = [], story.steps, 0
    value = -1.0  # of the present step; it holds for all suspects up to the next one
    for position in range(case.start, case.start + len(case.shares)):
        while k < len(steps) and steps[k].position < position:
            k, value = k + 1, -1.0
        if value < 0.0:
            t = steps[k] if k < len(steps) else _Step(position, 0.0, 0.0, 0.0, story.reds)
            value = math.exp(t.failed * fail + t.passed * passing + t.flaked * flaked)
            value *= flakes.weigh_strays(t.below + story.outside)
        values.append(value * _weigh_fix(case, story, position, tail, rates))
    return values


def _weigh_fix(case: Case, story: _Story, position: int, tail: float, rates: Rates) -> float:
    """A suspect that was reverted just before the passes: that is why they passed."""
    revert = case.reverted.get(position)
    if revert is None or not story.trailing:
        return tail
    fits = story.last_red < revert <= story.trailing[0].position
    return max(tail, rates.fix_by_revert) if fits else tail


def _weigh_tail(trailing: Sequence[Seen], last_red: int, rate: float, rates: Rates) -> float:
    """Passes after the last failure: the culprit spared them, or somebody fixed it meanwhile."""
    passes = sum(not s.failed for s in trailing)
    if not passes:
        return 1.0
    gap = trailing[0].position - last_red
    fixed = min(rates.fix_at_most, rates.fixes_per_commit * gap)
    return float((1.0 - rate) ** passes) + fixed
