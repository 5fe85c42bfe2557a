"""Builds that we know of and could not read, each with its reason.

In: a build and why Buildbot does not show it. Out: all that are unread now, as `/health` tells it.
A build that is tried again waits in the inbox with its last error; one that Buildbot itself
refused has a row of its own, until it is read after all or nobody has named it for a week.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, select

from bot.core.model import KeyKind, UnreadBuild, parse_build_name
from bot.core.ports import Clock, UnreadBuilds
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import inbox, unread
from bot.store.engine.upserts import insert

# One line each on a page for people.
_SHOWN = 20

# Nobody has asked for it since: it is of a master that is gone, or was swept away long ago.
UNREAD_LASTS = timedelta(days=7)

_FAILING = and_(inbox.c.kind == KeyKind.BUILD.value, inbox.c.attempts > 0)

_FORGET = delete(unread).where(
    unread.c.source == bindparam("of_source"), unread.c.buildid == bindparam("of_build")
)


def forget_unread(connection: Connection, source: str, buildid: int) -> None:
    """It was read: within the transaction that saves it."""
    connection.execute(_FORGET, {"of_source": source, "of_build": buildid})


class UnreadLedger:
    """The part of `ports.Facts` and `ports.HealthStore` that is about unread builds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def save_unread(self, source: str, buildid: int, words: str) -> None:
        """Remember that Buildbot refused to show a build, and in which words."""
        now = self._database.times(self._clock.now()).now
        again = {"words": words, "seen_at": now}
        async with self._database.write() as connection:
            row = insert(connection, unread).values(
                source=source, buildid=buildid, since=now, **again
            )
            keys = ["source", "buildid"]
            await connection.execute(row.on_conflict_do_update(index_elements=keys, set_=again))

    @shielded
    async def load_unread(self) -> UnreadBuilds:
        """How many builds are unread, and the oldest of them with their reasons."""
        times = self._database.times(self._clock.now())
        recent = unread.c.seen_at > times.at(times.here - UNREAD_LASTS)
        async with self._database.read() as connection:
            waiting = (await connection.execute(_select_waiting())).all()
            refused = (await connection.execute(_select_refused(recent))).all()
            counts = [
                await connection.scalar(select(func.count()).select_from(table).where(wanted)) or 0
                for table, wanted in ((inbox, _FAILING), (unread, recent))
            ]
        builds = [
            UnreadBuild(*parse_build_name(r.key), r.last_error or "", r.put_at, r.run_at)
            for r in waiting
        ]
        builds += [UnreadBuild(r.source, r.buildid, r.words, r.since, None) for r in refused]
        return UnreadBuilds(waiting=counts[0], refused=counts[1], shown=tuple(builds))


def _select_waiting() -> Select[tuple[str, str, object, object]]:
    columns = (inbox.c.key, inbox.c.last_error, inbox.c.put_at, inbox.c.run_at)
    return select(*columns).where(_FAILING).order_by(inbox.c.put_at, inbox.c.key).limit(_SHOWN)


def _select_refused(recent: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    order = (unread.c.since, unread.c.source, unread.c.buildid)
    return select(unread).where(recent).order_by(*order).limit(_SHOWN)
