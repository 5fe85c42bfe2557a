"""A project's issue tracker, and what is kept of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import Incident, Key
from bot.core.model.tracker import Issue, IssueOrder, KnownIssue, TrackedCause
from bot.core.payloads.issues import SearchAnswer
from bot.core.ports.inbox import Lease


class Issues(Protocol):
    """The issues of a repository, `owner/name`."""

    async def fetch_issue(self, repository: str, number: int) -> Issue | None:
        """As it is now, wherever it was moved to; None: it is gone, or hidden from us."""
        ...

    async def find_own_issue(self, repository: str, marker: str, author: str) -> Issue | None:
        """Ours with this marker, the oldest; from the list, which the search lags behind."""
        ...

    async def list_labelled(self, repository: str, label: str) -> tuple[Issue, ...]:
        """The open issues with a label, the newest thousand."""
        ...

    async def search_issues(self, repository: str, query: str) -> SearchAnswer:
        """Issues, open and closed, that the search finds; raises `Refused` where it will not."""
        ...

    async def create_issue(
        self, repository: str, title: str, body: str, labels: Collection[str]
    ) -> Issue:
        """A new one; sent once: an answer that is lost may have landed."""
        ...

    async def close_issue(self, repository: str, number: int) -> Issue:
        """As completed."""
        ...


@dataclass(frozen=True, slots=True)
class TrackerScene:
    """What is known of a repository's tracker: open incidents and those of causes, and orders."""

    incidents: tuple[Incident, ...]
    causes: tuple[TrackedCause, ...]
    orders: tuple[IssueOrder, ...]  # that are not answered yet


@dataclass(frozen=True, slots=True)
class IssuePermit:
    """Whether an issue may be posted now."""

    granted: bool
    until: datetime | None = None  # before then there is no room; None: the lease is lost


class TrackerStore(Protocol):
    """Where it is kept which issue tells of which incident."""

    async def load_scene(self, repo_id: int) -> TrackerScene:
        """All that is decided from."""
        ...

    async def save_causes(self, causes: Sequence[TrackedCause], keys: Sequence[Key] = ()) -> None:
        """Store them whole, with which incidents are in them; look at these keys."""
        ...

    async def save_issue_intent(
        self, cause: TrackedCause, lease: Lease, per_day: int
    ) -> IssuePermit:
        """Store it before its issue is posted, while the lease holds and there is room."""
        ...

    async def save_comment_intent(self, cause: TrackedCause, lease: Lease) -> bool:
        """The same before our comment is posted; False: the lease is lost."""
        ...

    async def save_issue_answer(self, order: IssueOrder) -> None:
        """What became of an order; whoever gave it has to be answered."""
        ...

    async def load_known_issues(
        self, repo_id: int, incidents: Collection[str]
    ) -> dict[str, KnownIssue]:
        """By incident, the issue that tells of it."""
        ...

    async def load_orders_of(self, repo_id: int, comment_id: int) -> tuple[IssueOrder, ...]:
        """Those of a comment, in their order."""
        ...

    async def count_greens(
        self, repo_id: int, branch: str, builders: Collection[str], since: datetime
    ) -> int:
        """How many builds of these builders were green on a branch since then; Buildbot's clock."""
        ...
