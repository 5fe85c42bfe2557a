"""Verdicts: a belief in, what we make of it and why, in words, out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.blame.case import Belief
from bot.core.blame.trail import Streak
from bot.core.model import Commit, Kind, Verdict
from bot.core.policy import Policy

# Kinds that tell of the machine or of people.
_NOT_OF_A_COMMIT = frozenset({Kind.INFRA, Kind.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class Finding:
    """What is believed of an incident; `pull` is accused, with this confidence."""

    verdict: Verdict
    confidence: float
    reason: str
    awaited: tuple[str, ...] = ()
    pull: int | None = None


def find_verdict(
    kind: Kind,
    belief: Belief,
    suspects: Sequence[Commit],
    streak: Streak,
    *,
    policy: Policy,
    plain_pull: int | None = None,
) -> Finding:
    """What a belief amounts to; `suspects` are the commits it is about, in order.

    `plain_pull` is the one that the plain rule leaves in the range.
    """
    if kind in _NOT_OF_A_COMMIT:
        return Finding(Verdict.ENVIRONMENT, 1.0, "It tells of the machine, not of a commit.")
    pull, q = _find_top(belief, suspects)
    enough = len(streak.reds) >= policy.failures_needed
    noise_allowed = policy.noise if enough else min(policy.noise, policy.noise_of_one)
    noise = belief.flaky + belief.environment
    if (
        pull is not None
        and q >= _find_threshold(belief, suspects, pull, policy)
        and (noise <= noise_allowed)
    ):
        return _accuse(belief, suspects, streak, policy=policy, pull=pull, q=q)
    if plain_pull is not None:
        reason = (
            f"Every commit left in the range belongs to pull {plain_pull}, and "
            f"{streak.count} red builds agree."
        )
        return Finding(Verdict.SUSPECTED, policy.confidence, reason, pull=plain_pull)
    for verdict, p, least, reason in (
        (Verdict.FLAKY, belief.flaky, policy.flaky, "It fails at a rate, whatever the commit."),
        (
            Verdict.ENVIRONMENT,
            belief.environment,
            policy.environment,
            "It began and ended at a time, whatever the commit.",
        ),
        (Verdict.OLD, belief.old, policy.old, "It was broken before any commit we can suspect."),
    ):
        if p >= least:
            return Finding(verdict, p, reason)
    return _wait(belief, suspects, streak, pull, q)


def _find_top(belief: Belief, suspects: Sequence[Commit]) -> tuple[int | None, float]:
    """The pull (None: commits without one) with most suspicion, summed over its commits."""
    by_pull: dict[int | None, float] = defaultdict(float)
    for commit, p in zip(suspects, belief.suspects, strict=True):
        by_pull[commit.pull] += p
    return max(by_pull.items(), key=lambda item: (item[1], item[0] or 0))


def _find_threshold(belief: Belief, suspects: Sequence[Commit], pull: int, policy: Policy) -> float:
    """How sure it must be: more so where builds leave several, and what they touched decides."""
    pairs = zip(suspects, belief.even, strict=True)
    if sum(p for c, p in pairs if c.pull == pull) > _BUILDS_TELL:
        return policy.confidence
    return max(policy.confidence, policy.confidence_of_paths)


# Likelier than not. Two commits that builds cannot tell apart have a little less than half each,
# and it hardly ever lies between that and 0.9.
_BUILDS_TELL = 0.5


def _accuse(
    belief: Belief,
    suspects: Sequence[Commit],
    streak: Streak,
    *,
    policy: Policy,
    pull: int,
    q: float,
) -> Finding:
    reds = streak.count
    workers = {e.build.worker for e in streak.reds}
    sure = q >= policy.confirmed and reds >= policy.confirmed_reds and len(workers) > 1
    builds = "one build" if reds == 1 else f"{reds} builds"
    others = sum(c.pull != pull and p > policy.suspect_above for c, p in _pairs(belief, suspects))
    left = {0: "no other commit fits", 1: "one other commit fits worse"}.get(
        others, f"{others} other commits fit worse"
    )
    return Finding(
        Verdict.CONFIRMED if sure else Verdict.SUSPECTED,
        q,
        f"Pull {pull} explains {builds} that failed; {left}.",
        pull=pull,
    )


def _wait(
    belief: Belief, suspects: Sequence[Commit], streak: Streak, pull: int | None, q: float
) -> Finding:
    """Not enough: say what is known, and what would settle it."""
    builders = " or ".join(sorted(streak.builders))
    likely = [c for c, p in _pairs(belief, suspects) if p >= 0.05]
    awaited = []
    if len({c.pull for c in likely}) > 1:
        span = f"{likely[0].sha[:10]} and {likely[-1].sha[:10]}"
        awaited.append(f"A build of a commit between {span} on {builders}.")
    if belief.flaky + belief.environment > 0.05:
        awaited.append("A second failure: on another builder, at another commit, or in a rebuild.")
    reason = _say_what_is_known(belief, likely, pull, q)
    return Finding(Verdict.UNKNOWN, q, reason, tuple(awaited))


def _say_what_is_known(belief: Belief, likely: Sequence[Commit], pull: int | None, q: float) -> str:
    if belief.regression < 0.5:
        said = f"It may be no regression at all ({1 - belief.regression:.0%})."
    elif pull is None:
        said = f"{len(likely)} commits fit; the likeliest belongs to no pull ({q:.0%})."
    else:
        pulls = len({c.pull for c in likely})
        said = f"{len(likely)} commits of {pulls} pulls fit; the likeliest is {pull} ({q:.0%})."
    direct = next((c for c in likely if c.pull is None), None)
    if direct is None:
        return said
    return f"{said} Commit {direct.sha[:10]} in the range belongs to no pull."


def _pairs(belief: Belief, suspects: Sequence[Commit]) -> list[tuple[Commit, float]]:
    return list(zip(suspects, belief.suspects, strict=True))
