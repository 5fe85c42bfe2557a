"""What a build says of failures: from its reading to its facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.model.buildbot import Build, Builder, ScheduledBy
from bot.core.model.readings import Kind, Reading, TestRun
from bot.core.results import Result


@dataclass(frozen=True, slots=True, order=True)
class Signature:
    """The stable name of a failure: the same on two builders, different for two causes."""

    branch: str
    suite: str
    kind: Kind
    site: str  # canonical test, or the first error site
    message: str  # normalised

    @property
    def is_test(self) -> bool:
        """True when the site is a test, so that a complete run without it means it passed."""
        return self.kind in _TEST_KINDS


_TEST_KINDS = frozenset(
    {Kind.TEST_FAILURE, Kind.CRASH, Kind.TIMEOUT, Kind.ENV_CHANGED, Kind.REFLEAK}
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A signature as one build showed it."""

    signature: Signature
    passed_on_rerun: bool = False
    step: str | None = None  # the name of the step that showed it; None: not known


@dataclass(frozen=True, slots=True)
class Observation:
    """All that one finished build says; per signature its outcome is inferred from it."""

    source: str
    buildid: int
    number: int
    builder: str
    stable: bool
    tags: tuple[str, ...]
    worker: str
    branch: str
    revision: str | None
    result: Result
    scheduled_by: ScheduledBy
    started_at: datetime
    complete_at: datetime
    sightings: tuple[Sighting, ...] = ()
    runs: tuple[TestRun, ...] = ()
    steps: tuple[str, ...] | None = None  # those that ran and did not fail; None: not known

    @property
    def order(self) -> tuple[datetime, int]:
        """The order of folding, whatever the order of arrival."""
        return (self.complete_at, self.buildid)


class Outcome(StrEnum):
    """What a build says of one signature; `None` where it says nothing."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    FLAKED = "flaked"  # failed, then passed at the same commit within the build


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What is kept of a build: Buildbot's words, our reading, and where it belongs."""

    build: Build
    builder: Builder
    repo_id: int | None
    stable: bool = False  # whether this builder may open incidents
    reading: Reading | None = None  # None: no log was read
    sightings: tuple[Sighting, ...] = ()
    url: str = ""
    note: str = ""  # a named reason where something was missing
    sources: tuple[str, ...] = field(default=())  # the logs that were read, "step/log"
    steps: tuple[str, ...] | None = None  # those that ran and did not fail; None: not known


@dataclass(frozen=True, slots=True)
class FactsSince:
    """Observations of a branch saved after a version, and the versions that now hold."""

    observations: tuple[Observation, ...]
    version: int
    line_version: int = 0  # of the branch's commits and what is known of them
    incidents_version: int = 0  # of what is stored of its incidents
