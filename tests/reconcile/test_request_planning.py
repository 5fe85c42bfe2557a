"""What people took back is not asked for again; what was spent stays spent."""

from datetime import timedelta

import pytest

from bot.core.model import RequestState
from bot.core.model.request_records import TAKEN_BACK, TAKEN_BACK_AT_CI, SpendingOrder
from bot.reconcile.request_planning import _find_budget, _is_taken_back
from tests.support.make_requests import AT, make_record
from tests.support.make_stored import make_incident

INCIDENT = make_incident("i1")


def make_order(hours: int) -> SpendingOrder:
    at = AT + timedelta(hours=hours)
    return SpendingOrder(1, "i1", 1, 0, 101, "alice", at, builds=8)


@pytest.mark.parametrize(
    ("words", "order", "taken"),
    [
        (TAKEN_BACK, None, True),
        (TAKEN_BACK_AT_CI, None, True),
        (TAKEN_BACK, make_order(-1), True),
        (TAKEN_BACK, make_order(1), False),
        ("It is resolved.", None, False),
    ],
    ids=["command", "buildbot", "older order", "newer order", "needless"],
)
def test_whoever_takes_a_build_back_is_heard_until_somebody_orders_another(
    words: str, order: SpendingOrder | None, taken: bool
) -> None:
    record = make_record(state=RequestState.CANCELLED, incident="i1")
    records = [record.move(RequestState.CANCELLED, words)]
    assert _is_taken_back(INCIDENT, records, order) is taken


def test_another_incident_goes_on() -> None:
    other = make_record(incident="i2").move(RequestState.CANCELLED, TAKEN_BACK)
    assert not _is_taken_back(INCIDENT, [other], None)


def test_a_budget_is_spent_once_however_long_ago() -> None:
    old = make_record(incident="i1", asked_at=AT - timedelta(days=30))
    spent = [old.move(RequestState.FINISHED)] * 3
    assert _find_budget(make_order(0), spent).builds == 5
