"""Builds → how often they failed day by day, how long they took, and how long red lasted.

In: the builds of a builder, a worker or a test. Out: figures for charts and tables.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from bot.core.model.build_results import Result, is_evidence, is_red
from bot.core.model.builds import BuildRef, ScheduledBy

SHOWN_DAYS = 90
"""How far back builders, workers and tests are told of."""


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """A finished build as lists show it."""

    ref: BuildRef
    number: int
    builder: str
    worker: str
    branch: str | None
    revision: str | None
    result: Result
    scheduled_by: ScheduledBy
    started_at: datetime
    complete_at: datetime
    url: str
    repo_id: int | None = None
    flaked: bool = False  # what is asked about failed, and passed when it was run again

    @property
    def took(self) -> timedelta:
        """How long it ran; never less than nothing, whatever clocks say."""
        return max(self.complete_at - self.started_at, timedelta(0))


@dataclass(frozen=True, slots=True)
class DayTally:
    """The builds that ended on one day, in UTC."""

    day: date
    builds: int = 0  # that tell something: an exception or a cancelled one tells nothing
    failed: int = 0
    flaked: int = 0
    broken: int = 0  # exceptions and retries: the machine's
    minutes: float = 0.0  # the median that a build took

    @property
    def failure_rate(self) -> float | None:
        """None where nothing was built."""
        return self.failed / self.builds if self.builds else None

    @property
    def flake_rate(self) -> float | None:
        """The same of what passed on a second try."""
        return self.flaked / self.builds if self.builds else None


@dataclass(frozen=True, slots=True)
class Recovery:
    """How red streaks ended."""

    streaks: int  # that ended
    median: timedelta | None
    longest: timedelta | None
    red_since: datetime | None  # the streak that lasts; None: it is green


_MACHINE = frozenset({Result.EXCEPTION, Result.RETRY})


def count_days(builds: Iterable[BuildSummary]) -> tuple[DayTally, ...]:
    """Day by day, oldest first; days without builds are left out."""
    days: defaultdict[date, list[BuildSummary]] = defaultdict(list)
    for build in builds:
        days[build.complete_at.astimezone(UTC).date()].append(build)
    return tuple(_count_day(day, own) for day, own in sorted(days.items()))


def _count_day(day: date, builds: Sequence[BuildSummary]) -> DayTally:
    telling = [b for b in builds if is_evidence(b.result)]
    return DayTally(
        day=day,
        builds=len(telling),
        failed=sum(is_red(b.result) for b in telling),
        flaked=sum(b.flaked for b in telling),
        broken=sum(b.result in _MACHINE for b in builds),
        minutes=find_minutes(builds),
    )


def find_minutes(builds: Sequence[BuildSummary]) -> float:
    """The median that a build took; 0 of none."""
    return median([b.took.total_seconds() / 60 for b in builds]) if builds else 0.0


def find_cost(builds: Iterable[BuildSummary]) -> timedelta:
    """The machine's time that went into red builds and into those that broke off."""
    lost = (b.took for b in builds if is_red(b.result) or b.result in _MACHINE)
    return sum(lost, timedelta(0))


def find_recovery(builds: Iterable[BuildSummary]) -> Recovery:
    """From each first red build until the next green one, on each builder and branch by itself."""
    since: dict[tuple[str, str | None], datetime] = {}
    spans: list[timedelta] = []
    for build in sorted(builds, key=lambda b: (b.complete_at, b.ref)):
        place = (build.builder, build.branch)
        if is_red(build.result):
            since.setdefault(place, build.complete_at)
        elif is_evidence(build.result) and place in since:
            spans.append(build.complete_at - since.pop(place))
    return Recovery(
        streaks=len(spans),
        median=timedelta(seconds=median(s.total_seconds() for s in spans)) if spans else None,
        longest=max(spans, default=None),
        red_since=min(since.values(), default=None),
    )
