"""Where reminders are kept, so that none comes twice."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.model.reminders import Reminder
from bot.core.policy.comment_limits import CommentLimits, PostPermit
from bot.core.ports.inbox import Lease


class Reminders(Protocol):
    """One reminder for each incident, for ever."""

    async def load_reminders(self, repo_id: int, number: int) -> Sequence[Reminder]:
        """Those of a pull, by incident."""
        ...

    async def save_reminder_intent(
        self, reminder: Reminder, lease: Lease, limits: CommentLimits
    ) -> PostPermit:
        """Store that it is about to be posted, only while the lease holds and there is room."""
        ...

    async def save_reminder(self, reminder: Reminder) -> None:
        """What became of it."""
        ...
