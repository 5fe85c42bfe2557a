"""Reminders on pulls: one for each incident, counted with all other new comments.

In: a reminder, and the lease under which it is posted. Out: leave to post it, or why not.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import and_, select

from bot.core.model import PullComment
from bot.core.model.reminders import Reminder
from bot.core.policy.comment_limits import CommentLimits, PostPermit
from bot.core.ports import Clock, Lease
from bot.store.engine.database import Database, shielded
from bot.store.engine.db_clock import DbClock, find_ours, make_shared
from bot.store.engine.tables import reminders
from bot.store.engine.upserts import save_row
from bot.store.inbox.inbox import find_lease
from bot.store.post_quota import lock_quota, reserve_post

_SHARED = ("intent_at",)


class SqlReminders:
    """Implements `ports.Reminders`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def load_reminders(self, repo_id: int, number: int) -> Sequence[Reminder]:
        """Those of a pull, by incident."""
        found = select(*find_ours(reminders, _SHARED, self._times())).where(
            and_(reminders.c.repo_id == repo_id, reminders.c.number == number)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(found.order_by(reminders.c.incident_id))
            return [Reminder(**row) for row in rows.mappings()]

    @shielded
    async def save_reminder_intent(
        self, reminder: Reminder, lease: Lease, limits: CommentLimits
    ) -> PostPermit:
        """Store that it is about to be posted, only while the lease holds and there is room."""
        times = self._times()
        async with self._database.write() as connection:
            await lock_quota(connection)
            if not await find_lease(connection, lease, times):
                return PostPermit(granted=False)
            held = await reserve_post(connection, _count_as(reminder), limits, times)
            if held is None:
                await save_row(connection, reminders, _make_row(reminder, times))
        return PostPermit(granted=held is None, held=held)

    @shielded
    async def save_reminder(self, reminder: Reminder) -> None:
        """What became of it."""
        async with self._database.write() as connection:
            await save_row(connection, reminders, _make_row(reminder, self._times()))

    def _times(self) -> DbClock:
        return self._database.times(self._clock.now())


def _make_row(reminder: Reminder, times: DbClock) -> dict[str, Any]:
    return make_shared(asdict(reminder), _SHARED, times)


def _count_as(reminder: Reminder) -> PullComment:
    """As a comment of its own: threads of living comments count from one."""
    thread = -1 - int(reminder.incident_id[:6], 16) % 2**20
    return PullComment(reminder.repo_id, reminder.number, thread=thread)
