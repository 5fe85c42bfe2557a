"""Incidents, and what was said of them."""

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.core.model import Incident, Key, PullComment
from bot.core.policy.comment_limits import DEFAULT_LIMITS, CommentLimits, PostPermit
from bot.core.ports.inbox import Lease


class Incidents(Protocol):
    """Incidents as they were folded, and what was said of them: the second is never recomputed."""

    async def save_incidents(
        self,
        repo_id: int,
        branch: str,
        changed: Sequence[Incident],
        keys: Sequence[Key],
        gone: Sequence[str] = (),
    ) -> int:
        """Save what changed, remove what is gone (ids), put follow-up keys, one transaction.

        All others stay as they are. Returns the new `incidents_version` of the branch.
        """
        ...

    async def load_incidents(self, repo_id: int, branch: str | None = None) -> tuple[Incident, ...]:
        """A repository's incidents, oldest first."""
        ...

    async def load_incidents_of_pull(
        self, repo_id: int, number: int, said: Collection[str] = ()
    ) -> tuple[Incident, ...]:
        """Incidents that accuse this pull now, and those that were said on it (ids)."""
        ...

    async def load_pull_comment(self, repo_id: int, number: int) -> PullComment | None:
        """What was wanted and said on a pull."""
        ...

    async def save_pull_comment(self, comment: PullComment) -> None:
        """Store it whole."""
        ...

    async def load_unposted(self) -> tuple[tuple[int, int], ...]:
        """(repo id, number) of pulls to look at again: by now, or since something is unsaid.

        Unsaid is what is wanted and does not stand: a comment that is false by now, whatever GitHub
        said to the last edit, or a new one, as long as what it tells of lasts.
        """
        ...

    async def save_intent(
        self, comment: PullComment, lease: Lease, limits: CommentLimits = DEFAULT_LIMITS
    ) -> PostPermit:
        """Store it with its `intent_at`, only while the lease holds and there is room to post.

        Posts are counted in the same transaction; a post that was begun before counts once.
        """
        ...


class Mutes(Protocol):
    """What people asked us to be silent about: a pull muted, or a repository paused."""

    async def load_mute_reason(self, repo_id: int, number: int) -> str | None:
        """Why nothing new is to be said on this pull now, in one sentence; None: nobody minds."""
        ...
