"""The likelihood of failures that come at a rate of their own, wherever the commits are."""

import math

from bot.core.blame.case import Case
from bot.core.blame.inference.parameters import ModelParameters


class FlakyLikelihood:
    """Weights of so many failures of one case, were its test flaky; each is worked out once."""

    def __init__(self, case: Case, rates: ModelParameters) -> None:
        shown = sum(n > 0 for n in case.fails.values())
        own = sum(case.passes.get(b, 0) for b, n in case.fails.items() if n)
        everywhere = sum(case.passes.values())
        # Flaky on just these builders: one of so many builders, or pairs of builders.
        here = rates.flaky_here / max(1, math.comb(len(case.tags), min(2, shown)))
        there = 1.0 - rates.flaky_here
        self._rated = [
            (f, case.flaky_tests * n * ((1.0 - f) ** own * here + (1.0 - f) ** everywhere * there))
            for f, n in rates.flake_rates
        ]
        self._rates = rates
        self._before = case.before
        self._total = case.before + sum(s.red for s in case.window)
        self._strays: dict[int, float] = {}

    def weigh_all(self) -> float:
        """All failures are flakes."""
        return self._weigh(self._total)

    def weigh_strays(self, count: int) -> float:
        """So many failures in the window are not explained by a cause, nor are those before it.

        Then the very test that broke would happen to be flaky as well.
        """
        strays = self._before + count
        if not strays:
            return 1.0
        if strays not in self._strays:
            self._strays[strays] = self._weigh(strays) / self._rates.tests_that_break
        return self._strays[strays]

    def _weigh(self, fails: int) -> float:
        return float(sum(f**fails * passed for f, passed in self._rated))


def count_flaky_tests(found: int, builds: int, rates: ModelParameters) -> float:
    """How many tests of a fleet are flaky: what is usual, corrected by what its ledger shows.

    A gamma prior with the weight of one finding; `builds` tell how much could have been found.
    """
    missed = sum(n * (1.0 - f) ** builds for f, n in rates.flake_rates)
    return (1.0 + found) / (1.0 / rates.flaky_tests + (1.0 - missed))
