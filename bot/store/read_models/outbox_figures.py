"""The outbox of notices in figures, for `/health` and the page about it; read only."""

from datetime import timedelta

from sqlalchemy import and_, func, select

from bot.core.notices.notice import UNSENT, NoticeStatus
from bot.core.ports import Clock, OutboxFigures
from bot.store.engine.database import Database, shielded
from bot.store.engine.notice_tables import notices, subscriptions

# What failed longer ago was told often enough.
_TOLD_FOR = timedelta(days=1)
_UNSENT = notices.c.status.in_(sorted(UNSENT))


class NoticeFigures:
    """The part of `ports.HealthStore` that is about notices."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def load_outbox(self) -> OutboxFigures:
        """Counts, and the latest reasons."""
        times = self._database.times(self._clock.now())
        late = and_(_UNSENT, notices.c.attempts > 0)
        failed = and_(
            notices.c.status == NoticeStatus.FAILED.value,
            notices.c.caused_at > times.at(times.here - _TOLD_FOR - _TOLD_FOR),
        )
        oldest = select(times.ours(func.min(notices.c.caused_at))).where(late)
        reason = select(notices.c.subscription, notices.c.problem).order_by(
            notices.c.caused_at.desc()
        )
        async with self._database.read() as connection:
            count = select(func.count()).select_from(notices)
            last_late = (await connection.execute(reason.where(late).limit(1))).first()
            last_failed = (await connection.execute(reason.where(failed).limit(1))).first()
            return OutboxFigures(
                subscriptions=await connection.scalar(
                    select(func.count()).select_from(subscriptions)
                )
                or 0,
                waiting=await connection.scalar(count.where(_UNSENT)) or 0,
                failed=await connection.scalar(count.where(failed)) or 0,
                late_since=await connection.scalar(oldest),
                late_reason=": ".join(last_late) if last_late else "",
                failed_reason=": ".join(last_failed) if last_failed else "",
            )
