"""A builder of a branch and its latest builds, as pages and the release status look at them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.core.model import BuildRef
from bot.core.model.build_results import Result, is_evidence, is_green

_TIER = re.compile(r"tier-(\d{1,3})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RecentBuild:
    """One build, without what its logs say."""

    ref: BuildRef
    number: int
    worker: str
    revision: str | None
    result: Result | None  # None while it runs
    started_at: datetime
    complete_at: datetime | None
    url: str
    expected_at: datetime | None = None  # of one that runs: when it should end


@dataclass(frozen=True, slots=True)
class BuilderRecord:
    """What a builder did on one branch of late; the newest build first."""

    builder: str
    tags: tuple[str, ...]
    stable: bool
    builds: tuple[RecentBuild, ...]

    @property
    def tier(self) -> int | None:
        """The N of its tag `tier-N`, of several the lowest; None: it has none."""
        return find_tier(self.tags)

    @property
    def evidence(self) -> Iterator[RecentBuild]:
        """Its builds that say something about what they built, the newest first."""
        return (build for build in self.builds if is_evidence(build.result))

    @property
    def running(self) -> RecentBuild | None:
        """The build that it makes now."""
        return next((build for build in self.builds if build.result is None), None)

    @property
    def red_streak(self) -> tuple[RecentBuild, ...]:
        """The red builds since it was last green, as far back as we look."""
        streak = []
        for build in self.evidence:
            if is_green(build.result):
                break
            streak.append(build)
        return tuple(streak)


def find_tier(tags: tuple[str, ...]) -> int | None:
    """The N of `tier-N`."""
    found = (_TIER.fullmatch(tag) for tag in tags)
    return min((int(match[1]) for match in found if match), default=None)
