"""Buildbot's nouns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.core.model.build_results import Result


class BuildRef(NamedTuple):
    """The name of a build: the ids of two sources are not comparable, and may be the same."""

    source: str
    id: int


class ScheduledBy(StrEnum):
    """Why a build was made. All but the first are evidence, never a baseline."""

    BRANCH = "branch"
    FORCE = "force"
    REBUILD = "rebuild"
    REQUEST = "request"  # we asked for it


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
    repository: str | None  # "owner/name" as the sourcestamp or the settings name it
    scheduled_by: ScheduledBy
    result: Result | None  # None while it runs
    started_at: datetime
    complete_at: datetime | None
    state_string: str = ""
    # Why it is not known what was built; kept in the note of its facts.
    gap: str = field(default="", compare=False)

    @property
    def ref(self) -> BuildRef:
        """Its name."""
        return BuildRef(self.source, self.buildid)


@dataclass(frozen=True, slots=True)
class FinishedBuild:
    """One of many in a list: where to look, and how it ended as far as that is told."""

    buildid: int
    complete_at: datetime | None
    result: Result | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build; its logs are fetched by `stepid`."""

    stepid: int
    number: int
    name: str
    result: Result | None
    hidden: bool = False
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
    deleted: bool = False  # a janitor of the master emptied it; how many lines it had is known
