"""What people told us, and what became of it: each command acts once for ever.

In: remarks, deeds, replies. Out: the same, and the silence that was asked for. The record of a
command and all that it does are one transaction, so whoever comes second finds it done.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import BuildFacts, Key
from bot.core.people import Action, Hearing, Label, Ruling
from bot.ports import Clock, Hush, Lease
from bot.store.engine import Database, uncancelled
from bot.store.inbox import find_lease
from bot.store.incidents import IN_LAST_COMMENT, begin_speech_again
from bot.store.keys import put_keys
from bot.store.people_rows import (
    make_action_row,
    make_hearing_row,
    make_label_row,
    make_remark_row,
    make_ruling_row,
    parse_action,
    parse_hearing,
    parse_ruling,
)
from bot.store.rows import parse_build_facts
from bot.store.tables import actions, builds, labels, quiet, remarks, rulings, said
from bot.store.times import Times, find_ours, make_shared
from bot.store.upserts import insert, save_row

# Moments that instances compare with each other's, table by table.
_BEGUN, _ACTED, _UNTIL = ("intent_at",), ("acted_at",), ("until",)

_REPOSITORY = 0  # the number under which the silence of a whole repository is kept


class Hearings:
    """Implements `ports.Hearings` and `ports.Rulings` on the database, and `load_quiet`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _times(self) -> Times:
        return self._database.times(self._clock.now())

    # ------------------------------------------------------------ remarks

    @uncancelled
    async def load_hearing(self, repo_id: int, comment_id: int) -> Hearing | None:
        """A remark that was taken, and how far we are with it."""
        one = and_(remarks.c.repo_id == repo_id, remarks.c.comment_id == comment_id)
        found = select(*find_ours(remarks, _BEGUN, self._times())).where(one)
        async with self._database.read() as connection:
            row = (await connection.execute(found)).mappings().first()
        return parse_hearing(row) if row else None

    @uncancelled
    async def save_hearing(self, hearing: Hearing) -> None:
        """How far we are with it."""
        row = _make_row(hearing, self._times())
        async with self._database.write() as connection:
            await save_row(connection, remarks, row)

    @uncancelled
    async def save_reply_intent(self, hearing: Hearing, lease: Lease) -> bool:
        """The same, only while the lease holds; False when it was lost."""
        times = self._times()
        row = _make_row(hearing, times)
        async with self._database.write() as connection:
            if not await find_lease(connection, lease, times):
                return False
            await save_row(connection, remarks, row)
        return True

    @uncancelled
    async def count_remarks(self, author: str, since: datetime, until: datetime) -> int:
        """How many remarks somebody made within a time, by GitHub's clock."""
        found = (
            select(func.count())
            .select_from(remarks)
            .where(remarks.c.author == author)
            .where(remarks.c.created_at > since, remarks.c.created_at <= until)
        )
        async with self._database.read() as connection:
            return await connection.scalar(found) or 0

    # ------------------------------------------------------------ deeds

    @uncancelled
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
        times = self._times()
        async with self._database.write() as connection:
            if not await _is_first(connection, action, times):
                return False
            for ruling in rulings_made:
                await save_row(connection, rulings, make_ruling_row(ruling))
            await _save_labels(connection, labels_made)
            await _undo(connection, undone, action.comment_id)
            if hush is not None:
                await _save_hush(connection, hush, times)
            await put_keys(connection, keys, times)
        self._database.ring()
        return True

    @uncancelled
    async def load_actions(self, repo_id: int, comment_id: int) -> tuple[Action, ...]:
        """What came of the commands of a comment, in order."""
        one = and_(actions.c.repo_id == repo_id, actions.c.comment_id == comment_id)
        found = select(*find_ours(actions, _ACTED, self._times())).where(one)
        found = found.order_by(actions.c.position)
        async with self._database.read() as connection:
            return tuple(parse_action(row) for row in (await connection.execute(found)).mappings())

    # ------------------------------------------------------------ rulings and labels

    @uncancelled
    async def load_rulings(self, repo_id: int, branch: str | None = None) -> tuple[Ruling, ...]:
        """The rulings that stand, of a branch or of all, in the order in which they were given."""
        stands = and_(rulings.c.repo_id == repo_id, rulings.c.undone_by.is_(None))
        if branch is not None:
            stands = and_(stands, rulings.c.branch == branch)
        rows = await self._database.read_at_once(
            lambda connection: connection.execute(select(rulings).where(stands)).mappings().all(),
            single=True,
        )
        return tuple(sorted(map(parse_ruling, rows), key=lambda ruling: ruling.order))

    @uncancelled
    async def save_labels(self, found: Sequence[Label]) -> None:
        """Keep those that are not known; a label is what was believed when it came."""
        if found:
            async with self._database.write() as connection:
                await _save_labels(connection, found)

    # ------------------------------------------------------------ what to ask before speaking

    @uncancelled
    async def load_quiet(self, repo_id: int, number: int) -> str | None:
        """Why nothing new may be said on a pull by people's wish; None: it may."""
        times = self._times()
        asked = select(*find_ours(quiet, _UNTIL, times)).where(
            quiet.c.repo_id == repo_id, quiet.c.number.in_([number, _REPOSITORY])
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(asked.order_by(quiet.c.number.desc()))).all()
        for row in rows:
            if row.until is None:
                return "This pull is muted."
            if times.here < row.until:
                return f"The repository is paused until {row.until:%Y-%m-%d %H:%M} UTC."
        return None

    @uncancelled
    async def load_told(self, repo_id: int, incident_ids: Sequence[str]) -> tuple[int, ...]:
        """The pulls on which something was said of these incidents."""
        if not incident_ids:
            return ()
        found = (
            select(said.c.number)
            .where(said.c.repo_id == repo_id, said.c.incident_id.in_(incident_ids), IN_LAST_COMMENT)
            .distinct()
        )
        told = await self._database.read_at_once(lambda c: c.scalars(found).all(), single=True)
        return tuple(sorted(told))

    @uncancelled
    async def load_builds_at(self, repo_id: int, revision: str) -> tuple[BuildFacts, ...]:
        """The builds of a commit, the latest of each builder; without what was read of them."""
        found = (
            select(builds)
            .where(builds.c.repo_id == repo_id, builds.c.revision == revision)
            .order_by(builds.c.complete_at, builds.c.buildid)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).mappings().all()
        latest = {row["builder"]: parse_build_facts(row, ()) for row in rows}
        return tuple(latest[name] for name in sorted(latest))


