"""What keeps us from the truth about a repository or a branch, kept for `/health`.

In: a place and what is wrong there, or that it is well again. Out: what is wrong now. It is stored,
for the instance that was refused need not be the one that is asked how things are.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from bot.core.model import AccessProblem, TroubleKind
from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import troubles
from bot.store.engine.upserts import insert

# A branch that nobody builds any more is asked for no more, so nothing would ever clear it.
_FORGOTTEN_AFTER = timedelta(days=7)

# One line each on a page for people; who has more of them reads the first ones first.
_MOST = 20


class AccessProblems:
    """Implements the part of `ports.Facts` and `ports.HealthStore` that tells of trouble."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def save_trouble(self, place: str, kind: TroubleKind, words: str | None) -> None:
        """Remember what is wrong with a place, or that it is well there again (None)."""
        async with self._database.write() as connection:
            if words is None:
                here = (troubles.c.place == place, troubles.c.kind == kind.value)
                await connection.execute(delete(troubles).where(*here))
                return
            times = self._database.times(self._clock.now())
            row = {"words": words, "seen_at": times.now}
            statement = insert(connection, troubles).values(
                place=place, kind=kind.value, since=times.now, **row
            )
            keys = ["place", "kind"]
            await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=row))

    @shielded
    async def load_troubles(self) -> Sequence[AccessProblem]:
        """What keeps us from the truth now, by place; a bounded number."""
        times = self._database.times(self._clock.now())
        found = (
            select(troubles)
            .where(troubles.c.seen_at > times.at(times.here - _FORGOTTEN_AFTER))
            .order_by(troubles.c.place, troubles.c.kind)
            .limit(_MOST)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).all()
        return [AccessProblem(r.place, TroubleKind(r.kind), r.words, r.since) for r in rows]
