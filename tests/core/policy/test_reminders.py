"""A reminder is due a day after it broke, where it is confirmed, told and still red."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.model import Announcement, IncidentState, PullComment, Verdict
from bot.core.policy.decide import PULL, Intent
from bot.core.policy.reminders import find_due_reminders
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.make_stored import MOMENT, make_incident

INCIDENT = make_incident("i1", pull=101, verdict=Verdict.CONFIRMED)
TOLD = PullComment(1, 101, comment_id=5, said=(Announcement("i1", "confirmed", "open", MOMENT),))
DUE: dict[str, Any] = {
    "verdict": Verdict.CONFIRMED,
    "state": IncidentState.OPEN,
    "comment": TOLD,
    "handled": (),
    "since": MOMENT - timedelta(days=1),
    "now": MOMENT + timedelta(hours=24),
    "here": MOMENT + timedelta(hours=24),
}


def find(**changes: Any) -> list[str]:
    case = DUE | changes
    intent = Intent(PULL, INCIDENT, case["verdict"], case["state"])
    found = find_due_reminders(
        [intent],
        case["comment"],
        case["handled"],
        since=case["since"],
        now=case["now"],
        here=case["here"],
        policy=DEFAULT_POLICY,
    )
    return [incident.id for incident in found]


def test_after_a_day_it_is_due() -> None:
    assert find() == ["i1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.SUSPECTED},
        {"state": IncidentState.FIXED},
        {"handled": {"i1"}},
        {"now": MOMENT + timedelta(hours=23)},
        {"here": MOMENT + timedelta(hours=23)},
        {"since": MOMENT},
        {"comment": PullComment(1, 101)},
        {"comment": PullComment(1, 101, comment_id=5)},
        {"comment": PullComment(1, 101, comment_id=5, said=TOLD.said, deleted_at=MOMENT)},
    ],
    ids=["unsure", "over", "done", "early", "just told", "older", "dry", "untold", "deleted"],
)
def test_else_nothing_is_said(changes: dict[str, Any]) -> None:
    assert find(**changes) == []
