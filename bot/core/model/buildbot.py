"""Buildbot's nouns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.results import Result


class ScheduledBy(StrEnum):
    """Why a build was made. Forced and rebuilt ones are evidence, never a baseline."""

    BRANCH = "branch"
    FORCE = "force"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Builder:
    """A job definition of one Buildbot."""

    source: str
    builderid: int
    name: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """One run of one builder at one revision, as Buildbot's REST API tells it."""

    source: str
    buildid: int
    number: int
    builderid: int
    buildrequestid: int
    worker: str
    branch: str | None
    revision: str | None  # got_revision; never the one that was asked for
    repository: str | None  # "owner/name" where the sourcestamp names one
    scheduled_by: ScheduledBy
    result: Result | None  # None while it runs
    started_at: datetime
    complete_at: datetime | None
    state_string: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """One log of one step of a build."""

    logid: int
    step: str
    step_number: int
    step_result: Result | None
    name: str
    lines: int
    lettered: bool = True  # `stdio`: each line begins with the letter of its stream
