"""The likelihood that the machine or the world changed: at a time, not at a commit."""

import math
from collections.abc import Iterable

from bot.core.blame.case import Case, Seen
from bot.core.blame.flakes import Flakes
from bot.core.blame.rates import Rates
from bot.core.blame.scopes import Scope, find_scopes


def weigh_environment(case: Case, flakes: Flakes, rates: Rates) -> float:
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


def _find_outages(case: Case, rates: Rates) -> Iterable[Scope]:
    """Of one worker, of one platform's, or of all of them."""
    machines = {s.builder: s.worker for s in case.window}
    shown = frozenset(s.builder for s in case.window if s.failed)
    workers = sorted({machines[b] for b in shown})
    for worker in workers if len(workers) <= _WORKERS else ():
        yield Scope(frozenset(b for b, w in machines.items() if w == worker), 1.0)
    everything = frozenset(case.tags)
    wide = [s for s in find_scopes(case.tags, shown, rates) if len(s.builders) > 1]
    for scope in wide:
        if scope.builders == everything:
            yield Scope(scope.builders, rates.outage_all)
        else:
            yield Scope(scope.builders, rates.outage_platform / len(wide))


def _weigh_outage(seen: Iterable[Seen], ran: float, rates: Rates) -> float:
    """Hours in which an outage of these machines may have begun, times how well it fits.

    `ran` tells when in a build its tests ran: 0 in the middle, 1 at the end.
    """
    by_time = sorted((s.hours + ran * s.half, s.position, s.failed) for s in seen)
    red = [n for n, (_, _, failed) in enumerate(by_time) if failed]
    if not red:
        return 0.0
    first, last = red[0], red[-1]
    first_red, last_red = by_time[first][0], by_time[last][0]
    begin = by_time[first - 1][0] if first else first_red - rates.outage_unseen
    end = by_time[last + 1][0] if last + 1 < len(by_time) else None
    passed = last - first + 1 - len(red)
    fit = rates.outage_fails ** len(red) * (1.0 - rates.outage_fails) ** passed
    gap = first_red - begin
    begins = [begin + gap * (n + 0.5) / _STEPS for n in range(_STEPS)]
    lasting = sum(_ends_between(last_red - b, _apart(end, b), rates) for b in begins)
    return fit * gap * lasting / _STEPS


_STEPS = 4  # in which the gap is tried; more change the third digit only


def _apart(end: float | None, begin: float) -> float | None:
    return None if end is None else end - begin


def _ends_between(shortest: float, longest: float | None, rates: Rates) -> float:
    """How often an outage lasts so many hours; None: it may last still."""
    over = 0.0 if longest is None else _lasts(longest, rates)
    return max(0.0, _lasts(shortest, rates) - over)


def _lasts(hours: float, rates: Rates) -> float:
    """How often an outage lasts longer: as many of one to two hours as of ten to twenty."""
    shortest, longest = rates.outage_hours
    share = math.log(max(hours, shortest) / shortest) / math.log(longest / shortest)
    return max(0.0, 1.0 - share)
