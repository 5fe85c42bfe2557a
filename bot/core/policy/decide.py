"""What to say on a pull, or silence with its reason.

In: the incidents that touch a pull, what was already said there, and since when we may speak.
Out: intents, each for one audience and one incident, or one sentence that explains the silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.model import ACCUSING, Announcement, Incident, IncidentState, Verdict
from bot.core.policy.thresholds import Policy

PULL = "pull"  # the audience of a comment on a pull


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that should stand before an audience."""

    audience: str
    incident: Incident
    verdict: Verdict
    state: IncidentState


@dataclass(frozen=True, slots=True)
class Decision:
    """All that should stand on a pull; without intents, `silence` says why in one sentence."""

    intents: tuple[Intent, ...]
    silence: str | None


def decide(
    number: int,
    incidents: Sequence[Incident],
    said: Sequence[Announcement],
    announcing_since: datetime | None,
    policy: Policy,
) -> Decision:
    """What should stand on pull `number`, given its incidents and what was said there before.

    `announcing_since` is the moment, in Buildbot's clock, from which we may speak; None: never.
    What was said once is followed to its end, also when speaking is switched off meanwhile.
    """
    announced = {s.incident_id for s in said}
    intents, reasons = [], []
    for incident in sorted(incidents, key=lambda i: (i.opened_at, i.id)):
        if incident.id in announced:
            intents.append(_follow_up(number, incident, policy))
        elif reason := _find_reason_for_silence(number, incident, announcing_since, policy):
            reasons.append(reason)
        else:
            intents.append(_intent(incident, IncidentState.OPEN))
    if intents:
        return Decision(tuple(intents), None)
    return Decision((), reasons[-1] if reasons else "No incident accuses this pull.")


def _accuses(number: int, incident: Incident) -> bool:
    return incident.pull == number and incident.verdict in ACCUSING


def _follow_up(number: int, incident: Incident, policy: Policy) -> Intent:
    """What became of something said: it stands, was fixed or closed, or is taken back.

    The first builder that passes with the fix looks, until the others do, like a test that fails
    now and then: while more than half of the suspicion is left, what was said stands.
    """
    suspicion = sum(s.p for s in incident.suspects if s.pull == number)
    if not _accuses(number, incident) and suspicion < policy.withdraw_below:
        return _intent(incident, IncidentState.WITHDRAWN)
    if incident.verdict is Verdict.UNKNOWN:
        return Intent(PULL, incident, Verdict.SUSPECTED, incident.state)
    return _intent(incident, incident.state)


def _intent(incident: Incident, state: IncidentState) -> Intent:
    return Intent(PULL, incident, incident.verdict, state)


def _find_reason_for_silence(
    number: int, incident: Incident, announcing_since: datetime | None, policy: Policy
) -> str | None:
    if not _accuses(number, incident):
        return incident.reason or "It is not known which pull broke it."
    if incident.confidence < policy.confidence:
        return f"It is only {incident.percent}% sure."
    if incident.state is not IncidentState.OPEN:
        return "It was over before anything was said."
    if announcing_since is None:
        return "Speaking is not switched on."
    if incident.opened_at <= announcing_since:
        return "It was red before speaking was switched on."
    return None


def find_unannounced(decision: Decision, said: Sequence[Announcement]) -> tuple[Incident, ...]:
    """The incidents of a decision that were never told of."""
    announced = {s.incident_id for s in said}
    return tuple(i.incident for i in decision.intents if i.incident.id not in announced)


def suppress(decision: Decision, hushed: Mapping[str, str]) -> Decision:
    """The same without the incidents, by id, that must not be told of, each for its reason."""
    intents = tuple(i for i in decision.intents if i.incident.id not in hushed)
    if intents or not decision.intents:
        return replace(decision, intents=intents)
    return Decision((), hushed[decision.intents[-1].incident.id])


def find_revert_time(intent: Intent, policy: Policy) -> datetime | None:
    """From when on, in Buildbot's clock, a revert is worth a word; None: it never is."""
    if intent.verdict is not Verdict.CONFIRMED or intent.state is not IncidentState.OPEN:
        return None
    many = len(intent.incident.builders) >= policy.revert_builders
    return intent.incident.opened_at + (timedelta(0) if many else policy.revert_after)
