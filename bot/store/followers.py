"""Who asked on which pull to be mentioned there.

In: a command that asks for it, within its transaction; a pull. Out: the same; names of people.
"""

from collections.abc import Collection

from sqlalchemy import Connection, and_, delete, exists, select

from bot.core.notices.followers import FollowChange
from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.db_clock import DbClock, make_shared
from bot.store.engine.follower_tables import followers
from bot.store.engine.upserts import insert


def put_follower(connection: Connection, change: FollowChange, times: DbClock) -> None:
    """Somebody more, once, or somebody less."""
    row = {"repo_id": change.repo_id, "number": change.number, "login": change.person.lower()}
    if change.ends:
        one = and_(*(followers.c[name] == value for name, value in row.items()))
        connection.execute(delete(followers).where(one))
        return
    row |= {"person": change.person, "since": change.since}
    shared = make_shared(row, ("since",), times)
    connection.execute(insert(connection, followers).values(shared).on_conflict_do_nothing())


def has_followers(connection: Connection, repo_id: int) -> bool:
    """Whether anybody is mentioned anywhere in a repository."""
    there = select(followers.c.number).where(followers.c.repo_id == repo_id)
    return bool(connection.scalar(select(exists(there))))


class SqlFollowers:
    """Implements `ports.Followers` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def load_followers(self, repo_id: int, number: int) -> tuple[str, ...]:
        """Who is mentioned on a pull, by name as GitHub writes it."""
        here = and_(followers.c.repo_id == repo_id, followers.c.number == number)
        found = select(followers.c.person).where(here).order_by(followers.c.login)
        async with self._database.read() as connection:
            return tuple(await connection.scalars(found))

    @shielded
    async def find_followed(self, repo_id: int, numbers: Collection[int]) -> tuple[int, ...]:
        """Those of these pulls on which anybody is mentioned."""
        here = and_(followers.c.repo_id == repo_id, followers.c.number.in_(sorted(numbers)))
        found = select(followers.c.number).where(here).distinct().order_by(followers.c.number)
        async with self._database.read() as connection:
            return tuple(await connection.scalars(found))
