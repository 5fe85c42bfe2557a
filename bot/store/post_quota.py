"""The ledger of new comments: who may post now, counted in the transaction that lets them.

In: what wants to be posted. Out: `None`, and a row that counts from then on; or why it is held.
"""

from datetime import timedelta

from sqlalchemy import and_, delete, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import PullComment
from bot.core.policy.comment_limits import LOOK_AGAIN, CommentLimits, PostHold, find_hold
from bot.store.engine.db_clock import DbClock
from bot.store.engine.tables import posts, speech
from bot.store.engine.upserts import save_row

# An arbitrary number that only this program uses: who counts posts on PostgreSQL holds this lock,
# so that two instances do not both take the last place. SQLite has one writer anyway.
_LEDGER_LOCK = 7_203_114_552

# Who waits looks again every five minutes; whoever did not for three times does not count.
_LOST_AFTER = 3 * LOOK_AGAIN

_KEPT = timedelta(days=2)  # the longest limit is that of a day


async def lock_quota(connection: AsyncConnection) -> None:
    """Nobody else counts before this transaction ends; take it before any row is locked."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(_LEDGER_LOCK)))


async def reserve_post(
    connection: AsyncConnection, new: PullComment, limits: CommentLimits, times: DbClock
) -> PostHold | None:
    """Take a place for the post that `new` intends; one that it took before, is still its own."""
    this = (new.repo_id, new.number, new.thread)
    place = (posts.c.repo_id, posts.c.number, posts.c.thread)
    rows = (await connection.execute(select(*place, times.ours(posts.c.at).label("at")))).all()
    if any((row.repo_id, row.number, row.thread) == this for row in rows):
        return None
    ahead = await _count_ahead(connection, new, times)
    held = find_hold(limits, [row.at for row in rows], ahead, times.here)
    if held is None:
        forgotten = times.at(times.here - _KEPT)
        await connection.execute(delete(posts).where(posts.c.at < forgotten))
        taken = dict(zip(("repo_id", "number", "thread"), this, strict=True))
        await save_row(connection, posts, {**taken, "at": times.now})
    return held


async def _count_ahead(connection: AsyncConnection, new: PullComment, times: DbClock) -> int:
    """How many others wait that are worth more."""
    own = and_(speech.c.repo_id == new.repo_id, speech.c.number == new.number)
    ahead = (
        select(func.count())
        .select_from(speech)
        .where(
            not_(own),
            speech.c.held_rank > (new.held_rank or 0),
            speech.c.look_at > times.at(times.here - _LOST_AFTER),
        )
    )
    return await connection.scalar(ahead) or 0
