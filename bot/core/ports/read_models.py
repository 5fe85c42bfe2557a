"""What people look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.fleet.builder_record import BuilderRecord
from bot.core.fleet.grid import BuiltBy
from bot.core.model import AccessProblem, Commit, Incident, PullComment, Repository, UnreadBuild
from bot.core.model.commands import AuditEntry, Feedback

# Failures in a row, after which a key is called stuck: with the back-off capped, a key that an
# outage of some minutes holds up stays below it.
STUCK_AFTER = 8


@dataclass(frozen=True, slots=True)
class StuckKey:
    """A key that keeps failing."""

    key: str
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class InboxDepth:
    """How much waits, and since when the oldest of what is due does."""

    depth: int
    oldest_due_at: datetime | None
    stuck: tuple[StuckKey, ...]


@dataclass(frozen=True, slots=True)
class SkippedWork:
    """Named reasons for what was left aside: builds without a place, comments refused."""

    builds: tuple[str, ...] = ()
    pulls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadBuilds:
    """Builds that we know of and could not read: nothing is inferred from them, nothing is lost.

    `waiting` counts those that are tried again by themselves, as often as it takes: something
    between us and Buildbot does not answer, or not in its words. `refused` counts those of which
    Buildbot itself says that it has none such (it was swept away, or the push came from another
    master); they are read when they are named again. `shown` holds the oldest of both, at most
    twenty each, those that wait first. For a page: `str(build)` is one line, *build 45 is unread,
    because …*. One that has waited for minutes is a passing trouble; for more than an hour, or
    many at once, a problem.
    """

    waiting: int = 0
    refused: int = 0
    shown: tuple[UnreadBuild, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchFleet:
    """A branch that is built, and what each of its builders did of late."""

    repository: Repository
    branch: str
    builders: tuple[BuilderRecord, ...]

    @property
    def is_default(self) -> bool:
        """Whether it is the one that people mean where they name none."""
        return self.branch == self.repository.default_branch


@dataclass(frozen=True, slots=True)
class SaidOf:
    """That an incident was told of on a pull, and whether a comment stands there."""

    incident_id: str
    repo_id: int
    number: int
    verdict: str
    at: datetime
    comment_id: int | None


class FleetStore(Protocol):
    """What the front page asks of the store; `visible` as of `DashboardStore`."""

    async def load_fleet(self, visible: Collection[int] | None = None) -> Sequence[BranchFleet]:
        """Each branch that is built, with its builders; the default branch first."""
        ...

    async def load_open_incidents(
        self, visible: Collection[int] | None = None
    ) -> Sequence[tuple[Repository, Incident]]:
        """What is broken now, the newest first; a bounded number."""
        ...

    async def load_said_of(self, incident_ids: Collection[str]) -> Sequence[SaidOf]:
        """What was said of these incidents and stands now, in order of time."""
        ...

    async def load_named_commits(self, repo_id: int, shas: Collection[str]) -> dict[str, Commit]:
        """These commits, on whatever branch they lie."""
        ...

    async def load_pulse(self) -> str:
        """Another text whenever a page would show something else; cheap to ask for."""
        ...


@dataclass(frozen=True, slots=True)
class CommitPage:
    """Some commits of a line, the newest first, and where they stand on it."""

    commits: tuple[Commit, ...]
    first: int | None  # the position of the newest; None: there is none
    last: int | None
    goes_on: bool  # there are older ones


class GridStore(Protocol):
    """What the grid asks of the store; `visible` as of `DashboardStore`."""

    async def load_built_branches(
        self, visible: Collection[int] | None = None
    ) -> Sequence[tuple[Repository, str]]:
        """Each branch that was ever built, of each repository its default branch first."""
        ...

    async def load_builders_of(self, repo_id: int, branch: str) -> tuple[BuilderRecord, ...]:
        """The builders of a branch with their latest builds, by name."""
        ...

    async def load_commit_page(
        self, repo_id: int, branch: str, before: int | None, limit: int
    ) -> CommitPage:
        """Commits of the branch's line below a position, the newest first; None: from its tip."""
        ...

    async def load_builds_of(
        self, repo_id: int, branch: str, shas: Collection[str]
    ) -> Sequence[BuiltBy]:
        """All builds of these commits on this branch."""
        ...

    async def load_builds_before(
        self, repo_id: int, branch: str, before: datetime, limit: int
    ) -> Sequence[BuiltBy]:
        """The last builds of a branch that ended before a moment."""
        ...

    async def load_moment_after(
        self, repo_id: int, branch: str, after: datetime, count: int
    ) -> datetime | None:
        """When the last of so many builds of a branch ended, from a moment on; None: fewer did."""
        ...

    async def load_incidents_of(self, repo_id: int, branch: str) -> Sequence[Incident]:
        """The newest incidents of a branch, open or not; a bounded number."""
        ...


@dataclass(frozen=True, slots=True)
class OutboxFigures:
    """Notices that are not sent."""

    subscriptions: int = 0
    waiting: int = 0
    failed: int = 0  # of the last two days: a day in which it is tried, and a day in which it shows
    late_since: datetime | None = (
        None  # of those that could not be sent yet, the oldest one's cause
    )
    late_reason: str = ""
    failed_reason: str = ""


class HealthStore(Protocol):
    """What health asks of the store."""

    async def load_depth(self) -> InboxDepth:
        """The inbox in figures."""
        ...

    async def load_done(self, name: str) -> datetime | None:
        """When any instance last did this, by our own clock."""
        ...

    async def load_notes(self) -> SkippedWork:
        """The latest named reasons."""
        ...

    async def load_unread(self) -> UnreadBuilds:
        """The builds that could not be read, with their reasons."""
        ...

    async def load_outbox(self) -> OutboxFigures:
        """The notices that are not sent."""
        ...

    async def load_troubles(self) -> Sequence[AccessProblem]:
        """What keeps us from the truth now, by place; a bounded number."""
        ...


class DashboardStore(Protocol):
    """What the pages ask of the store; pages of rows, newest first.

    `visible` are the repositories that are shown, by id; None: all.
    """

    async def load_pull_comments(
        self, offset: int, limit: int, visible: Collection[int] | None = None
    ) -> Sequence[tuple[Repository, PullComment, str | None]]:
        """Repository, comment and the merge commit's sha where known."""
        ...

    async def load_incident_page(
        self, offset: int, limit: int, visible: Collection[int] | None = None
    ) -> Sequence[tuple[Repository, Incident]]:
        """Incidents with the repository they are in."""
        ...

    async def load_incident(self, incident_id: str) -> tuple[Repository, Incident] | None:
        """One incident."""
        ...

    async def load_audit_page(
        self, offset: int, limit: int, visible: Collection[int] | None = None
    ) -> Sequence[tuple[Repository, AuditEntry]]:
        """What people told us to do, and what came of it."""
        ...

    async def load_feedback_page(
        self, offset: int, limit: int, visible: Collection[int] | None = None
    ) -> Sequence[tuple[Repository, Feedback]]:
        """What later words and reverts say of our verdicts."""
        ...
