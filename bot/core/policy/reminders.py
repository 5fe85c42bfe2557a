"""Which confirmed culprits are reminded: nobody mends what they broke, and nobody says they will.

In: what stands on a pull, its reminders so far, and what points to a fix. Out: incidents.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from bot.core.model import Incident, IncidentState, PullComment, Verdict
from bot.core.policy.decide import Intent
from bot.core.policy.thresholds import Policy


def find_due_reminders(
    intents: Iterable[Intent],
    comment: PullComment,
    handled: Collection[str],
    *,
    since: datetime,
    now: datetime,
    here: datetime,
    policy: Policy,
) -> list[Incident]:
    """Those of which a reminder is due now; `handled` are ids that were reminded, or need none.

    Times are by the source's clock; `here` is by ours, as announcements are, so that nobody is
    reminded of what they were told just now. What was opened up to `since` was announced by a
    version that knew no reminders, and nobody expects one.
    """
    if comment.comment_id is None or comment.deleted_at is not None:
        return []
    announced = {
        said.incident_id
        for said in comment.said
        if said.verdict == Verdict.CONFIRMED and said.at + policy.revert_after <= here
    }
    return [
        intent.incident
        for intent in intents
        if intent.verdict is Verdict.CONFIRMED
        and intent.state is IncidentState.OPEN
        and intent.incident.id in announced
        and intent.incident.id not in handled
        and intent.incident.opened_at > since
        and intent.incident.opened_at + policy.revert_after <= now
    ]
