"""What a fleet does just now: the builds that run, when each should end, and what waits.

In: running builds and requests as a CI lists them, how long the last builds took. Out: the same
with names and the expected end of each, soonest first; what of it a page may show.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from bot.core.model import Build
from bot.core.model.ci_requests import WaitingRequest

LAST_BUILDS = 20
"""Of a builder, whose median tells how long the next one takes: enough to outlive a slow day."""


@dataclass(frozen=True, slots=True)
class RunningBuild:
    """A build that runs; moments are of the CI's clock."""

    build: Build
    builder: str
    url: str
    expected_at: datetime | None  # its end; None: the builder has no past

    def is_late(self, now: datetime) -> bool:
        """Whether it should have ended by now."""
        return self.expected_at is not None and self.expected_at < now


@dataclass(frozen=True, slots=True)
class WaitingBuilds:
    """What waits for a builder."""

    builder: str
    count: int
    since: datetime  # the oldest


@dataclass(frozen=True, slots=True)
class CurrentWork:
    """All of it, as it was at a moment of our clock."""

    at: datetime
    running: tuple[RunningBuild, ...]  # who should end next comes first
    waiting: tuple[WaitingBuilds, ...]  # the longest wait first

    @property
    def waits(self) -> int:
        """How many builds wait."""
        return sum(one.count for one in self.waiting)

    def find_next_end(self, now: datetime) -> datetime | None:
        """When the next build should end, of those that are not late."""
        ends = (one.expected_at for one in self.running if not one.is_late(now))
        return min((at for at in ends if at is not None), default=None)

    def pick_builders(self, names: Collection[str]) -> CurrentWork:
        """The part of these builders."""
        return replace(
            self,
            running=tuple(one for one in self.running if one.builder in names),
            waiting=tuple(one for one in self.waiting if one.builder in names),
        )

    def pick_repositories(self, names: Collection[str], *, queues: bool) -> CurrentWork:
        """The builds of these repositories, in small letters; what waits, tells none of its own."""
        own = (one for one in self.running if (one.build.repository or "").lower() in names)
        return replace(self, running=tuple(own), waiting=self.waiting if queues else ())


def make_current_work(
    at: datetime,
    running: Sequence[tuple[Build, str]],
    waiting: Sequence[WaitingRequest],
    names: Mapping[int, str],
    spans: Mapping[str, Sequence[timedelta]],
) -> CurrentWork:
    """`running` builds come with their addresses; `names` are of builders, by their ids.

    `spans` are of the last builds of a builder.
    """
    builds = [_make_running(build, url, names, spans) for build, url in running]
    since: dict[str, list[datetime]] = {}
    for request in waiting:
        name = names.get(request.builderid, f"builder {request.builderid}")
        since.setdefault(name, []).append(request.submitted_at)
    queues = [WaitingBuilds(name, len(own), min(own)) for name, own in since.items()]
    return CurrentWork(
        at=at,
        running=tuple(sorted(builds, key=_rank)),
        waiting=tuple(sorted(queues, key=lambda w: (w.since, w.builder))),
    )


def _make_running(
    build: Build, url: str, names: Mapping[int, str], spans: Mapping[str, Sequence[timedelta]]
) -> RunningBuild:
    name = names.get(build.builderid, f"builder {build.builderid}")
    return RunningBuild(build, name, url, find_expected_end(build.started_at, spans.get(name, ())))


def find_expected_end(started_at: datetime, spans: Sequence[timedelta]) -> datetime | None:
    """By the median of the builder's last builds; None: there are none."""
    if not spans:
        return None
    return started_at + timedelta(seconds=median(span.total_seconds() for span in spans))


def _rank(one: RunningBuild) -> tuple[bool, datetime, str]:
    return one.expected_at is None, one.expected_at or one.build.started_at, one.builder
