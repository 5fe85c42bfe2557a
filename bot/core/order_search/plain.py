"""What plain bisection, as done by hand, would have taken: to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2

from bot.core.order_search.model import Trial
from bot.core.order_search.statistics import count_passes


@dataclass(frozen=True, slots=True)
class Plain:
    """`runs` until one test is left; `works`: the victim fails behind it."""

    runs: int
    works: bool


def play_plain(count: int, needed: Trial, rate: float, error: float) -> Plain:
    """Halve `count` tests: the first half if it fails, else the second without running it.

    A pass is repeated until `error`, over all halvings, is left that it is one by chance; a failure
    takes 1/`rate` runs. Then the last list is run once more to see whether it fails.
    """
    steps = max(1, ceil(log2(max(count, 2))))
    passes, failing = count_passes(rate, error / steps), ceil(1 / rate)
    runs, low, high = failing, 0, count
    while high - low > 1:
        middle = (low + high) // 2
        if needed and all(low <= place < middle for place in needed):
            runs, high = runs + failing, middle
        else:
            runs, low = runs + passes, middle
    works = all(low <= place < high for place in needed)
    return Plain(runs + (failing if works else passes), works)
