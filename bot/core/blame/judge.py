"""Verdicts: what is believed of one episode, and why.

The first blame: it accuses when every commit left in the range belongs to one verified pull, two
failures agree, and nothing hints at a flaky test. Everything else says what is known and what
evidence is awaited.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.blame.episodes import Episode
from bot.core.model import Commit, Kind, Verdict
from bot.core.policy import Policy

# Kinds that tell of the machine or of people, never of a commit.
_NOT_OF_A_COMMIT = frozenset({Kind.INFRA, Kind.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class Finding:
    """What is believed of an episode; `pull` is accused."""

    verdict: Verdict
    reason: str
    awaited: tuple[str, ...] = ()
    pull: int | None = None


def judge(episode: Episode, left: Sequence[Commit], policy: Policy) -> Finding:
    """The first rule that applies; `left` are the commits of the episode's range, never empty."""
    return (
        _find_machine(episode)
        or _find_flake(episode)
        or _find_old(episode)
        or _find_crowd(episode, left)
        or _find_single(episode, policy)
        or _accuse(episode, left)
    )


def _find_machine(episode: Episode) -> Finding | None:
    if episode.signature.kind not in _NOT_OF_A_COMMIT:
        return None
    return Finding(Verdict.ENVIRONMENT, "The failure tells of the machine, not of a commit.")


def _find_flake(episode: Episode) -> Finding | None:
    if episode.flaked:
        at = episode.flaked[0].observation
        where = f"{short(at.revision)} on {at.builder}"
        return Finding(Verdict.FLAKY, f"It failed and passed at the same commit, {where}.")
    if episode.before:
        at = episode.before[0].observation
        where = f"{short(at.revision)} on {at.builder}"
        return Finding(Verdict.FLAKY, f"It failed on an older commit already, {where}.")
    return None


def _find_old(episode: Episode) -> Finding | None:
    if episode.last_good is not None:
        return None
    awaited = ("A build of an older commit that passes.",)
    return Finding(Verdict.OLD, "No builder that shows it was seen good before.", awaited)


def _find_crowd(episode: Episode, left: Sequence[Commit]) -> Finding | None:
    builders = " or ".join(sorted({s.builder for s in episode.streaks}))
    awaited = (f"A build of a commit inside the range on {builders}.",) if len(left) > 1 else ()
    direct = [c for c in left if c.pull is None]
    if direct:
        reason = f"Commit {short(direct[0].sha)} in the range belongs to no pull."
        return Finding(Verdict.UNKNOWN, reason, awaited)
    pulls = {c.pull for c in left}
    if len(pulls) == 1:
        return None
    reason = f"{len(left)} commits of {len(pulls)} pulls are left in the range."
    return Finding(Verdict.UNKNOWN, reason, awaited)


def _find_single(episode: Episode, policy: Policy) -> Finding | None:
    if len(episode.reds) >= policy.failures_needed:
        return None
    return Finding(
        Verdict.UNKNOWN,
        "Only one build has failed so; it may be a flake.",
        ("A second failure: on another builder, at another commit, or in a rebuild.",),
    )


def _accuse(episode: Episode, left: Sequence[Commit]) -> Finding:
    pull = left[-1].pull
    reason = (
        f"Every commit left in the range belongs to pull {pull}, "
        f"and {len(episode.reds)} red builds agree."
    )
    return Finding(Verdict.SUSPECTED, reason, pull=pull)


def short(sha: str | None) -> str:
    """A revision as people read it in a sentence."""
    return (sha or "unknown")[:10]
