"""Requests for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.model.request_records import RequestRecord
from bot.core.model.requests import BuildRequest, RequestPurpose, RequestState

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
REVISION = "e" * 40


def make_record(request_id: str = "c1.0.1", **changes: Any) -> RequestRecord:
    """A request for the first builder; `changes` are fields of it, or of its request."""
    request = BuildRequest(
        id=request_id,
        source="buildbot",
        builder="AMD64 Debian",
        revision=REVISION,
        purpose=RequestPurpose.RERUN,
        state=RequestState.PLANNED,
        asked_at=AT,
        reason="octocat wants it once more",
        asked_by="octocat",
    )
    own = {name: changes.pop(name) for name in list(changes) if hasattr(request, name)}
    record = RequestRecord(
        request=replace(request, **own),
        repo_id=1,
        builderid=1,
        branch="main",
        deadline=AT + timedelta(hours=12),
        number=101,
        comment_id=1,
    )
    return replace(record, **changes)
