"""What people told us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import BuildFacts, Key
from bot.core.people import Action, Hearing, Label, Ruling
from bot.ports.inbox import Lease
from bot.ports.incidents import Quiet


@dataclass(frozen=True, slots=True)
class Hush:
    """Silence that somebody asked for, or the end of it."""

    repo_id: int
    number: int | None  # None: the whole repository
    person: str
    until: datetime | None = None  # None: until somebody ends it
    over: bool = False


class Rulings(Protocol):
    """What people decided, for those who fold."""

    async def load_rulings(self, repo_id: int, branch: str | None = None) -> tuple[Ruling, ...]:
        """The rulings that stand, of a branch or of all, in the order in which they were given."""
        ...

    async def load_told(self, repo_id: int, incident_ids: Sequence[str]) -> tuple[int, ...]:
        """The pulls on which something was said of these incidents."""
        ...

    async def save_labels(self, found: Sequence[Label]) -> None:
        """Keep those that are not known."""
        ...


class Hearings(Rulings, Quiet, Protocol):
    """Remarks of people, and what became of them."""

    async def load_hearing(self, repo_id: int, comment_id: int) -> Hearing | None:
        """A remark that was taken, and how far we are with it."""
        ...

    async def save_hearing(self, hearing: Hearing) -> None:
        """How far we are with it."""
        ...

    async def save_reply_intent(self, hearing: Hearing, lease: Lease) -> bool:
        """The same, only while the lease holds; False when it was lost."""
        ...

    async def count_remarks(self, author: str, since: datetime, until: datetime) -> int:
        """How many remarks somebody made within a time, by GitHub's clock."""
        ...

    async def save_deed(
        self,
        action: Action,
        *,
        rulings_made: Sequence[Ruling] = (),
        undone: Sequence[Ruling] = (),
        labels_made: Sequence[Label] = (),
        hush: Hush | None = None,
        keys: Sequence[Key] = (),
    ) -> bool:
        """Record a command with all that it does, one transaction; False if it was done before."""
        ...

    async def load_actions(self, repo_id: int, comment_id: int) -> tuple[Action, ...]:
        """What came of the commands of a comment, in order."""
        ...

    async def load_builds_at(self, repo_id: int, revision: str) -> tuple[BuildFacts, ...]:
        """The builds of a commit, the latest of each builder."""
        ...
