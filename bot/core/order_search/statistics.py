"""The few figures that a search of flaky tests rests on."""

from __future__ import annotations

from math import ceil, comb, log, log2


def entropy(probability: float) -> float:
    """Of a coin, in bits."""
    if probability <= 0.0 or probability >= 1.0:
        return 0.0
    rest = 1.0 - probability
    return -probability * log2(probability) - rest * log2(rest)


def count_passes(rate: float, error: float) -> int:
    """How many passes in a row what fails at `rate` shows with a probability of `error` at most."""
    if rate >= 1.0:
        return 1
    return max(1, ceil(log(error) / log(1.0 - rate)))


def find_chance(more: tuple[int, int], fewer: tuple[int, int]) -> float:
    """Fisher's exact test, one-sided: how likely `more` is, were both alike; (failed, passed)."""
    failed = more[0] + fewer[0]
    runs, all_runs = sum(more), sum(more) + sum(fewer)
    highest = min(failed, runs)
    ways = sum(
        comb(failed, n) * comb(all_runs - failed, runs - n) for n in range(more[0], highest + 1)
    )
    return ways / comb(all_runs, runs)


def find_luck(failed: int, runs: int, rate: float) -> float:
    """How likely so few failures are, or fewer, of what fails at `rate`."""
    return sum(comb(runs, n) * rate**n * (1.0 - rate) ** (runs - n) for n in range(failed + 1))
