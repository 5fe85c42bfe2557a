"""The case of one failure in, what each build says for or against its suspects out.

A build is left out, everything is believed anew without it, and the weight of its testimony is
how much that changes the odds of a suspect: the very likelihoods that the verdict is made of.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.blame.case import Case, Posterior, WindowBuild
from bot.core.blame.inference.parameters import ModelParameters
from bot.core.blame.inference.posterior import compute_posterior
from bot.core.blame.timeline.failure_history import BuilderLog, FailureHistory, PlacedBuild, Streak
from bot.core.model import BuildEvidence, Commit, FlakeRecord, Outcome, Suspect

# Who is told about more suspects, or of more builds, reads none of it.
_SUSPECTS = 3
_TESTIMONIES = 8
# Builds far from the range say next to nothing, and each costs believing once more.
_BUILDS_WEIGHED = 48
_LEAST = 0.05  # of weight: five percent more or less on the odds are not worth a sentence
_SURE = 1e-9  # odds beyond it are only rounding


@dataclass(frozen=True, slots=True)
class _Contribution:
    """A build of the window, and what everybody believes without it."""

    seen: WindowBuild
    entry: PlacedBuild
    without: Posterior


def explain_suspects(
    suspects: Sequence[Suspect],
    case: Case,
    failure: FailureHistory,
    *,
    logs: Mapping[str, BuilderLog],
    commits: Sequence[Commit],
    rates: ModelParameters,
) -> tuple[Suspect, ...]:
    """The suspects with testimony for the likeliest; `commits` are those of the case, in order."""
    belief = compute_posterior(case, rates)
    contributions = _find_contributions(case, failure, logs, rates)
    places = {commit.sha: n for n, commit in enumerate(commits)}
    told = [
        replace(s, testimony=_tell(places[s.sha], case.start, belief, contributions))
        for s in suspects[:_SUSPECTS]
        if s.sha in places
    ]
    rest = [s for s in suspects if s.sha not in {t.sha for t in told}]
    return (*told, *rest)


def make_record(
    failure: FailureHistory, streak: Streak, logs: Mapping[str, BuilderLog]
) -> FlakeRecord:
    """How often it failed for no cause before this incident, on the builders that showed it."""
    past = {builder for builder, _ in failure.past} | {e.build.builder for e in failure.flaked}
    first = min(streak.reds).order
    builders = [logs[b] for b in sorted(past | streak.builders) if b in logs]
    return FlakeRecord(
        flakes=sum(n for _, n in failure.past) + len(failure.flaked),
        runs=sum(e.order < first for log in builders for e in log.entries),
    )


def _find_contributions(
    case: Case, failure: FailureHistory, logs: Mapping[str, BuilderLog], rates: ModelParameters
) -> list[_Contribution]:
    """The builds nearest to the first failure; those that failed before those that passed."""
    first = min((s.position for s in case.window if s.red), default=case.start)
    order = sorted(
        range(len(case.window)),
        key=lambda n: (abs(case.window[n].position - first), not case.window[n].red, n),
    )
    entries = _find_entries(case.window, failure, logs)
    contributions = []
    for n in order[:_BUILDS_WEIGHED]:
        without = replace(case, window=case.window[:n] + case.window[n + 1 :])
        contributions.append(
            _Contribution(case.window[n], entries[n], compute_posterior(without, rates))
        )
    return contributions


def _find_entries(
    window: Sequence[WindowBuild], failure: FailureHistory, logs: Mapping[str, BuilderLog]
) -> list[PlacedBuild]:
    """The builds behind a window: of one builder at one commit they stand in the same order."""
    met: Counter[tuple[str, int]] = Counter()
    found = []
    for seen in window:
        at = logs[seen.builder].between(seen.position, seen.position)
        telling = [e for e in at if failure.outcome(e) is not None]
        found.append(telling[met[seen.builder, seen.position]])
        met[seen.builder, seen.position] += 1
    return found


def _tell(
    place: int, start: int, belief: Posterior, contributions: Sequence[_Contribution]
) -> tuple[BuildEvidence, ...]:
    """What the witnesses say of one suspect, the weightiest first."""
    told = []
    for contribution in contributions:
        weight = _log_odds(belief, place) - _log_odds(contribution.without, place)
        if abs(weight) >= _LEAST:
            has_it = contribution.seen.position >= start + place
            told.append(_make_testimony(contribution, weight, has_it=has_it))
    told.sort(key=lambda t: (-abs(t.weight), t.build))
    return tuple(told[:_TESTIMONIES])


def _make_testimony(contribution: _Contribution, weight: float, *, has_it: bool) -> BuildEvidence:
    seen, build = contribution.seen, contribution.entry.build
    outcome = Outcome.FAIL if seen.failed else Outcome.FLAKED if seen.flaked else Outcome.PASS
    commit = "which has this commit" if has_it else "which does not have this commit"
    told = f"{build.builder} {_DID[outcome]} in build {build.number}, {commit}."
    return BuildEvidence(build.builder, build.ref, outcome, round(weight, 3), told)


_DID = {
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.FLAKED: "failed and then passed",
}


def _log_odds(belief: Posterior, place: int) -> float:
    p = min(max(belief.suspects[place], _SURE), 1.0 - _SURE)
    return math.log(p / (1.0 - p))
