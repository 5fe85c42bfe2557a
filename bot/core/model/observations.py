"""What a build says of failures: from its reading to its facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.log_reading import Kind, Reading, TestRun
from bot.core.model.build_results import Result
from bot.core.model.builds import Build, Builder, BuildRef, ScheduledBy


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
class Occurrence:
    """A signature as one build showed it."""

    signature: Signature
    passed_on_rerun: bool = False
    step: str | None = None  # the name of the step that showed it; None: not known


@dataclass(frozen=True, slots=True)
class StepRun:
    """A step of a build that ran: what it was told to run, and whether it did not fail."""

    name: str
    command: str | None = None  # without what differs between runs; None: not known
    ok: bool = True


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
    sightings: tuple[Occurrence, ...] = ()
    runs: tuple[TestRun, ...] = ()
    steps: tuple[str, ...] | None = None  # those that ran and did not fail; None: not known
    # None: it was read before steps were told by their commands, or comes from a history file.
    step_runs: tuple[StepRun, ...] | None = None
    # The name of its build: folding asks for it far more often than builds are read.
    ref: BuildRef = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", BuildRef(self.source, self.buildid))

    @property
    def order(self) -> tuple[datetime, BuildRef]:
        """The order of folding, whatever the order of arrival."""
        return (self.complete_at, self.ref)


class Outcome(StrEnum):
    """What a build says of one signature; `None` where it says nothing."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    FLAKED = "flaked"  # failed, then passed at the same commit within the build


class Says(StrEnum):
    """What people are told that a build says of an incident."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    FLAKED = "flaked"
    NOTHING = "nothing"  # it ran, and does not tell whether this failure is there
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class BuildAt:
    """A build of a commit on a builder; `observation` is None while it runs."""

    sha: str
    builder: str
    ref: BuildRef
    number: int
    url: str
    observation: Observation | None


@dataclass(frozen=True, slots=True)
class BuildCell:
    """A build in the table of an incident: commit, builder, and what it says of this failure."""

    sha: str
    builder: str
    ref: BuildRef
    number: int
    url: str
    says: Says


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """What is kept of a build: Buildbot's words, our reading, and where it belongs."""

    build: Build
    builder: Builder
    repo_id: int | None
    stable: bool = False  # whether this builder may open incidents
    reading: Reading | None = None  # None: no log was read
    sightings: tuple[Occurrence, ...] = ()
    url: str = ""
    note: str = ""  # a named reason where something was missing
    sources: tuple[str, ...] = field(default=())  # the logs that were read, "step/log"
    steps: tuple[str, ...] | None = None  # those that ran and did not fail; None: not known
    step_runs: tuple[StepRun, ...] | None = None  # as of `Observation`


@dataclass(frozen=True, slots=True)
class UnreadBuild:
    """A build that is known and could not be read yet."""

    source: str
    buildid: int
    reason: str
    since: datetime
    again_at: datetime | None  # None: Buildbot itself says no

    def __str__(self) -> str:
        return f"build {self.buildid} is unread, because {self.reason}"


@dataclass(frozen=True, slots=True)
class ObservationBatch:
    """Observations of a branch saved after a version, and the versions that now hold."""

    observations: tuple[Observation, ...]
    version: int
    line_version: int = 0  # of the branch's commits and what is known of them
    incidents_version: int = 0  # of what is stored of its incidents
