"""Beliefs: the case of one failure in, the probability of every cause out."""

from bot.core.blame.case import Belief, Case
from bot.core.blame.environment import weigh_environment
from bot.core.blame.flakes import Flakes
from bot.core.blame.rates import Rates
from bot.core.blame.regression import weigh_commits


def believe(case: Case, rates: Rates) -> Belief:
    """The posterior over {each suspect, flaky, environment, old}."""
    flakes = Flakes(case, rates)
    suspects, old = weigh_commits(case, flakes, rates)
    flaky = flakes.weigh_all() * rates.of_flake(case)
    environment = weigh_environment(case, flakes, rates)
    total = sum(suspects) + old + flaky + environment
    if total <= 0.0:  # so unlikely under all of them that floats give up: no commit is accused
        nobody = (0.0,) * len(suspects)
        return Belief(case.start, nobody, nobody, 1.0, 0.0, 0.0)
    even = [w / (share * len(suspects)) for w, share in zip(suspects, case.shares, strict=True)]
    evenly = sum(even) + old + flaky + environment
    return Belief(
        start=case.start,
        suspects=tuple(w / total for w in suspects),
        even=tuple(w / evenly for w in even),
        flaky=flaky / total,
        environment=environment / total,
        old=old / total,
    )
