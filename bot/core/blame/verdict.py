"""Verdicts: a belief in, what we make of it and why, in words, out."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.core.blame.case import Posterior
from bot.core.blame.timeline.failure_history import Streak
from bot.core.model import Commit, Kind, Verdict, find_percent
from bot.core.model.counts import count_words
from bot.core.policy.thresholds import Policy

# Kinds that tell of the machine or of people.
_NOT_OF_A_COMMIT = frozenset({Kind.INFRA, Kind.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is believed of an incident; `pull` is accused, with this confidence."""

    verdict: Verdict
    confidence: float
    reason: str
    awaited: tuple[str, ...] = ()
    pull: int | None = None
    shares: tuple[float, ...] | None = None  # of the suspects, where they are not the belief's


def find_verdict(
    kind: Kind,
    belief: Posterior,
    suspects: Sequence[Commit],
    streak: Streak,
    *,
    policy: Policy,
    plain_pull: int | None = None,
    accused: Collection[int] = (),
) -> Assessment:
    """What a belief amounts to; `suspects` are the commits it is about, in order.

    `plain_pull` is the one that the plain rule leaves in the range; `accused` are the pulls that
    the same failure accused before.
    """
    if kind in _NOT_OF_A_COMMIT:
        return Assessment(Verdict.ENVIRONMENT, 1.0, "It tells of the machine, not of a commit.")
    pull, q = _find_top(belief, suspects)
    enough = len(streak.reds) >= policy.failures_needed
    noise_allowed = policy.noise if enough else min(policy.noise, policy.noise_of_one)
    noise = belief.flaky + belief.environment
    if (
        pull is not None
        and q >= _find_threshold(belief, suspects, pull, policy, accused)
        and noise <= noise_allowed
        and (pull in accused or belief.environment <= policy.noise_of_environment)
    ):
        return _accuse(belief, suspects, streak, policy=policy, pull=pull, q=q)
    if plain_pull is not None and not set(accused) - {plain_pull}:
        return _accuse_plainly(belief, suspects, streak, plain_pull, policy)
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
            return Assessment(verdict, p, reason)
    return _wait(belief, suspects, streak, pull, q)


def _accuse_plainly(
    belief: Posterior, suspects: Sequence[Commit], streak: Streak, pull: int, policy: Policy
) -> Assessment:
    """What the plain rule says, at least as sure as beliefs are; suspects share what is said.

    Beliefs of a young fleet may give the pull less: of two figures for one verdict one is wrong.
    """
    own = [c.pull == pull for c in suspects]
    mass = sum(p for p, ours in zip(belief.suspects, own, strict=True) if ours)
    sure = max(policy.confidence, mass)
    of_ours = sure / mass if mass > 0.0 else 0.0
    of_others = (1.0 - sure) / (1.0 - mass) if mass < 1.0 else 0.0
    shares = zip(belief.suspects, own, strict=True)
    return Assessment(
        Verdict.SUSPECTED,
        sure,
        f"Every commit left in the range belongs to pull {pull}, and "
        f"{streak.count} red builds agree.",
        pull=pull,
        shares=tuple(p * (of_ours if ours else of_others) for p, ours in shares),
    )


def _find_top(belief: Posterior, suspects: Sequence[Commit]) -> tuple[int | None, float]:
    """The pull (None: commits without one) with most suspicion, summed over its commits."""
    by_pull: dict[int | None, float] = defaultdict(float)
    for commit, p in zip(suspects, belief.suspects, strict=True):
        by_pull[commit.pull] += p
    return max(by_pull.items(), key=lambda item: (item[1], item[0] or 0))


def _find_threshold(
    belief: Posterior,
    suspects: Sequence[Commit],
    pull: int,
    policy: Policy,
    accused: Collection[int],
) -> float:
    """How sure it must be, where these pulls were accused of the same failure before.

    More so where builds leave several, and what they touched decides; where a builder that showed
    it has passed with this pull; or where it was wrong once. What was said keeps to what it was
    said by: the pass that shows the fix does not take it back.
    """
    if pull in accused:
        return policy.confidence
    if len(accused) >= _ACCUSED_AT_MOST:
        return _NEVER
    own = [n for n, commit in enumerate(suspects) if commit.pull == pull]
    needed = [policy.confidence]
    if sum(belief.even[n] for n in own) <= _BUILDS_TELL:
        needed.append(policy.confidence_of_paths)
    if belief.start + own[0] <= belief.last_pass:
        needed.append(policy.confidence_of_passed)
    if accused:
        needed.append(policy.confidence_again)
    return max(needed)


# What was blamed on two pulls is not understood: a third one never hears of it.
_ACCUSED_AT_MOST = 2
_NEVER = 2.0  # nothing is surer than one
# Had paths told nothing. Two commits that builds cannot tell apart have a little less than half
# each; what one lucky green tells apart has seven tenths to nine.
_BUILDS_TELL = 0.8


def _accuse(
    belief: Posterior,
    suspects: Sequence[Commit],
    streak: Streak,
    *,
    policy: Policy,
    pull: int,
    q: float,
) -> Assessment:
    reds = streak.count
    workers = {e.build.worker for e in streak.reds}
    sure = q >= policy.confirmed and reds >= policy.confirmed_reds and len(workers) > 1
    builds = "one build" if reds == 1 else f"{reds} builds"
    others = sum(c.pull != pull and p > policy.suspect_above for c, p in _pairs(belief, suspects))
    left = {0: "no other commit fits", 1: "one other commit fits worse"}.get(
        others, f"{others} other commits fit worse"
    )
    return Assessment(
        Verdict.CONFIRMED if sure else Verdict.SUSPECTED,
        q,
        f"Pull {pull} explains {builds} that failed; {left}.",
        pull=pull,
    )


def _wait(
    belief: Posterior, suspects: Sequence[Commit], streak: Streak, pull: int | None, q: float
) -> Assessment:
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
    return Assessment(Verdict.UNKNOWN, q, reason, tuple(awaited))


def _say_what_is_known(
    belief: Posterior, likely: Sequence[Commit], pull: int | None, q: float
) -> str:
    if belief.regression < 0.5:
        noise = find_percent(1 - belief.regression)
        said = f"It may be no regression at all ({noise}%)."
    elif pull is None:
        fit = count_words(len(likely), "commit fits", "commits fit")
        said = f"{fit}; the likeliest belongs to no pull ({find_percent(q)}%)."
    else:
        pulls = count_words(len({c.pull for c in likely}), "pull")
        commits, fit = count_words(len(likely), "commit"), "fits" if len(likely) == 1 else "fit"
        said = f"{commits} of {pulls} {fit}; the likeliest is {pull} ({find_percent(q)}%)."
    direct = next((c for c in likely if c.pull is None), None)
    if direct is None:
        return said
    return f"{said} Commit {direct.sha[:10]} in the range belongs to no pull."


def _pairs(belief: Posterior, suspects: Sequence[Commit]) -> list[tuple[Commit, float]]:
    return list(zip(suspects, belief.suspects, strict=True))
