"""What people told us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import BuildRecord, Key
from bot.core.model.commands import AuditEntry, CommandComment, Feedback, Override
from bot.core.model.request_records import RequestChanges
from bot.core.model.tracker import IssueOrder
from bot.core.notices.followers import FollowChange
from bot.core.ports.inbox import Lease
from bot.core.ports.incidents import Mutes


@dataclass(frozen=True, slots=True)
class Mute:
    """Silence that somebody asked for, or the end of it."""

    repo_id: int
    number: int | None  # None: the whole repository
    person: str
    until: datetime | None = None  # None: until somebody ends it
    over: bool = False


class Overrides(Protocol):
    """What people decided, for those who fold."""

    async def load_overrides(self, repo_id: int, branch: str | None = None) -> tuple[Override, ...]:
        """The overrides that stand, of a branch or of all, in the order of giving."""
        ...

    async def load_announced_pulls(
        self, repo_id: int, incident_ids: Sequence[str]
    ) -> tuple[int, ...]:
        """The pulls on which something was said of these incidents."""
        ...

    async def save_feedback(self, found: Sequence[Feedback]) -> None:
        """Keep those that are not known."""
        ...


class Commands(Overrides, Mutes, Protocol):
    """Comments of people, and what became of them."""

    async def load_command_comment(self, repo_id: int, comment_id: int) -> CommandComment | None:
        """A comment that was taken, and how far we are with it."""
        ...

    async def save_command_comment(self, stored: CommandComment) -> None:
        """How far we are with it."""
        ...

    async def save_reply_intent(self, stored: CommandComment, lease: Lease) -> bool:
        """The same, only while the lease holds; False when it was lost."""
        ...

    async def count_user_comments(self, author: str, since: datetime, until: datetime) -> int:
        """How many comments somebody made within a time, by GitHub's clock."""
        ...

    async def save_command(
        self,
        action: AuditEntry,
        *,
        overrides: Sequence[Override] = (),
        undone: Sequence[Override] = (),
        feedback: Sequence[Feedback] = (),
        mute: Mute | None = None,
        requests: RequestChanges | None = None,
        issue_orders: Sequence[IssueOrder] = (),
        follow: FollowChange | None = None,
        keys: Sequence[Key] = (),
    ) -> bool:
        """Record a command with all that it does, one transaction; False if it was done before."""
        ...

    async def was_given(self, repo_id: int, number: int, command: str) -> bool:
        """Whether a command was given and done on a pull."""
        ...

    async def save_answer(self, action: AuditEntry) -> None:
        """What is answered to a command that was recorded without an answer."""
        ...

    async def load_audit_entries(self, repo_id: int, comment_id: int) -> tuple[AuditEntry, ...]:
        """What came of the commands of a comment, in order."""
        ...

    async def load_builds_at(self, repo_id: int, revision: str) -> tuple[BuildRecord, ...]:
        """The builds of a commit, the latest of each builder."""
        ...
