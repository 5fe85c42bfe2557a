"""What is known already, or will be: an incident and what is believed of it in, why not ask out."""

from datetime import datetime

from bot.core.blame import BranchState
from bot.core.model import Incident, IncidentState, Verdict
from bot.core.requests.information_gain import Inquiry

# Of recorded culprits nine of ten were mended by a revert. From a tenth of the suspicion on, the
# revert of a suspect tells more than any build that we could ask for, and its build comes anyway.
_REVERTED = 0.1


def find_answer(
    incident: Incident, inquiry: Inquiry, state: BranchState, now: datetime, *, is_told: bool
) -> str | None:
    """One sentence, or None where it is worth asking; `is_told`: a person wants to be sure."""
    if is_told and incident.verdict in {Verdict.UNKNOWN, Verdict.SUSPECTED}:
        return None
    if incident.verdict is not Verdict.UNKNOWN:
        return f"It is {incident.verdict}: nothing has to be asked."
    if _is_reverted(inquiry, state, now):
        return "A suspect is reverted: the next build tells."
    if inquiry.find_top_pull() in _find_told(state):
        return "Its likeliest pull is told of already."
    return None


def _is_reverted(inquiry: Inquiry, state: BranchState, now: datetime) -> bool:
    """A revert of a suspect has landed, which the newest builds need not have."""
    later = state.line.commits[inquiry.case.start - state.line.base :]
    reverted = {c.reverts for c in later if c.reverts and c.at <= now}
    return inquiry.find_share(reverted) >= _REVERTED


def _find_told(state: BranchState) -> frozenset[int]:
    """Pulls that an open incident accuses: another test that they broke tells nobody more."""
    open_ones = (i for i in state.incidents if i.state is IncidentState.OPEN)
    return frozenset(i.pull for i in open_ones if i.pull is not None)
