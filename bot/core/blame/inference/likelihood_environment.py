"""The likelihood that the machine or the world changed: at a time, not at a commit."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from bot.core.blame.case import Case, WindowBuild
from bot.core.blame.inference.builder_scopes import find_scopes
from bot.core.blame.inference.likelihood_flaky import FlakyLikelihood
from bot.core.blame.inference.parameters import ModelParameters
from bot.core.blame.platforms import BuilderScope


def likelihood_of_environment(case: Case, flakes: FlakyLikelihood, rates: ModelParameters) -> float:
    """An outage begins and ends at a time, whatever the commits are."""
    weight = 0.0
    for scope in _find_outages(case, rates):
        own = [s for s in case.window if s.builder in scope.builders]
        others = sum(s.red for s in case.window if s.builder not in scope.builders)
        strays = flakes.weigh_strays(others)
        fit = sum(_weigh_outage(own, ran, rates) for ran in rates.tests_ran)
        weight += scope.weight * strays * fit / len(rates.tests_ran)
    return weight * rates.outages_per_hour * rates.of_environment(case)


_WORKERS = 3  # when more of them fail, it is no outage of one


def _find_outages(case: Case, rates: ModelParameters) -> Iterable[BuilderScope]:
    """Of one worker, of one platform's, or of all of them."""
    machines = {s.builder: s.worker for s in case.window}
    shown = frozenset(s.builder for s in case.window if s.failed)
    workers = sorted({machines[b] for b in shown})
    for worker in workers if len(workers) <= _WORKERS else ():
        yield BuilderScope(frozenset(b for b, w in machines.items() if w == worker), 1.0)
    everything = frozenset(case.tags)
    wide = [s for s in find_scopes(case.tags, shown, rates) if len(s.builders) > 1]
    for scope in wide:
        if scope.builders == everything:
            yield BuilderScope(scope.builders, rates.outage_all)
        else:
            yield BuilderScope(scope.builders, rates.outage_platform / len(wide))


def _weigh_outage(seen: Iterable[WindowBuild], ran: float, rates: ModelParameters) -> float:
    """Hours in which an outage of these machines may have begun, times how well it fits.

    `ran` tells when in a build its tests ran: 0 in the middle, 1 at the end.
    """
    by_time = sorted((s.hours + ran * s.half, s.position, s.failed) for s in seen)
    red = [n for n, (_, _, failed) in enumerate(by_time) if failed]
    if not red:
        return 0.0
    first, last = red[0], red[-1]
    first_red = by_time[first][0]
    begin = by_time[first - 1][0] if first else first_red - rates.outage_unseen
    ends = [at for at, _, _ in by_time[last : last + 1 + rates.outage_misses]]
    passed = last - first + 1 - len(red)
    missed = 1.0 - rates.outage_fails
    fit = rates.outage_fails ** len(red) * missed**passed
    gap = first_red - begin
    begins = [begin + gap * (n + 0.5) / _STEPS for n in range(_STEPS)]
    lasting = sum(_weigh_ends([at - b for at in ends], missed, rates) for b in begins)
    return fit * gap * lasting / _STEPS


_STEPS = 4  # in which the gap is tried; more change the third digit only


def _weigh_ends(hours: Sequence[float], missed: float, rates: ModelParameters) -> float:
    """How often an outage lasts beyond the first of these, and spares the builds that passed.

    It is over before the first pass, or let that slip through and is over before the next.
    """
    left = [_lasts(h, rates) for h in hours]
    over = sum(missed**n * (a - b) for n, (a, b) in enumerate(pairwise(left)))
    return over + missed ** (len(left) - 1) * left[-1]


def _lasts(hours: float, rates: ModelParameters) -> float:
    """How often an outage lasts longer: as many of one to two hours as of ten to twenty."""
    shortest, longest = rates.outage_hours
    share = math.log(max(hours, shortest) / shortest) / math.log(longest / shortest)
    return max(0.0, 1.0 - share)
