"""Testimony: the case of one failure in, what each build says for or against its suspects out.

A build is left out, everything is believed anew without it, and the weight of its testimony is
how much that changes the odds of a suspect: the very likelihoods that the verdict is made of.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.blame.beliefs import believe
from bot.core.blame.case import Belief, Case, Seen
from bot.core.blame.rates import Rates
from bot.core.blame.trail import BuilderLog, Entry, Streak, Trail
from bot.core.model import Commit, FlakeRecord, Outcome, Suspect, Testimony

# Who is told about more suspects, or of more builds, reads none of it.
_SUSPECTS = 3
_TESTIMONIES = 8
# Builds far from the range say next to nothing, and each costs believing once more.
_BUILDS_WEIGHED = 48
_LEAST = 0.05  # of weight: five percent more or less on the odds are not worth a sentence
_SURE = 1e-9  # odds beyond it are only rounding


@dataclass(frozen=True, slots=True)
class _Witness:
    """A build of the window, and what everybody believes without it."""

    seen: Seen
    entry: Entry
    without: Belief


def tell_suspects(
    suspects: Sequence[Suspect],
    case: Case,
    trail: Trail,
    *,
    logs: Mapping[str, BuilderLog],
    commits: Sequence[Commit],
    rates: Rates,
) -> tuple[Suspect, ...]:
    """The suspects with testimony for the likeliest; `commits` are those of the case, in order."""
    belief = believe(case, rates)
    witnesses = _call_witnesses(case, trail, logs, rates)
    places = {commit.sha: n for n, commit in enumerate(commits)}
    told = [
        replace(s, testimony=_tell(places[s.sha], case.start, belief, witnesses))
        for s in suspects[:_SUSPECTS]
        if s.sha in places
    ]
    rest = [s for s in suspects if s.sha not in {t.sha for t in told}]
    return (*told, *rest)


def make_record(trail: Trail, streak: Streak, logs: Mapping[str, BuilderLog]) -> FlakeRecord:
    """How often it failed for no cause before this incident, on the builders that showed it."""
    past = {builder for builder, _ in trail.past} | {e.build.builder for e in trail.flaked}
    first = min(streak.reds).order
    builders = [logs[b] for b in sorted(past | streak.builders) if b in logs]
    return FlakeRecord(
        flakes=sum(n for _, n in trail.past) + len(trail.flaked),
        runs=sum(e.order < first for log in builders for e in log.entries),
    )


def _call_witnesses(
    case: Case, trail: Trail, logs: Mapping[str, BuilderLog], rates: Rates
) -> list[_Witness]:
    """The builds nearest to the first failure; those that failed before those that passed."""
    first = min((s.position for s in case.window if s.red), default=case.start)
    order = sorted(
        range(len(case.window)),
        key=lambda n: (abs(case.window[n].position - first), not case.window[n].red, n),
    )
    entries = _find_entries(case.window, trail, logs)
    witnesses = []
    for n in order[:_BUILDS_WEIGHED]:
        without = replace(case, window=case.window[:n] + case.window[n + 1 :])
        witnesses.append(_Witness(case.window[n], entries[n], believe(without, rates)))
    return witnesses


def _find_entries(
    window: Sequence[Seen], trail: Trail, logs: Mapping[str, BuilderLog]
) -> list[Entry]:
    """The builds behind a window: of one builder at one commit they stand in the same order."""
    met: Counter[tuple[str, int]] = Counter()
    found = []
    for seen in window:
        at = logs[seen.builder].between(seen.position, seen.position)
        telling = [e for e in at if trail.outcome(e.build) is not None]
        found.append(telling[met[seen.builder, seen.position]])
        met[seen.builder, seen.position] += 1
    return found


def _tell(
    place: int, start: int, belief: Belief, witnesses: Sequence[_Witness]
) -> tuple[Testimony, ...]:
    """What the witnesses say of one suspect, the weightiest first."""
    told = []
    for witness in witnesses:
        weight = _log_odds(belief, place) - _log_odds(witness.without, place)
        if abs(weight) >= _LEAST:
            has_it = witness.seen.position >= start + place
            told.append(_make_testimony(witness, weight, has_it=has_it))
    told.sort(key=lambda t: (-abs(t.weight), t.buildid))
    return tuple(told[:_TESTIMONIES])


def _make_testimony(witness: _Witness, weight: float, *, has_it: bool) -> Testimony:
    seen, build = witness.seen, witness.entry.build
    outcome = Outcome.FAIL if seen.failed else Outcome.FLAKED if seen.flaked else Outcome.PASS
    commit = "which has this commit" if has_it else "which does not have this commit"
    told = f"{build.builder} {_DID[outcome]} in build {build.number}, {commit}."
    return Testimony(build.builder, build.buildid, outcome, round(weight, 3), told)


_DID = {
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.FLAKED: "failed and then passed",
}


def _log_odds(belief: Belief, place: int) -> float:
    p = min(max(belief.suspects[place], _SURE), 1.0 - _SURE)
    return math.log(p / (1.0 - p))
