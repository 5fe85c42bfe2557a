"""Beliefs: the case of one failure in, the probability of every cause out."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.core.blame.case import Case, Posterior
from bot.core.blame.inference.likelihood_commit import likelihood_of_commits
from bot.core.blame.inference.likelihood_environment import likelihood_of_environment
from bot.core.blame.inference.likelihood_flaky import FlakyLikelihood
from bot.core.blame.inference.parameters import ModelParameters


class Weights(NamedTuple):
    """How likely each cause is together with all that was seen; they do not sum to one."""

    suspects: Sequence[float]
    flaky: float
    environment: float
    old: float

    @property
    def total(self) -> float:
        """How likely it is that this is seen at all."""
        return sum(self.suspects) + self.old + self.flaky + self.environment


def weigh_causes(case: Case, rates: ModelParameters) -> Weights:
    """The weights of {each suspect, flaky, environment, old}."""
    flakes = FlakyLikelihood(case, rates)
    suspects, old = likelihood_of_commits(case, flakes, rates)
    flaky = flakes.weigh_all() * rates.of_flake(case)
    environment = likelihood_of_environment(case, flakes, rates)
    return Weights(suspects, flaky, environment, old)


def compute_posterior(case: Case, rates: ModelParameters) -> Posterior:
    """The posterior over {each suspect, flaky, environment, old}."""
    weights = weigh_causes(case, rates)
    suspects, flaky, environment, old = weights
    total = weights.total
    if total <= 0.0:  # so unlikely under all of them that floats give up: no commit is accused
        nobody = (0.0,) * len(suspects)
        return Posterior(case.start, nobody, nobody, 1.0, 0.0, 0.0)
    even = [w / (share * len(suspects)) for w, share in zip(suspects, case.shares, strict=True)]
    evenly = sum(even) + old + flaky + environment
    return Posterior(
        start=case.start,
        suspects=tuple(w / total for w in suspects),
        even=tuple(w / evenly for w in even),
        flaky=flaky / total,
        environment=environment / total,
        old=old / total,
        last_pass=_find_last_pass(case),
    )


def _find_last_pass(case: Case) -> int:
    shown = {s.builder for s in case.window if s.red}
    passed = (s.position for s in case.window if s.builder in shown and not s.red)
    return max(passed, default=-1)
