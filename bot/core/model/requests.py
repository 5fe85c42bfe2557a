"""Builds that we ask for: what is worth asking, what was asked, and within which limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from bot.core.model.build_results import Result, is_evidence

REQUEST_PROPERTY = "nightswatch_request"
"""The property by which a build carries our id; it is how its `scheduled_by` is told."""


class RequestPurpose(StrEnum):
    """Why it was asked for."""

    AUTO = "auto"  # it tells most of what is not known
    BISECT = "bisect"  # the same, because a person said so
    RERUN = "rerun"  # a person wants the failing build once more
    TEST = "test"  # a person wants the head of an open pull built: no evidence of the branch


class RequestState(StrEnum):
    """Where a request stands. The last four are the end of it."""

    PLANNED = "planned"  # decided and stored, and not yet put to the CI, as far as we know
    QUEUED = "queued"  # the CI has it, and has not begun
    RUNNING = "running"
    FINISHED = "finished"  # its build ended; `result` tells whether it says anything
    CANCELLED = "cancelled"
    REFUSED = "refused"  # the CI does not build this
    LOST = "lost"  # it never came before the deadline


OUTSTANDING = frozenset({RequestState.PLANNED, RequestState.QUEUED, RequestState.RUNNING})
"""The states of what is still to come."""
_FREE = frozenset({RequestState.CANCELLED, RequestState.REFUSED, RequestState.LOST})


@dataclass(frozen=True, slots=True)
class PlannedBuild:
    """A build that is worth asking for."""

    incident: str  # id
    builder: str
    revision: str
    gain: float  # bits: the expected drop in entropy over pulls, flaky, environment and old
    left: float  # bits: the entropy before
    minutes: float  # of the builder's time that it is expected to take
    reason: str  # a clause: "it halves what is left"

    @property
    def told(self) -> str:
        """What people read, as in "asked AMD64 Fedora to build a3c0602: it halves what is left"."""
        return f"asked {self.builder} to build {self.revision[:7]}: {self.reason}"


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """A build that was asked for."""

    id: str  # ours, and never used twice
    source: str
    builder: str
    revision: str
    purpose: RequestPurpose
    state: RequestState
    asked_at: datetime
    incident: str | None = None  # id; None: it is about no incident
    reason: str = ""  # as of the planned build
    asked_by: str | None = None  # the login of who said so; None: nobody did
    expected_minutes: float = 0.0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: Result | None = None  # of a finished one
    buildid: int | None = None

    @property
    def is_outstanding(self) -> bool:
        """It may still tell something."""
        return self.state in OUTSTANDING

    @property
    def costs_time(self) -> bool:
        """It took a builder's time, or will; what was cancelled, refused or lost is free."""
        return self.state not in _FREE

    @property
    def told_nothing(self) -> bool:
        """Its machine failed: an exception, a retry, a lost worker, or no build at all."""
        if self.state is RequestState.FINISHED:
            return not is_evidence(self.result)
        return self.state in {RequestState.LOST, RequestState.REFUSED}


@dataclass(frozen=True, slots=True)
class BuilderLoad:
    """What a builder has to do, as far as it is known at a time."""

    builder: str
    minutes: float  # a build of it takes: the median of its last ones
    longest: float  # minutes: the longest of its last ones; so much is set aside for a build
    since: datetime  # when it began its first build that we know of
    running_since: datetime | None = None  # its own build that runs
    waiting_since: datetime | None = None  # the oldest build that waits for it, ours left out
    is_away: bool = False  # no worker of it is connected, or it was taken out

    def expect_wait(self, now: datetime) -> float:
        """Minutes until it may begin something for us: what runs ends, what waits is built."""
        wait = 0.0 if self.waiting_since is None else self.minutes
        if self.running_since is not None:
            wait += max(0.0, self.minutes - (now - self.running_since).total_seconds() / 60.0)
        return wait


@dataclass(frozen=True, slots=True)
class Budget:
    """What may still be spent on one incident."""

    builds: int
    minutes: float = float("inf")
    # A person said so: it is spent at once, whatever the price and the hour. The share of each
    # builder's time, its queue and the total of a day hold all the same.
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a volunteer's worker can bear, and when asking is over; settings, each with its why."""

    # --- of each builder
    # So much of its time may be ours, in every span of so long that ends now, and never more than
    # of the time that it is known for: a builder that was idle for a month owes us nothing.
    share_of_builder: float = 0.15
    share_span: timedelta = timedelta(days=7)
    # Who waits so long for builds of their own have no time for ours.
    longest_queue: timedelta = timedelta(hours=1)
    # The same commit on the same builder again: what broke the build may pass by itself, and twice
    # at once is hardly more than once. Each further time waits so much longer.
    pacing: timedelta = timedelta(minutes=20)

    # --- of all of them
    per_day: int = 48
    # (from, to) in UTC in which nothing is begun; they may cross midnight.
    quiet_hours: tuple[time, time] | None = None

    # --- of one incident
    # A range of thirty needs five; who needs more meets flakes. On 310 recorded histories 8 told
    # nothing that 5 did not, and cost seven builds more.
    per_incident: int = 5
    infra_failures: int = 2  # so many builds that told nothing end it
    # Builds of it that may be outstanding at a time, each on another builder.
    at_a_time: int = 1

    # --- what a build has to be worth
    # Bits, weighed by how likely it is that a pull did it: of a flake nobody is told. On 310
    # recorded histories 0.25 asked for 408 builds, 0.27 for 394 and told the same 133; 0.3 for
    # 346 and told 130.
    least_gain: float = 0.27
    # ... to which so much is added where one pull can probably be told afterwards.
    gain_of_telling: float = 0.2
    least_gain_per_hour: float = 0.02  # bits an hour of the builder
    minutes_of_asking: float = 30.0  # what a request costs beside the builder's time


DEFAULT_LIMITS = RequestLimits()


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """What to ask for now, what to take back, and why not more."""

    ask: tuple[PlannedBuild, ...] = ()
    cancel: Mapping[str, str] = field(default_factory=dict)  # by id of a request: why
    silent: Mapping[str, str] = field(default_factory=dict)  # by id of an incident: why not
    again_at: datetime | None = None  # when a limit lets go; None: only news change it
