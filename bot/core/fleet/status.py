"""How every builder of every branch stands now: what a terminal shows and `/api/v1/fleet` tells.

In: the latest builds of each builder, open incidents, what red builds fail with, commits by sha,
the time. Out: a `FleetStatus`; pure, and the same whether a service or a Buildbot told it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.fleet.advice import Advice
from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.release import ReleaseAnswer, Standing, decide_release, find_standing
from bot.core.model import BuildRef, Commit, Incident
from bot.core.model.build_results import is_green

RED = frozenset({Standing.RED_ONCE, Standing.FAILING})

_STRIP = 12
_SITES = 50  # of one build: what fails everywhere is told by its number


@dataclass(frozen=True, slots=True)
class CommitWords:
    """A commit as people name it."""

    sha: str
    pull: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class IncidentWords:
    """What is believed of one failure of a builder."""

    id: str
    verdict: str
    pull: int | None
    percent: int


@dataclass(frozen=True, slots=True)
class BuilderStatus:
    """One builder on one branch."""

    builder: str
    tier: int | None
    stable: bool
    standing: Standing
    strip: tuple[str, ...]  # results of its last builds by name, `running` too; oldest first
    number: int | None = None  # of its last build that says something
    url: str | None = None
    worker: str | None = None
    built_at: datetime | None = None
    red_since: datetime | None = None
    reds: int = 0  # in a row, as far back as we look
    is_red_before: bool = False  # it was red for as far back as we look
    last_good: str | None = None
    first_bad: CommitWords | None = None  # the first commit that was seen red
    failing: tuple[str, ...] = ()  # tests, or other places
    incidents: tuple[IncidentWords, ...] = ()

    @property
    def is_red(self) -> bool:
        """Red, and built of late."""
        return self.standing in RED


@dataclass(frozen=True, slots=True)
class BranchStatus:
    """A branch with its builders: what is red first, then by tier and name."""

    repository: str
    branch: str
    answer: ReleaseAnswer
    reason: str
    builders: tuple[BuilderStatus, ...]

    @property
    def name(self) -> str:
        """As people name it."""
        return f"{self.repository}@{self.branch}" if self.repository else self.branch


@dataclass(frozen=True, slots=True)
class FleetStatus:
    """All of them, as they were at a moment."""

    at: datetime
    branches: tuple[BranchStatus, ...]
    advice: tuple[Advice, ...] = ()

    @property
    def red(self) -> tuple[BuilderStatus, ...]:
        """The red builders that count: the stable ones, or all where none is stable."""
        known = [builder for branch in self.branches for builder in branch.builders]
        counted = [builder for builder in known if builder.stable] or known
        return tuple(builder for builder in counted if builder.is_red)


def make_branch_status(
    repository: str,
    branch: str,
    builders: Sequence[BuilderRecord],
    incidents: Sequence[Incident],
    *,
    sites: Mapping[BuildRef, Sequence[str]],
    commits: Mapping[str, Commit],
    now: datetime,
) -> BranchStatus:
    """`incidents` are those of this branch; `sites` says what red builds fail with."""
    release = decide_release(branch, builders, incidents, now)
    made = [_make_builder(record, incidents, sites, commits, now) for record in builders]
    return BranchStatus(
        repository=repository,
        branch=branch,
        answer=release.answer,
        reason=release.reason,
        builders=tuple(sorted(made, key=_rank)),
    )


def find_red_builds(records: Iterable[BuilderRecord]) -> tuple[RecentBuild, ...]:
    """The newest red build of each builder that is red: what it fails with is asked for."""
    return tuple(record.red_streak[0] for record in records if record.red_streak)


def find_named_shas(
    records: Iterable[BuilderRecord], incidents: Iterable[Incident]
) -> frozenset[str]:
    """The commits that a status names."""
    first = {r.red_streak[-1].revision for r in records if r.red_streak}
    ranges = {r.range.first_bad for incident in incidents for r in incident.ranges}
    return frozenset(sha for sha in first | ranges if sha)


def _rank(builder: BuilderStatus) -> tuple[bool, bool, bool, int, str]:
    no_tier = builder.tier is None
    return not builder.is_red, not builder.stable, no_tier, builder.tier or 0, builder.builder


def _make_builder(
    record: BuilderRecord,
    incidents: Sequence[Incident],
    sites: Mapping[BuildRef, Sequence[str]],
    commits: Mapping[str, Commit],
    now: datetime,
) -> BuilderStatus:
    standing, streak = find_standing(record, incidents, now), record.red_streak
    own = [i for i in incidents if i.id in standing.incidents]
    latest, last_good = standing.latest, _find_last_good(record)
    first_bad = _find_first_bad(record, own)
    return BuilderStatus(
        builder=record.builder,
        tier=record.tier,
        stable=record.stable,
        standing=standing.standing,
        strip=tuple(map(name_result, reversed(record.builds[:_STRIP]))),
        number=latest.number if latest else None,
        url=latest.url or None if latest else None,
        worker=latest.worker if latest else None,
        built_at=latest.complete_at if latest else None,
        red_since=standing.since,
        reds=standing.reds,
        is_red_before=bool(streak) and not any(is_green(b.result) for b in record.evidence),
        last_good=last_good if streak else None,
        first_bad=_name_commit(first_bad, commits) if first_bad else None,
        failing=tuple(sites.get(streak[0].ref, ()))[:_SITES] if streak else (),
        incidents=tuple(IncidentWords(i.id, i.verdict.value, i.pull, i.percent) for i in own),
    )


def name_result(build: RecentBuild) -> str:
    """As a strip tells it."""
    return "running" if build.result is None else build.result.name.lower()


def _find_last_good(record: BuilderRecord) -> str | None:
    return next((b.revision for b in record.evidence if is_green(b.result)), None)


def _find_first_bad(record: BuilderRecord, incidents: Iterable[Incident]) -> str | None:
    """By the oldest incident that it shows, else by the first red build of the streak."""
    ranges = [r for i in incidents for r in i.ranges if r.builder == record.builder]
    known = [r.range.first_bad for r in ranges if r.range.first_bad]
    if len(known) == 1:
        return known[0]
    return record.red_streak[-1].revision if record.red_streak else None


def _name_commit(sha: str, commits: Mapping[str, Commit]) -> CommitWords:
    commit = commits.get(sha)
    return CommitWords(sha, commit.pull, commit.title) if commit else CommitWords(sha)
