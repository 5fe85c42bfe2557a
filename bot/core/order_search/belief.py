"""What is believed of where a failure begins, while longer and shorter beginnings are run.

Hypotheses: the victim needs the first `k` of `size` tests (0: none of them), and fails at some
rate once it has them. A run of the first `m` tests fails at that rate where `k <= m`, and at the
rate of the victim alone otherwise. So a failure tells much and a pass of a flaky test little, and
which beginning is run next is the one that tells most: of a test that fails always, the middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

from bot.core.order_search.statistics import entropy

# Most tests that fail behind others do so always, or nearly. The others are spread evenly: nothing
# is known of them.
_CERTAIN = 0.995
_DOUBT = 0.2
_FLAKY = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)
RATES: Mapping[float, float] = {_CERTAIN: 1 - _DOUBT} | dict.fromkeys(_FLAKY, _DOUBT / len(_FLAKY))


class Belief:
    """The probability of each hypothesis, in the light of the runs so far."""

    def __init__(
        self, size: int, rates: Mapping[float, float], none: float, alone: float = 0.0
    ) -> None:
        """`none`: the probability that none of the `size` tests is needed.

        `rates`: probabilities of rates; `alone`: the rate at which the victim fails by itself.
        """
        self._size = size
        self._alone = alone
        each = (1.0 - none) / size if size else 0.0
        lengths = [none if size else 1.0, *[each] * size]
        self._weights = {rate: [p * q for q in lengths] for rate, p in rates.items()}

    def observe(self, length: int, *, failed: bool) -> None:
        """The victim was run behind the first `length` tests."""
        beyond = self._alone if failed else 1.0 - self._alone
        total = 0.0
        for rate, weights in self._weights.items():
            within = rate if failed else 1.0 - rate
            weights[: length + 1] = [weight * within for weight in weights[: length + 1]]
            weights[length + 1 :] = [weight * beyond for weight in weights[length + 1 :]]
            total += sum(weights)
        if total <= 0.0:  # what cannot be has happened: nothing more to learn from
            raise ArithmeticError("no hypothesis is left")
        for weights in self._weights.values():
            weights[:] = [weight / total for weight in weights]

    def find_rates(self) -> dict[float, float]:
        """The probability of each rate."""
        return {rate: sum(weights) for rate, weights in self._weights.items()}

    def find_group(self, cuts: Sequence[int]) -> tuple[int, int, float]:
        """The likeliest `(low, high]` for `k` that runs at these lengths can tell, and how likely.

        (-1, 0] stands for none. `cuts` ascend.
        """
        lengths = self._sum_lengths()
        best = (-1, 0, 0.0)
        low = -1
        for high in (*cuts, *((self._size,) if self._size not in cuts else ())):
            mass = sum(lengths[low + 1 : high + 1])
            if mass > best[2]:
                best = (low, high, mass)
            low = high
        return best

    def choose(self, cuts: Sequence[int]) -> int:
        """The length whose run tells most of `k`; the shortest of several."""
        lengths = self._sum_lengths()
        failing = self._weigh_failing()
        wanted = set(cuts)
        within = fails = doubt = 0.0
        best, most = cuts[0], -1.0
        for length, (weight, fail) in enumerate(zip(lengths, failing, strict=True)):
            within += weight
            fails += fail
            doubt += weight * entropy(fail / weight) if weight > 0.0 else 0.0
            if length not in wanted:
                continue
            beyond = max(0.0, 1.0 - within)
            told = entropy(fails + self._alone * beyond) - doubt - beyond * entropy(self._alone)
            if told > most + 1e-12:
                best, most = length, told
        return best

    def find_doubt(self) -> float:
        """How much is still to be learned of `k`, in bits."""
        return sum(_surprise(weight) for weight in self._sum_lengths())

    def _sum_lengths(self) -> list[float]:
        return [sum(column) for column in zip(*self._weights.values(), strict=True)]

    def _weigh_failing(self) -> list[float]:
        """Per length, its probability times that of a failure if it is the one."""
        scaled = ([w * rate for w in weights] for rate, weights in self._weights.items())
        return [sum(column) for column in zip(*scaled, strict=True)]


def _surprise(weight: float) -> float:
    return -weight * log2(weight) if weight > 0.0 else 0.0
