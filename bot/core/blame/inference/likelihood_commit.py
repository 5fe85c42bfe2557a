"""The likelihood that a commit did it: a case in, the weight of every suspect out.

At or after the culprit a sensitive builder fails nearly always, before it never. Which builders
are sensitive, and how often they fail, is itself unknown: all ways are tried and added up.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bot.core.blame.case import Case, WindowBuild
from bot.core.blame.inference.builder_scopes import find_scopes
from bot.core.blame.inference.likelihood_flaky import FlakyLikelihood
from bot.core.blame.inference.parameters import ModelParameters


def likelihood_of_commits(
    case: Case, flakes: FlakyLikelihood, rates: ModelParameters
) -> tuple[list[float], float]:
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
    alibis = _find_alibis(case, shown)
    for rate, share in fail_rates:
        values = _scan(case, story, flakes, rate=rate, rates=rates)
        clear = _weigh_alibis(case, alibis, len(shown), rate=rate, rates=rates)
        for n, value in enumerate(values):
            likelihood[n] += rates.scope_some * share * value * clear[n]
    factor = rates.of_regression(case) * rates.regressions_per_commit * count
    suspects = [factor * s * v for s, v in zip(case.shares, likelihood, strict=True)]
    if case.sibling is not None:
        after = max(0, case.sibling + 1 - case.start)
        suspects[after:] = [w * rates.second_of_message for w in suspects[after:]]
    for position in case.outlived:
        suspects[position - case.start] *= rates.outlived
    old = rates.of_old(case) * rates.old_failures * likelihood[0]
    return suspects, old + rates.of_broken(case) * _weigh_former(case, shown, flakes, rates)


def _weigh_former(
    case: Case, shown: frozenset[str], flakes: FlakyLikelihood, rates: ModelParameters
) -> float:
    """What seemed to be fixed was not: its culprit only fails now and then."""
    if case.former is None:
        return 0.0
    fails, passes = case.former.fails, case.former.passes
    first = min((s.position for s in case.window if s.failed), default=case.start) - case.start
    story = _tell(case, shown | case.former.builders, rates)
    total = weight = 0.0
    for rate, share in rates.fail_rates:
        earlier = share * rate**fails * (1.0 - rate) ** passes
        spared = (1.0 - rate) ** case.former.since
        now = _scan(case, story, flakes, rate=rate, rates=rates)[min(first, len(case.shares) - 1)]
        total, weight = total + earlier * spared * now, weight + earlier
    return rates.unfixed * total / weight if weight else 0.0


class _Alibis(NamedTuple):
    """Passes of builders that never showed it: each clears the suspects up to one."""

    ends: Sequence[int]  # these suspects, from the first on
    passes: Sequence[tuple[int, int]]  # which end, and how many newer ones its builder has


def _find_alibis(case: Case, shown: frozenset[str]) -> _Alibis:
    last_red = max([s.position for s in case.window if s.failed], default=case.start)
    passes: dict[str, list[int]] = {}
    for s in case.window:
        if s.position <= last_red and s.builder not in shown:
            passes.setdefault(s.builder, []).append(s.position)
    last = len(case.shares) - 1
    cleared = [
        (min(position - case.start, last), n)
        for own in passes.values()
        for n, position in enumerate(sorted(own, reverse=True)[:_PASSES_TOLD])
        if position >= case.start
    ]
    ends = sorted({at for at, _ in cleared})
    place = {at: n for n, at in enumerate(ends)}
    return _Alibis(ends, [(place[at], n) for at, n in cleared])


def _weigh_alibis(
    case: Case, alibis: _Alibis, shown: int, *, rate: float, rates: ModelParameters
) -> list[float]:
    """For each suspect, how likely passes of builders that never showed it are.

    Each of them may be spared by the culprit, as often as it may not: no pass clears for sure.
    """
    ends = alibis.ends
    total = [0.0] * (len(ends) + 1)  # by the suspects up to each end, and those after the last
    for some in rates.builders_shown:
        logs = [0.0] * len(ends)  # what is added from each end downwards
        told = [math.log(1.0 - some + some * (1.0 - rate) ** n) for n in range(1, _PASSES_TOLD + 1)]
        news = [now - before for before, now in pairwise([0.0, *told])]
        for at, n in alibis.passes:
            logs[at] += news[n]
        below, weight = 0.0, some**shown / len(rates.builders_shown)
        total[-1] += weight
        for n in range(len(ends) - 1, -1, -1):
            below += logs[n]
            total[n] += weight * math.exp(below)
    counts = [end - before for before, end in pairwise([-1, *ends, len(case.shares) - 1])]
    return [value for value, count in zip(total, counts, strict=True) for _ in range(count)]


_PASSES_TOLD = 3  # of one builder; more of them tell of its being spared, not of the commits


class _Step(NamedTuple):
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
    trailing: Sequence[WindowBuild]
    last_red: int


def _tell(case: Case, builders: frozenset[str], rates: ModelParameters) -> _Story:
    own = [s for s in case.window if s.builder in builders]
    last_red = max([s.position for s in own if s.failed], default=case.start)
    until = bisect_left(own, last_red + 1, key=lambda s: s.position)
    inner = own[:until]
    reds = _count_reds(inner)
    outside = _count_reds(case.window) - _count_reds(own)
    return _Story(_find_steps(inner, reds, rates), reds, outside, own[until:], last_red)


def _count_reds(builds: Sequence[WindowBuild]) -> int:
    return len([1 for s in builds if s.failed or s.flaked])


def _find_steps(inner: Sequence[WindowBuild], reds: int, rates: ModelParameters) -> list[_Step]:
    failed = passed = flaked = 0.0
    told: set[tuple[str, int, bool]] = set()
    steps: list[_Step] = []
    for n in range(len(inner) - 1, -1, -1):
        s = inner[n]
        # The same machine at the same commit says the same again: half of it is news.
        again = (s.worker, s.position, s.failed)
        news = rates.repeat if again in told else 1.0
        told.add(again)
        if s.failed:
            failed += news
        if s.flaked:
            flaked += news
        if s.failed or s.flaked:
            reds -= 1
        else:
            passed += news
        if not n or inner[n - 1].position != s.position:
            steps.append(_Step(s.position, failed, passed, flaked, reds))
    steps.reverse()
    return steps


def _scan(
    case: Case, story: _Story, flakes: FlakyLikelihood, *, rate: float, rates: ModelParameters
) -> list[float]:
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
        fix = _weigh_fix(case, story, position, tail, rates) if case.reverted else tail
        values.append(value * fix)
    return values


def _weigh_fix(
    case: Case, story: _Story, position: int, tail: float, rates: ModelParameters
) -> float:
    """A suspect that was reverted just before the passes: that is why they passed."""
    revert = case.reverted.get(position)
    if revert is None or not story.trailing:
        return tail
    fits = story.last_red < revert <= story.trailing[0].position
    return max(tail, rates.fix_by_revert) if fits else tail


def _weigh_tail(
    trailing: Sequence[WindowBuild], last_red: int, rate: float, rates: ModelParameters
) -> float:
    """Passes after the last failure: the culprit spared them, or somebody fixed it meanwhile."""
    passes = sum(not s.failed for s in trailing)
    if not passes:
        return 1.0
    gap = trailing[0].position - last_red
    fixed = min(rates.fix_at_most, rates.fixes_per_commit * gap)
    return float((1.0 - rate) ** passes) + fixed