def _make_row(hearing: Hearing, times: Times) -> dict[str, Any]:
    row = make_remark_row(hearing.remark) | make_hearing_row(hearing)
    return make_shared(row, _BEGUN, times)


async def _is_first(connection: AsyncConnection, action: Action, times: Times) -> bool:
    """True for the first record of a command; later ones change nothing."""
    shared = make_shared(make_action_row(action), _ACTED, times)
    row = insert(connection, actions).values(shared).on_conflict_do_nothing()
    return (await connection.execute(row.returning(actions.c.position))).first() is not None


async def _save_labels(connection: AsyncConnection, found: Sequence[Label]) -> None:
    for label in found:
        row = insert(connection, labels).values(make_label_row(label))
        await connection.execute(row.on_conflict_do_nothing())


async def _undo(connection: AsyncConnection, undone: Sequence[Ruling], comment_id: int) -> None:
    """Rulings and the labels that came with them no longer count; the record of them stays."""
    for ruling in undone:
        one = and_(
            rulings.c.repo_id == ruling.repo_id,
            rulings.c.comment_id == ruling.comment_id,
            rulings.c.position == ruling.position,
            rulings.c.part == ruling.part,
        )
        source = f"comment {ruling.comment_id}#{ruling.position}.{ruling.part}"
        label = and_(labels.c.repo_id == ruling.repo_id, labels.c.source == source)
        await connection.execute(update(rulings).where(one).values(undone_by=comment_id))
        await connection.execute(update(labels).where(label).values(undone=True))


async def _save_hush(connection: AsyncConnection, hush: Hush, times: Times) -> None:
    number = _REPOSITORY if hush.number is None else hush.number
    if hush.over:
        one = and_(quiet.c.repo_id == hush.repo_id, quiet.c.number == number)
        await connection.execute(quiet.delete().where(one))
        await begin_speech_again(connection, hush.repo_id, number, times)
        return
    row = {"repo_id": hush.repo_id, "number": number, "until": hush.until, "person": hush.person}
    await save_row(connection, quiet, make_shared(row, _UNTIL, times))
