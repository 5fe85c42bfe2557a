"""Requests as a CI tells them: what it can be asked for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.model.build_results import Result


@dataclass(frozen=True, slots=True)
class RequestScheduler:
    """The force scheduler that is ours: what it can be told."""

    builders: frozenset[str]
    fields: frozenset[str]  # that may be filled in
    repository: str | None  # the label of its sourcestamps; None: it has none of its own


@dataclass(frozen=True, slots=True)
class CiRequest:
    """A build request."""

    number: int  # buildrequestid
    buildsetid: int
    builderid: int
    name: str | None  # our id of it, as it came back
    complete: bool
    result: Result | None
    submitted_at: datetime  # the CI's clock


@dataclass(frozen=True, slots=True)
class RequestedBuild:
    """The newest build of a request: a worker that is lost begins another one."""

    buildid: int
    started_at: datetime  # the CI's clock
    complete_at: datetime | None
    result: Result | None  # None: it runs


@dataclass(frozen=True, slots=True)
class RequestProgress:
    """What became of a request."""

    request: CiRequest
    build: RequestedBuild | None  # None: not begun, or over without a build


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A build request that no builder has begun, whoever made it."""

    number: int  # buildrequestid
    builderid: int
    submitted_at: datetime  # the CI's clock


@dataclass(frozen=True, slots=True)
class BuilderQueue:
    """What a builder has to do now, ours left out; the CI's clock."""

    waiting_since: datetime | None = None
    running_since: datetime | None = None
