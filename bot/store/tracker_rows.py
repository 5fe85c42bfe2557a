"""Rows ↔ causes with their issues, and orders of issues."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.core.model.tracker import (
    IssueComment,
    IssueOrder,
    IssueSource,
    IssueState,
    KnownIssue,
    TrackedCause,
)
from bot.store.row_mapping import Fields, Values

# Moments that instances compare with each other's.
SHARED = (
    "looked_at",
    "seen_at",
    "intent_at",
    "filed_at",
    "look_at",
    "comment_intent_at",
    "comment_posted_at",
)
_OF_CAUSE = tuple(name for name in SHARED if not name.startswith("comment_"))
_OF_COMMENT = ("intent_at", "posted_at")
_ORDER = ("repo_id", "comment_id", "position", "pull", "incident", "number", "anyway", "answer")


def make_cause_row(cause: TrackedCause) -> Values:
    """A row of `tracked_causes`."""
    document: dict[str, Any] = {
        "fingerprints": cause.fingerprints,
        "incidents": cause.incidents,
        "issue": asdict(cause.issue) if cause.issue else None,
        "told": cause.told,
        "problem": cause.problem,
        "comment": {n: v for n, v in asdict(cause.comment).items() if n not in _OF_COMMENT},
    }
    row = {name: getattr(cause, name) for name in ("repo_id", "cause", *_OF_CAUSE)}
    row |= {f"comment_{name}": getattr(cause.comment, name) for name in _OF_COMMENT}
    return row | {"document": json.dumps(document, default=datetime.isoformat)}


def parse_cause(row: Fields) -> TrackedCause:
    """The inverse."""
    document = json.loads(row["document"])
    moments = {name: row[f"comment_{name}"] for name in _OF_COMMENT}
    return TrackedCause(
        **{name: row[name] for name in ("repo_id", "cause", *_OF_CAUSE)},
        fingerprints=tuple(document["fingerprints"]),
        incidents=tuple(document["incidents"]),
        issue=parse_known_issue(document["issue"]),
        told=document["told"],
        problem=document["problem"],
        comment=IssueComment(**document["comment"], **moments),
    )


def parse_known_issue(fields: Any) -> KnownIssue | None:
    """The issue of a cause's document."""
    if fields is None:
        return None
    closed_at = fields["closed_at"]
    return KnownIssue(
        **fields
        | {
            "source": IssueSource(fields["source"]),
            "state": IssueState(fields["state"]),
            "closed_at": datetime.fromisoformat(closed_at) if closed_at else None,
        }
    )


def make_order_row(order: IssueOrder) -> Values:
    """A row of `issue_orders`."""
    return {name: getattr(order, name) for name in _ORDER} | {"person": order.by}


def parse_order(row: Fields) -> IssueOrder:
    """The inverse."""
    return IssueOrder(**{name: row[name] for name in _ORDER}, by=row["person"])
