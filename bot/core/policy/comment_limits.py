"""How much may be said: who talks too much is muted, and then not heard when it matters.

In: when comments were posted, and who else waits. Out: leave to post, or why not now, and when to
look again. Only new comments count: an edit calls nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.model import IncidentState, Verdict
from bot.core.policy.decide import Intent

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

# What is held back looks again at least this often, so that whoever is ahead of others and never
# comes back keeps nobody waiting for long.
LOOK_AGAIN = timedelta(minutes=5)

# GitHub's lists may be stale for some seconds after a write; a minute is far beyond what was seen.
# A post whose end is not known is repeated only when so much has passed.
SETTLE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class CommentLimits:
    """How many new comments; what is beyond waits on the dashboard."""

    # The third comment on one pull is read by nobody: what comes later is edited into the last one.
    per_pull: int = 3
    # The busiest fleets break by several causes in a bad hour; more at once is one cause that we
    # do not understand, or a fault of ours.
    per_hour: int = 10
    # As many as a large project's people can look after in a day.
    per_day: int = 30


DEFAULT_LIMITS = CommentLimits()


@dataclass(frozen=True, slots=True)
class PostHold:
    """Why a comment is not posted now, and when to look again."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PostPermit:
    """Leave to post; not `granted` where the lease was lost, or `held` says why."""

    granted: bool
    held: PostHold | None = None


def find_hold(
    limits: CommentLimits, posted: Sequence[datetime], ahead: int, now: datetime
) -> PostHold | None:
    """Why not to post now; None: go on. `ahead` others wait that are worth more."""
    for most, span, words in (
        (limits.per_hour, _HOUR, "an hour"),
        (limits.per_day, _DAY, "a day"),
    ):
        recent = sorted(at for at in posted if at > now - span)
        room = most - len(recent)
        if room <= 0:
            free_at = recent[-most] + span
            reason = f"Held back: {most} new comments in {words} are the limit."
            return PostHold(reason, min(free_at, now + LOOK_AGAIN))
        if room <= ahead:
            return PostHold("Held back: what is surer goes first.", now + LOOK_AGAIN)
    return None


def find_priority(intents: Sequence[Intent]) -> int:
    """What goes first when there is room: the surest, and of those the newest."""
    open_ones = [i for i in intents if i.state is IncidentState.OPEN]
    return max((_rank(intent) for intent in open_ones), default=0)


def _rank(intent: Intent) -> int:
    """Percent, and then the seconds since 1970, which have ten digits until the year 2286."""
    confirmed = intent.verdict is Verdict.CONFIRMED
    percent = 100 if confirmed else intent.incident.percent
    return percent * 10**10 + max(0, int(intent.incident.opened_at.timestamp()))
