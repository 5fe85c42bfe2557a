"""What was decided, and when: written down as it was, for the road never reads it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.model.incidents import Incident, IncidentState, Suspect, Verdict, find_percent


@dataclass(frozen=True, slots=True)
class Belief:
    """What was believed of an incident from a moment on."""

    at: datetime  # our clock
    verdict: Verdict
    state: IncidentState
    pull: int | None
    confidence: float
    reason: str
    suspects: tuple[Suspect, ...]  # the likeliest, without testimony
    awaited: tuple[str, ...] = ()
    reds: int = 0  # builds that had shown it by then

    @property
    def percent(self) -> int:
        """How sure we were, as people were told."""
        return find_percent(self.confidence)


@dataclass(frozen=True, slots=True)
class CommentDecision:
    """What was decided to say on a pull, or why nothing, from a moment on."""

    at: datetime  # our clock
    number: int
    says: str  # the first line of what is wanted there; empty: nothing is
    stands: bool  # it is what stands there
    reason: str  # why it does not, or why nothing is said


_SUSPECTS_KEPT = 8


def make_belief(incident: Incident, at: datetime) -> Belief:
    """What an incident says now."""
    return Belief(
        at=at,
        verdict=incident.verdict,
        state=incident.state,
        pull=incident.pull,
        confidence=incident.confidence,
        reason=incident.reason,
        suspects=tuple(Suspect(s.sha, s.pull, s.p) for s in incident.suspects[:_SUSPECTS_KEPT]),
        awaited=incident.awaited,
        reds=len(incident.red_builds),
    )


def is_news(before: Belief | None, now: Belief) -> bool:
    """Whether anybody would be told otherwise: less than a percent is no news."""
    return before is None or _tell(before) != _tell(now)


def _tell(belief: Belief) -> tuple[object, ...]:
    shares = {s.sha: s.percent for s in belief.suspects}
    told = (belief.verdict, belief.state, belief.pull, belief.percent, belief.reason)
    return (*told, shares, belief.reds)
