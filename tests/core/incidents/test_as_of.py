"""An incident as it was decided at a moment, and all that happened to it in order."""

from dataclasses import replace
from datetime import timedelta

from bot.core.incidents.as_of import (
    EventKind,
    find_belief,
    make_past_incident,
    make_timeline,
)
from bot.core.model import Announcement, Fix, IncidentState, RegressionRange, Suspect, Verdict
from bot.core.model.build_results import Result
from bot.core.model.commands import AuditEntry, CommandResult, Role
from bot.core.model.decisions import make_belief
from bot.core.model.requests import RequestState
from tests.support.make_requests import make_record
from tests.support.make_stored import MOMENT, make_incident
from tests.support.refs import refs

HOUR = timedelta(hours=1)
UNKNOWN = make_incident("i1", reason="Two pulls are in it.", suspects=(Suspect("a" * 40, 12, 0.5),))
SURE = replace(
    UNKNOWN,
    verdict=Verdict.CONFIRMED,
    pull=12,
    confidence=0.99,
    reason="It failed twice.",
    suspects=(Suspect("a" * 40, 12, 0.99),),
    red_builds=refs(1, 2, 3),
)
FIXED = replace(
    SURE,
    state=IncidentState.FIXED,
    closed_at=MOMENT + 5 * HOUR,
    fix=Fix(RegressionRange("b" * 40, "c" * 40), 14),
)
BELIEFS = tuple(
    make_belief(incident, MOMENT + n * HOUR) for n, incident in enumerate((UNKNOWN, SURE, FIXED), 1)
)


def test_the_last_decision_before_a_moment_holds_at_it() -> None:
    assert find_belief(BELIEFS, MOMENT) is None
    assert find_belief(BELIEFS, MOMENT + HOUR) == BELIEFS[0]
    assert find_belief(BELIEFS, MOMENT + 2.9 * HOUR) == BELIEFS[1]
    assert find_belief(BELIEFS, MOMENT + 90 * HOUR) == BELIEFS[2]


def test_the_past_knows_nothing_of_what_came_later() -> None:
    past = make_past_incident(FIXED, BELIEFS[0])
    assert past == UNKNOWN
    assert make_past_incident(FIXED, BELIEFS[1]) == SURE
    assert make_past_incident(FIXED, BELIEFS[2]) == FIXED


def test_before_the_first_decision_nobody_is_accused() -> None:
    past = make_past_incident(FIXED, None)
    assert (past.verdict, past.state, past.pull) == (Verdict.UNKNOWN, IncidentState.OPEN, None)
    assert (past.suspects, past.red_builds, past.closed_at) == ((), (), None)


def test_a_timeline_tells_each_turn_once_and_what_people_and_builds_did() -> None:
    barely = replace(BELIEFS[1], at=MOMENT + 2.5 * HOUR, confidence=0.991)
    said = (12, Announcement("i1", "confirmed", "open", MOMENT + 2.1 * HOUR))
    action = AuditEntry(
        1, 7, 0, 12, "alice", Role.WRITE, "not-me", "", MOMENT, MOMENT + 2.2 * HOUR,
        CommandResult.DONE, "",
    )  # fmt: skip
    asked = make_record(
        asked_at=MOMENT + 1.1 * HOUR,
        state=RequestState.FINISHED,
        ended_at=MOMENT + 1.9 * HOUR,
        result=Result.FAILURE,
    )
    beliefs = (BELIEFS[0], BELIEFS[1], barely, BELIEFS[2])
    events = make_timeline(FIXED, beliefs, [said], [action], [asked])
    assert [event.kind for event in events] == [
        EventKind.FIRST_RED,
        EventKind.BELIEVED,
        EventKind.ASKED,
        EventKind.ANSWERED,
        EventKind.BELIEVED,
        EventKind.SAID,
        EventKind.TOLD,
        EventKind.BELIEVED,
        EventKind.ENDED,
    ]
    assert events[4].words == "Confirmed, open, #12 (99%). It failed twice."
    assert events[6].words == "alice: not-me (done)"
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_a_dry_run_would_have_asked() -> None:
    asked = make_record(dry_run=True)
    assert any(
        event.words.startswith("Would have asked AMD64 Debian")
        for event in make_timeline(UNKNOWN, (), (), (), [asked])
    )
