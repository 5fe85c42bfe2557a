"""The inbox in figures, and named reasons: what `/health` tells of our own work.

In: the tables of the road. Out: counts, ages and words; read only.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from bot.core.ports import STUCK_AFTER, Clock, InboxDepth, SkippedWork, StuckKey
from bot.store.engine.database import Database, shielded
from bot.store.engine.db_clock import DbClock
from bot.store.engine.page_indexes import IS_NOTED
from bot.store.engine.tables import builds, inbox, repositories, speech
from bot.store.inbox.inbox import is_free
from bot.store.inbox.key_rows import KNOWN_KINDS, make_key

# A key that failed each time for so long is stuck, too, if its back-off was asked for by others.
_FAILING_TOO_LONG = timedelta(hours=1)

# Reasons repeat: a few of the latest tell the story.
_NOTES = 10
_STUCK_KEYS = 100


class InboxFigures:
    """The part of `ports.HealthStore` that is about our own work."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def load_depth(self) -> InboxDepth:
        """The inbox in figures; what somebody works on is not overdue."""
        times = self._database.times(self._clock.now())
        known = inbox.c.kind.in_(KNOWN_KINDS)
        overdue = and_(known, inbox.c.run_at <= times.now, is_free(times))
        async with self._database.read() as connection:
            depth = await connection.scalar(select(func.count()).select_from(inbox))
            oldest = await connection.scalar(
                select(times.ours(func.min(inbox.c.run_at))).where(overdue)
            )
            stuck = (await connection.execute(_select_stuck(times))).all()
        return InboxDepth(
            depth=depth or 0,
            oldest_due_at=oldest,
            stuck=tuple(StuckKey(str(make_key(r)), r.attempts, r.last_error or "") for r in stuck),
        )

    @shielded
    async def load_notes(self) -> SkippedWork:
        """The latest named reasons: of builds, and of comments that are wanted but do not stand."""
        noted = (
            select(builds.c.builder, builds.c.number, builds.c.note)
            .where(IS_NOTED)
            .order_by(builds.c.complete_at.desc(), builds.c.buildid.desc())
            .limit(_NOTES)
        )
        refused = (
            select(repositories.c.full_name, speech.c.number, speech.c.why_silent)
            .join(repositories, repositories.c.repo_id == speech.c.repo_id)
            .where(
                speech.c.why_silent.is_not(None),
                speech.c.wanted.is_distinct_from(speech.c.standing),
            )
            .order_by(speech.c.repo_id.desc(), speech.c.number.desc())
            .limit(_NOTES)
        )
        async with self._database.read() as connection:
            of_builds = (await connection.execute(noted)).all()
            of_pulls = (await connection.execute(refused)).all()
        return SkippedWork(
            builds=tuple(f"{name} #{number}: {note}" for name, number, note in of_builds),
            pulls=tuple(f"{name}#{number}: {why}" for name, number, why in of_pulls),
        )


def _select_stuck(times: DbClock) -> Select[*tuple[Any, ...]]:
    """Keys that failed too often, or for too long; the worst first."""
    failing = and_(inbox.c.attempts > 0, inbox.c.put_at <= times.at(times.here - _FAILING_TOO_LONG))
    return (
        select(inbox)
        .where(inbox.c.kind.in_(KNOWN_KINDS), or_(inbox.c.attempts >= STUCK_AFTER, failing))
        .order_by(inbox.c.attempts.desc(), inbox.c.put_at, inbox.c.kind, inbox.c.key)
        .limit(_STUCK_KEYS)
    )
