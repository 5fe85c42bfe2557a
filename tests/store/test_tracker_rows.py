"""A cause without an issue, and an order without a number, come back as they were."""

from typing import Any

from bot.core.model.tracker import IssueOrder, TrackedCause
from bot.store.tracker_rows import make_cause_row, make_order_row, parse_cause, parse_order


def test_what_is_missing_stays_missing() -> None:
    cause = TrackedCause(1, "abc", (), ("i1",))
    row: Any = make_cause_row(cause)
    assert parse_cause(row) == cause
    order = IssueOrder(1, 7, 0, 101, "writer", "i1", anyway=True)
    row = make_order_row(order)
    assert parse_order(row) == order
