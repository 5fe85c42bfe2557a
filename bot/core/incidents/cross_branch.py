"""What other branches say of an incident: the same machine or test, at the same time.

In: an incident that accuses a pull, and the red builds of all branches around its opening. Out: the
incident, or the same without an accusation. It depends on the facts alone, not on when they came.

A commit of one branch is not on another one. So when the one machine that shows a failure fails in
the same way elsewhere, the machine did it; and when the same test is seen to pass on a re-run
elsewhere, it is flaky. On several machines at once it says nothing: a change and its backport,
hours apart, look just like that.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.core.model import Incident, Observation, Signature, Verdict

# Outages that recorded fleets had lasted one hour to three days; a builder of a side branch comes
# around once in two days at least.
CROSS_BRANCH_WINDOW = timedelta(hours=48)


def apply_cross_branch_evidence(incident: Incident, reds: Sequence[Observation]) -> Incident:
    """The incident as other branches let it stand; `reds` are builds that list a failure."""
    if incident.pull is None:
        return incident
    near = [o for o in reds if abs(o.complete_at - incident.opened_at) <= CROSS_BRANCH_WINDOW]
    others = [o for o in near if o.branch != incident.branch]
    own = {o.worker for o in near if o.branch == incident.branch and _shows(o, incident)}
    if len(own) == 1 and (branch := _find_same_machine(incident, others, *own)):
        (worker,) = own
        reason = f"Only {worker} shows it, and that fails in the same way on {branch}."
        return _take_back(incident, Verdict.ENVIRONMENT, reason)
    if branch := _find_flaked(incident, others):
        return _take_back(incident, Verdict.FLAKY, f"On {branch} it passed when it was run again.")
    return incident


def _shows(o: Observation, incident: Incident) -> bool:
    return incident.is_shown_by(o.ref, o.complete_at, o.sightings)


def _find_same_machine(
    incident: Incident, others: Sequence[Observation], worker: str
) -> str | None:
    """A branch on which this machine failed the same test, or with the same words."""
    sites = {s.site for s in incident.signatures}
    words = {s.message for s in incident.signatures if s.message}
    same = {
        o.branch
        for o in others
        if o.worker == worker
        and any(s.signature.site in sites or s.signature.message in words for s in o.sightings)
    }
    return min(same, default=None)


def _find_flaked(incident: Incident, others: Sequence[Observation]) -> str | None:
    """A branch on which all of this was seen to fail and then to pass in one build."""
    wanted = {_without_branch(s) for s in incident.signatures}
    flaked: dict[str, set[Signature]] = {}
    for o in others:
        seen = {_without_branch(s.signature) for s in o.sightings if s.passed_on_rerun}
        flaked.setdefault(o.branch, set()).update(seen)
    return min((branch for branch, seen in flaked.items() if wanted <= seen), default=None)


def _without_branch(signature: Signature) -> Signature:
    return replace(signature, branch="")


def _take_back(incident: Incident, verdict: Verdict, reason: str) -> Incident:
    suspects = tuple(replace(s, p=0.0) for s in incident.suspects)
    return replace(
        incident,
        verdict=verdict,
        pull=None,
        confidence=0.0,
        reason=reason,
        awaited=(),
        suspects=suspects,
    )
