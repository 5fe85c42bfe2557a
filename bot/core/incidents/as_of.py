"""An incident as it was decided at a moment, and what happened to it in order.

In: the incident as it is now, and what was believed of it since it was first seen. Out: the same
incident with the beliefs of then; the lines of its timeline.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.model import Announcement, Incident, IncidentState, RequestState, Verdict
from bot.core.model.commands import AuditEntry
from bot.core.model.decisions import Belief
from bot.core.model.request_records import RequestRecord
from bot.core.ports.details import IncidentDetail


def find_belief(beliefs: Sequence[Belief], at: datetime) -> Belief | None:
    """What was believed at a moment; None: nothing was decided yet."""
    return next((belief for belief in reversed(beliefs) if belief.at <= at), None)


def make_past_incident(incident: Incident, belief: Belief | None) -> Incident:
    """The incident with what was believed then: no testimony, and no end that had not come.

    Of None, what is said before anything was decided: nothing.
    """
    if belief is None:
        belief = Belief(
            at=incident.opened_at,
            verdict=Verdict.UNKNOWN,
            state=IncidentState.OPEN,
            pull=None,
            confidence=0.0,
            reason="Nothing was decided yet.",
            suspects=(),
        )
    is_open = belief.state is IncidentState.OPEN
    return replace(
        incident,
        verdict=belief.verdict,
        state=belief.state,
        pull=belief.pull,
        confidence=belief.confidence,
        reason=belief.reason,
        awaited=belief.awaited,
        suspects=belief.suspects,
        red_builds=incident.red_builds[: belief.reds],
        closed_at=None if is_open else incident.closed_at,
        fix=incident.fix if belief.state is IncidentState.FIXED else None,
    )


class EventKind(StrEnum):
    """What happens to an incident."""

    FIRST_RED = "first red"
    BELIEVED = "believed"
    ASKED = "asked"
    ANSWERED = "answered"
    SAID = "said"
    TOLD = "told us"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One line of a timeline."""

    at: datetime
    kind: EventKind
    words: str
    number: int | None = None  # the pull on which it was said


def make_timeline_of(found: IncidentDetail) -> tuple[IncidentEvent, ...]:
    """The timeline of all that is stored of an incident."""
    asked = found.report.asked
    return make_timeline(found.incident, found.beliefs, found.said, found.actions, asked)


def make_timeline(
    incident: Incident,
    beliefs: Sequence[Belief],
    said: Iterable[tuple[int, Announcement]],
    actions: Iterable[AuditEntry],
    asked: Iterable[RequestRecord],
) -> tuple[IncidentEvent, ...]:
    """All that happened, oldest first; of beliefs only those that people call another one.

    Moments are told by whoever saw them: builds by Buildbot's clock, words by GitHub's, the rest
    by ours. So what is a second apart may stand in another order than it happened.
    """
    name = incident.builders[0] if incident.builders else "a builder"
    events = [IncidentEvent(incident.opened_at, EventKind.FIRST_RED, f"{name} turned red.")]
    events += _find_turns(beliefs)
    events += [
        IncidentEvent(a.at, EventKind.SAID, f"Told as {a.verdict}, {a.state}.", number)
        for number, a in said
    ]
    events += [_make_action(action) for action in actions]
    events += [event for record in asked for event in _make_request(record)]
    if incident.closed_at is not None:
        words = f"It is {incident.state.value}."
        events.append(IncidentEvent(incident.closed_at, EventKind.ENDED, words))
    return tuple(sorted(events, key=lambda e: e.at))


def _find_turns(beliefs: Sequence[Belief]) -> list[IncidentEvent]:
    turns: list[IncidentEvent] = []
    before: tuple[object, ...] = ()
    for belief in beliefs:
        told = (belief.verdict, belief.state, belief.pull)
        if told != before:
            turns.append(IncidentEvent(belief.at, EventKind.BELIEVED, _tell_belief(belief)))
        before = told
    return turns


def _tell_belief(belief: Belief) -> str:
    accused = f", #{belief.pull} ({belief.percent}%)" if belief.pull is not None else ""
    told = f"{belief.verdict.value.capitalize()}, {belief.state.value}{accused}."
    return f"{told} {belief.reason}".strip()


def _make_action(action: AuditEntry) -> IncidentEvent:
    words = f"{action.by}: {action.command} {action.argument}".strip()
    told = f"{words} ({action.result.value})"
    return IncidentEvent(action.acted_at, EventKind.TOLD, told, action.number)


def _make_request(record: RequestRecord) -> Iterable[IncidentEvent]:
    request = record.request
    asked = "Would have asked" if record.dry_run else "Asked"
    words = f"{asked} {request.builder} to build {request.revision[:9]}: {request.reason}"
    yield IncidentEvent(request.asked_at, EventKind.ASKED, words, record.number)
    if request.state is RequestState.FINISHED and request.ended_at is not None:
        result = request.result.name.lower() if request.result is not None else "no result"
        words = f"{request.builder} built {request.revision[:9]}: {result}"
        yield IncidentEvent(request.ended_at, EventKind.ANSWERED, words, record.number)
