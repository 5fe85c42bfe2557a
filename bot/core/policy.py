"""What to say on a pull, or silence with its reason; and every threshold, with why this number.

In: the incidents that touch a pull, what was already said there, and since when we may speak.
Out: intents, each for one audience and one incident, or one sentence that explains the silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.model import ACCUSING, Incident, IncidentState, Said, Verdict


@dataclass(frozen=True, slots=True)
class Policy:
    """Every threshold of blame and speech."""

    # --- what is believed of an incident
    # Where builds alone point to a pull, 55 of 57 comments on recorded fleets were right from 0.8
    # on, and 50 of 52 from 0.9 on; on simulated ones 106 of 112, and 100 of 105.
    confidence: float = 0.8
    # ... and from this one on where builds leave several commits, and paths and titles decide:
    # of such comments on recorded fleets 7 of 8 were right from 0.9 on, below it 4 of 10. What a
    # commit touched ranks suspects well, but is surer than it should be.
    confidence_of_paths: float = 0.9
    # Flakes and outages are what bots are hated for: together they may have at most this much.
    # At twice as much no regression more was told, and one flaky test and one outage were.
    noise: float = 0.05
    # One failure may always be a flake: two that agree by chance are some hundred times rarer, and
    # the second usually comes within one build's time.
    failures_needed: int = 2
    # ... but one suffices where it can hardly be a flake: the build did not compile, or many tests
    # broke at once. A fifth of the regressions shows only once before it is mended. None of the
    # wrong comments on simulated fleets had one failure only, so that it need not be stricter.
    noise_of_one: float = 0.05
    # A plain rule stands beside beliefs: one pull left in the range, two red builds, no hint of a
    # flake. It speaks only while the fleet has built less than this often: a young fleet has no
    # past to believe from. Where there was one, three of five comments it added were right.
    plain_until: int = 12
    # "Confirmed" is said where nothing else is left: this sure, with this many red builds on at
    # least two machines.
    confirmed: float = 0.99
    confirmed_reds: int = 3
    # From here an incident is told as flaky, as an outage, or as old. Nobody is accused by it, so
    # that three or four of five suffice for the builder's page; flaky tests enter a lasting ledger.
    flaky: float = 0.9
    environment: float = 0.8
    old: float = 0.75
    # What was said is taken back only when another explanation is likelier than the pull: the
    # pass that ends a regression looks like the one that ends a flake.
    withdraw_below: float = 0.5
    # A builder that has not shown a failure for two weeks, nor passed it, was retired or
    # forgotten; an incident that only it could close would stay open for ever. Two weeks are
    # longer than any nightly or weekly cycle.
    quiet_after: timedelta = timedelta(days=14)
    # Nobody reads more suspects than this, or such unlikely ones; the range is told by its ends.
    suspects_kept: int = 50
    suspect_above: float = 0.005

    # --- what is said of it
    # A day is what CPython's core developers give an author before they revert; on so many
    # machines at once, other people's failures hide behind this one already.
    revert_after: timedelta = timedelta(hours=24)
    revert_builders: int = 10


# For those who would rather hear of a culprit too often than too late. Of recorded fleets it tells
# eight regressions more and five pulls more wrongly, three of them for a flake or an outage. With
# 0.75 for both, also where paths decide, as many were told, and four more wrongly.
EAGER_POLICY = Policy(confidence=0.65, confidence_of_paths=0.85, noise=0.2, failures_needed=1)
DEFAULT_POLICY = Policy()

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
    said: Sequence[Said],
    spoken_since: datetime | None,
    policy: Policy,
) -> Decision:
    """What should stand on pull `number`, given its incidents and what was said there before.

    `spoken_since` is the moment, in Buildbot's clock, from which we may speak; None: never.
    What was said once is followed to its end, also when speaking is switched off meanwhile.
    """
    told = {s.incident_id for s in said}
    intents, reasons = [], []
    for incident in sorted(incidents, key=lambda i: (i.opened_at, i.id)):
        if incident.id in told:
            intents.append(_follow_up(number, incident, policy))
        elif reason := _find_reason_for_silence(number, incident, spoken_since, policy):
            reasons.append(reason)
        else:
            intents.append(_intent(incident, IncidentState.OPEN))
    if intents:
        return Decision(tuple(intents), None)
    return Decision((), reasons[-1] if reasons else "No incident accuses this pull.")


def _accuses(number: int, incident: Incident) -> bool:
    return incident.pull == number and incident.verdict in ACCUSING


def _follow_up(number: int, incident: Incident, policy: Policy) -> Intent:
    """What became of something said: it stands, was fixed or closed, or is taken back."""
    suspicion = sum(s.p for s in incident.suspects if s.pull == number)
    stands = _accuses(number, incident) or suspicion >= policy.withdraw_below
    return _intent(incident, incident.state if stands else IncidentState.WITHDRAWN)


def _intent(incident: Incident, state: IncidentState) -> Intent:
    return Intent(PULL, incident, incident.verdict, state)


def _find_reason_for_silence(
    number: int, incident: Incident, spoken_since: datetime | None, policy: Policy
) -> str | None:
    if not _accuses(number, incident):
        return incident.reason or "It is not known which pull broke it."
    if incident.confidence < policy.confidence:
        return f"It is only {incident.percent}% sure."
    if incident.state is not IncidentState.OPEN:
        return "It was over before anything was said."
    if spoken_since is None:
        return "Speaking is not switched on."
    if incident.opened_at <= spoken_since:
        return "It was red before speaking was switched on."
    return None


def find_fresh(decision: Decision, said: Sequence[Said]) -> tuple[Incident, ...]:
    """The incidents of a decision that were never told of."""
    told = {s.incident_id for s in said}
    return tuple(i.incident for i in decision.intents if i.incident.id not in told)


def hush(decision: Decision, hushed: Mapping[str, str]) -> Decision:
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
