"""Rows ↔ requests."""

from dataclasses import asdict, fields
from typing import Any

from bot.core.model.build_results import Result
from bot.core.model.request_records import RequestRecord, SpendingOrder
from bot.core.model.requests import BuildRequest, RequestPurpose, RequestState
from bot.store.row_mapping import Fields, Values

_REQUEST = tuple(field.name for field in fields(BuildRequest))
_RECORD = tuple(field.name for field in fields(RequestRecord) if field.name != "request")


def make_request_row(record: RequestRecord) -> Values:
    """A row of `requests`, but for `cancel`: who follows a request must not lose that wish."""
    request = record.request
    row: dict[str, Any] = {n: getattr(record, n) for n in _RECORD if n != "cancel"}
    row |= {name: getattr(request, name) for name in _REQUEST}
    row |= {"purpose": request.purpose.value, "state": request.state.value}
    row["result"] = None if request.result is None else int(request.result)
    return row


def parse_request(row: Fields) -> RequestRecord:
    """The inverse."""
    own = {name: row[name] for name in _REQUEST} | {
        "purpose": RequestPurpose(row["purpose"]),
        "state": RequestState(row["state"]),
        "result": None if row["result"] is None else Result(row["result"]),
    }
    return RequestRecord(BuildRequest(**own), **{name: row[name] for name in _RECORD})


def make_order_row(order: SpendingOrder) -> Values:
    """A row of `request_orders`."""
    row = asdict(order)
    row["person"] = row.pop("by")
    return row


def parse_order(row: Fields) -> SpendingOrder:
    """The inverse."""
    return SpendingOrder(**{("by" if n == "person" else n): v for n, v in row.items()})
