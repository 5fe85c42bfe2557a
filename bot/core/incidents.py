"""What becomes of incidents from one fold to the next, and whom that concerns.

In: a branch's incidents as they stood and as they were folded anew. Out: what stands now, and the
pulls whose text may have to change.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.model import Incident, IncidentState, Verdict


def carry_over(
    before: Sequence[Incident], after: Sequence[Incident], horizon: datetime
) -> tuple[Incident, ...]:
    """The new incidents, and what became of those that a refold no longer has.

    An accusation must not vanish without a word: where no new incident accuses the same pull of
    the same failure, the old one stays, withdrawn. What lies behind the horizon stays as it was.
    """
    known = {incident.id for incident in after}
    accused = {(i.pull, signature) for i in after for signature in i.signatures}
    kept: list[Incident] = []
    for incident in before:
        if incident.id in known:
            continue
        if incident.opened_at < horizon or incident.state is IncidentState.WITHDRAWN:
            kept.append(incident)
        elif incident.pull is not None and accused.isdisjoint(
            (incident.pull, signature) for signature in incident.signatures
        ):
            kept.append(_withdraw(incident))
    return (*kept, *after)


def _withdraw(incident: Incident) -> Incident:
    return replace(
        incident,
        pull=None,
        confidence=0.0,
        verdict=Verdict.UNKNOWN,
        state=IncidentState.WITHDRAWN,
        reason="builds that came in later tell another story",
    )


def find_changed_pulls(before: Sequence[Incident], after: Sequence[Incident]) -> tuple[int, ...]:
    """The pulls whose text may have to change."""
    changed = set(before) ^ set(after)
    return tuple(sorted({incident.pull for incident in changed if incident.pull is not None}))
