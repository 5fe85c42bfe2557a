"""What the pages of one thing ask of the store: an incident, a pull, a builder, a worker, a test.

`visible` are the repositories that are shown, by id; None: all. What is of no repository that is
known is shown to those only who see all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import (
    Announcement,
    BuildRecord,
    BuildRef,
    Commit,
    Incident,
    KnownBuilder,
    PullComment,
    Repository,
)
from bot.core.model.commands import AuditEntry, Feedback
from bot.core.model.decisions import Belief, CommentDecision
from bot.core.model.request_records import RequestRecord
from bot.core.render.headline import Report
from bot.core.trends.builds import BuildSummary

Visible = Collection[int] | None


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """All that is stored of an incident."""

    repository: Repository
    report: Report  # as a comment would tell it, with the builds that were asked for
    beliefs: tuple[Belief, ...]  # as they followed each other
    said: tuple[tuple[int, Announcement], ...]  # on which pull, and what; oldest first
    comments: tuple[PullComment, ...]  # that tell of it now
    actions: tuple[AuditEntry, ...]  # what people wrote on those pulls since it began
    feedback: tuple[Feedback, ...]

    @property
    def incident(self) -> Incident:
        """The incident itself."""
        return self.report.incident


@dataclass(frozen=True, slots=True)
class PullDetail:
    """All that is stored of a pull."""

    repository: Repository
    number: int
    comment: PullComment | None
    commits: tuple[tuple[str, Commit], ...]  # by branch; in the order of the line
    incidents: tuple[Incident, ...]
    decisions: tuple[CommentDecision, ...]  # as they followed each other
    actions: tuple[AuditEntry, ...]
    requests: tuple[RequestRecord, ...]


@dataclass(frozen=True, slots=True)
class BuildDetail:
    """All that is stored of a build."""

    record: BuildRecord
    repository: Repository | None  # None: it is not known where its commits live
    commit: Commit | None
    incidents: tuple[tuple[Incident, str], ...]  # each with the build's part in it, oldest first


@dataclass(frozen=True, slots=True)
class BuilderDetail:
    """All that is stored of a builder, under all of its names."""

    name: str
    known: KnownBuilder | None
    names: tuple[str, ...]  # under which its builds are stored
    builds: tuple[BuildSummary, ...]  # newest first
    incidents: tuple[tuple[Repository, Incident], ...]  # newest first


@dataclass(frozen=True, slots=True)
class WorkerDetail:
    """All that is stored of a worker."""

    name: str
    builders: tuple[str, ...]  # that may run on it
    builds: tuple[BuildSummary, ...]  # newest first


@dataclass(frozen=True, slots=True)
class TestDetail:
    """A test, or another place where builds fail."""

    __test__ = False  # no class of tests

    name: str
    shown_by: tuple[BuildSummary, ...]  # the builds that showed it, newest first
    built: Mapping[str, int]  # of those builders, how many builds ended since `since`
    since: datetime
    incidents: tuple[tuple[Repository, Incident], ...]  # newest first


@dataclass(frozen=True, slots=True)
class Flake:
    """What fails for no cause, as far as builds and incidents tell."""

    name: str
    flaked: int  # builds in which it failed, and passed when it was run again
    incidents: int  # that were found to be flaky
    builders: tuple[str, ...]
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """A line of the activity: what was decided, said or asked, and why."""

    at: datetime
    repository: Repository
    incident_id: str | None
    belief: Belief | None = None
    comment: CommentDecision | None = None


class DetailStore(Protocol):
    """What the pages of one thing ask of the store; None: nothing of it is shown."""

    async def load_incident_detail(
        self, incident_id: str, visible: Visible = None
    ) -> IncidentDetail | None:
        """One incident."""
        ...

    async def load_pull_detail(
        self, full_name: str, number: int, visible: Visible = None
    ) -> PullDetail | None:
        """One pull of the repository of this name."""
        ...

    async def load_build_detail(self, ref: BuildRef, visible: Visible = None) -> BuildDetail | None:
        """One build."""
        ...

    async def load_builder_list(
        self, visible: Visible = None
    ) -> Sequence[tuple[KnownBuilder, BuildSummary | None]]:
        """All builders that are remembered, with their last build; by name."""
        ...

    async def load_builder_detail(
        self, name: str, since: datetime, visible: Visible = None
    ) -> BuilderDetail | None:
        """One builder, with its builds since then."""
        ...

    async def load_worker_list(
        self, visible: Visible = None
    ) -> Sequence[tuple[str, tuple[str, ...], BuildSummary | None]]:
        """All workers of those builders, the builders of each, and its last build; by name."""
        ...

    async def load_worker_detail(
        self, name: str, since: datetime, visible: Visible = None
    ) -> WorkerDetail | None:
        """One worker, with its builds since then."""
        ...

    async def load_test_detail(
        self, name: str, since: datetime, visible: Visible = None
    ) -> TestDetail | None:
        """One test, with the builds that showed it since then."""
        ...

    async def load_flakes(self, since: datetime, visible: Visible = None) -> Sequence[Flake]:
        """What failed for no cause since then, what did so most often first."""
        ...

    async def load_decisions(
        self, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[Decided]:
        """What was decided, newest first."""
        ...
