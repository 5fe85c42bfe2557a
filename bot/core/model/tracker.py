"""What a project's issue tracker has to do with incidents: what may be done there, and what stands.

A *cause* is what one issue tells of: the incidents of all branches that fail in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class TrackerMode(StrEnum):
    """What may be done in the tracker; each one allows what those before it do."""

    OFF = "off"  # nobody looks there
    LINK = "link"  # issues that tell of an incident are looked for, and linked
    ASK = "ask"  # besides, what people ask for is filed
    AUTO = "auto"  # besides, what nobody told yet is filed by itself


@dataclass(frozen=True, slots=True)
class TrackerOptions:
    """How the tracker of a repository is used."""

    mode: TrackerMode = TrackerMode.OFF
    repository: str | None = None  # owner/name; None: the one that is watched
    labels: tuple[str, ...] = ()  # of our issues, and of those that are looked through
    per_day: int = 5  # new issues, over all repositories
    after: timedelta = timedelta(hours=24)  # for how long nobody knows why, or it is old
    close_after: int = 0  # green builds after which our issue is closed; 0: people close it
    title: str | None = None  # with {test}, {fails} and {where}; None: ours
    heading: str | None = None  # of the body, as the project's form has it

    def allows(self, mode: TrackerMode) -> bool:
        """Whether as much as this is allowed."""
        modes = list(TrackerMode)
        return modes.index(self.mode) >= modes.index(mode)


class IssueState(StrEnum):
    """What became of an issue, as it was last seen."""

    OPEN = "open"
    CLOSED = "closed"
    GONE = "gone"  # deleted, made a discussion, or hidden from us


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as GitHub tells it."""

    repository: str  # owner/name where it is now
    number: int
    title: str  # hostile, as the body is
    body: str
    author: str
    state: IssueState
    state_reason: str = ""  # completed, not_planned, duplicate, reopened; empty: not told
    labels: tuple[str, ...] = ()
    closed_at: datetime | None = None


class IssueSource(StrEnum):
    """How it is known that an issue tells of a cause."""

    FILED = "filed"  # it is ours
    TOLD = "told"  # a person said so
    LISTED = "listed"  # it carries our labels, and reads like it
    SEARCHED = "searched"  # it reads like it


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """The issue that tells of a cause, as far as we know."""

    repository: str
    number: int
    source: IssueSource
    state: IssueState = IssueState.OPEN
    state_reason: str = ""
    title: str = ""
    closed_at: datetime | None = None

    @property
    def place(self) -> str:
        """As people write it."""
        return f"{self.repository}#{self.number}"

    @property
    def is_guess(self) -> bool:
        """Nobody said so: it only reads like it."""
        return self.source in (IssueSource.LISTED, IssueSource.SEARCHED)

    def make_url(self, website: str) -> str:
        """Its page."""
        return f"{website.rstrip('/')}/{self.repository}/issues/{self.number}"


@dataclass(frozen=True, slots=True)
class IssueComment:
    """Our one comment on an issue: what is new since it was filed."""

    thread: int = 1  # it is posted anew only where a failure comes back
    comment_id: int | None = None
    standing: str | None = None
    intent_at: datetime | None = None
    posted_at: datetime | None = None
    over: bool = False  # what stands says that it is red nowhere
    ended: bool = False  # people deleted it, or took our marks away: nothing more is written there


@dataclass(frozen=True, slots=True)
class TrackedCause:
    """A cause, its incidents, and its issue."""

    repo_id: int
    cause: str  # the fingerprint under which it was met first
    fingerprints: tuple[str, ...]
    incidents: tuple[str, ...]  # ids, in the order in which they came
    issue: KnownIssue | None = None
    looked_at: datetime | None = None  # when an issue was last looked for, whole; our clock
    seen_at: datetime | None = None  # when the issue was last read; our clock
    intent_at: datetime | None = None  # a post was begun whose end is not known; all clocks
    filed_at: datetime | None = None  # all clocks
    told: str = ""  # what our issue or comment says of branches
    problem: str = ""  # why nothing could be filed or written; empty: nothing is wrong
    look_at: datetime | None = None  # when to go on though nothing happened; our clock
    comment: IssueComment = IssueComment()


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """Somebody wants an issue of an incident."""

    repo_id: int
    comment_id: int
    position: int
    pull: int
    by: str
    incident: str
    number: int | None = None  # the issue that tells of it, as they say
    anyway: bool = False  # a new one, though one reads like it
    answer: str = ""  # empty: it is not done yet
