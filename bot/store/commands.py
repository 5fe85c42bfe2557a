"""What people told us, and what became of it: each command acts once for ever.

In: comments, commands, replies. Out: the same, and the silence that was asked for. The record of a
command and all that it does are one transaction, so whoever comes second finds it done.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import BuildRecord, Key
from bot.core.model.commands import AuditEntry, CommandComment, CommandResult, Feedback, Override
from bot.core.model.request_records import RequestChanges
from bot.core.model.tracker import IssueOrder
from bot.core.notices.followers import FollowChange
from bot.core.ports import Clock, Lease, Mute
from bot.store.command_rows import (
    make_audit_row,
    make_command_comment_row,
    make_feedback_row,
    make_override_row,
    make_user_comment_row,
    parse_audit_entry,
    parse_command_comment,
    parse_override,
)
from bot.store.engine.database import Database, shielded
from bot.store.engine.db_clock import DbClock, find_ours, make_shared
from bot.store.engine.tables import actions, builds, labels, quiet, remarks, rulings, said
from bot.store.engine.upserts import insert, save_row
from bot.store.inbox.inbox import find_lease
from bot.store.inbox.key_rows import put_keys
from bot.store.incidents import IN_LAST_COMMENT, begin_comment_again
from bot.store.notices import put_follow
from bot.store.requests import put_request_changes
from bot.store.row_mapping import parse_build_facts
from bot.store.tracker import put_issue_orders

# Moments that instances compare with each other's, table by table.
_BEGUN, _ACTED, _UNTIL = ("intent_at",), ("acted_at",), ("until",)

_REPOSITORY = 0  # the number under which the silence of a whole repository is kept


class SqlCommands:
    """Implements `ports.Commands` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _times(self) -> DbClock:
        return self._database.times(self._clock.now())

    # ------------------------------------------------------------ comments

    @shielded
    async def load_command_comment(self, repo_id: int, comment_id: int) -> CommandComment | None:
        """A comment that was taken, and how far we are with it."""
        one = and_(remarks.c.repo_id == repo_id, remarks.c.comment_id == comment_id)
        found = select(*find_ours(remarks, _BEGUN, self._times())).where(one)
        async with self._database.read() as connection:
            row = (await connection.execute(found)).mappings().first()
        return parse_command_comment(row) if row else None

    @shielded
    async def save_command_comment(self, stored: CommandComment) -> None:
        """How far we are with it."""
        row = _make_row(stored, self._times())
        async with self._database.write() as connection:
            await save_row(connection, remarks, row)

    @shielded
    async def save_reply_intent(self, stored: CommandComment, lease: Lease) -> bool:
        """The same, only while the lease holds; False when it was lost."""
        times = self._times()
        row = _make_row(stored, times)
        async with self._database.write() as connection:
            if not await find_lease(connection, lease, times):
                return False
            await save_row(connection, remarks, row)
        return True

    @shielded
    async def count_user_comments(self, author: str, since: datetime, until: datetime) -> int:
        """How many comments somebody made within a time, by GitHub's clock."""
        found = (
            select(func.count())
            .select_from(remarks)
            .where(remarks.c.author == author)
            .where(remarks.c.created_at > since, remarks.c.created_at <= until)
        )
        async with self._database.read() as connection:
            return await connection.scalar(found) or 0

    # ------------------------------------------------------------ commands

    @shielded
    async def save_command(
        self,
        action: AuditEntry,
        *,
        overrides: Sequence[Override] = (),
        undone: Sequence[Override] = (),
        feedback: Sequence[Feedback] = (),
        mute: Mute | None = None,
        requests: RequestChanges | None = None,
        issue_orders: Sequence[IssueOrder] = (),
        follow: FollowChange | None = None,
        keys: Sequence[Key] = (),
    ) -> bool:
        """Record a command with all that it does, one transaction; False if it was done before."""
        times = self._times()
        async with self._database.write() as connection:
            if not await _is_first(connection, action, times):
                return False
            for override in overrides:
                await save_row(connection, rulings, make_override_row(override))
            await _save_feedback(connection, feedback)
            await _undo(connection, undone, action.comment_id)
            if mute is not None:
                await _save_mute(connection, mute, times)
            if requests is not None:
                await put_request_changes(connection, requests, action, times)
            await connection.run_sync(put_issue_orders, issue_orders)
            if follow is not None:
                await connection.run_sync(put_follow, follow, times)
            await put_keys(connection, keys, times)
        self._database.ring()
        return True

    @shielded
    async def was_given(self, repo_id: int, number: int, command: str) -> bool:
        """Whether a command was given and done on a pull."""
        here = and_(actions.c.repo_id == repo_id, actions.c.number == number)
        done = and_(actions.c.command == command, actions.c.result == CommandResult.DONE.value)
        async with self._database.read() as connection:
            found = select(actions.c.comment_id).where(here, done).limit(1)
            return await connection.scalar(found) is not None

    @shielded
    async def save_answer(self, action: AuditEntry) -> None:
        """What is answered to a command that was recorded without an answer."""
        one = and_(
            actions.c.repo_id == action.repo_id,
            actions.c.comment_id == action.comment_id,
            actions.c.position == action.position,
        )
        async with self._database.write() as connection:
            await connection.execute(update(actions).where(one).values(answer=action.answer))

    @shielded
    async def load_audit_entries(self, repo_id: int, comment_id: int) -> tuple[AuditEntry, ...]:
        """What came of the commands of a comment, in order."""
        one = and_(actions.c.repo_id == repo_id, actions.c.comment_id == comment_id)
        found = select(*find_ours(actions, _ACTED, self._times())).where(one)
        found = found.order_by(actions.c.position)
        async with self._database.read() as connection:
            return tuple(
                parse_audit_entry(row) for row in (await connection.execute(found)).mappings()
            )

    # ------------------------------------------------------------ overrides and feedback

    @shielded
    async def load_overrides(self, repo_id: int, branch: str | None = None) -> tuple[Override, ...]:
        """The overrides that stand, of a branch or of all, in the order of giving."""
        stands = and_(rulings.c.repo_id == repo_id, rulings.c.undone_by.is_(None))
        if branch is not None:
            stands = and_(stands, rulings.c.branch == branch)
        rows = await self._database.read_at_once(
            lambda connection: connection.execute(select(rulings).where(stands)).mappings().all(),
            single=True,
        )
        return tuple(sorted(map(parse_override, rows), key=lambda override: override.order))

    @shielded
    async def save_feedback(self, found: Sequence[Feedback]) -> None:
        """Keep those that are not known; a label is what was believed when it came."""
        if found:
            async with self._database.write() as connection:
                await _save_feedback(connection, found)

    # ------------------------------------------------------------ what to ask before speaking

    @shielded
    async def load_mute_reason(self, repo_id: int, number: int) -> str | None:
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

    @shielded
    async def load_announced_pulls(
        self, repo_id: int, incident_ids: Sequence[str]
    ) -> tuple[int, ...]:
        """The pulls on which something was said of these incidents."""
        if not incident_ids:
            return ()
        found = (
            select(said.c.number)
            .where(said.c.repo_id == repo_id, said.c.incident_id.in_(incident_ids), IN_LAST_COMMENT)
            .distinct()
        )
        announced = await self._database.read_at_once(lambda c: c.scalars(found).all(), single=True)
        return tuple(sorted(announced))

    @shielded
    async def load_builds_at(self, repo_id: int, revision: str) -> tuple[BuildRecord, ...]:
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


def _make_row(stored: CommandComment, times: DbClock) -> dict[str, Any]:
    row = make_user_comment_row(stored.comment) | make_command_comment_row(stored)
    return make_shared(row, _BEGUN, times)


async def _is_first(connection: AsyncConnection, action: AuditEntry, times: DbClock) -> bool:
    """True for the first record of a command; later ones change nothing."""
    shared = make_shared(make_audit_row(action), _ACTED, times)
    row = insert(connection, actions).values(shared).on_conflict_do_nothing()
    return (await connection.execute(row.returning(actions.c.position))).first() is not None


async def _save_feedback(connection: AsyncConnection, found: Sequence[Feedback]) -> None:
    for one in found:
        row = insert(connection, labels).values(make_feedback_row(one))
        await connection.execute(row.on_conflict_do_nothing())


async def _undo(connection: AsyncConnection, undone: Sequence[Override], comment_id: int) -> None:
    """Overrides and the feedback that came with them no longer count; the record of them stays."""
    for override in undone:
        one = and_(
            rulings.c.repo_id == override.repo_id,
            rulings.c.comment_id == override.comment_id,
            rulings.c.position == override.position,
            rulings.c.part == override.part,
        )
        source = f"comment {override.comment_id}#{override.position}.{override.part}"
        label = and_(labels.c.repo_id == override.repo_id, labels.c.source == source)
        await connection.execute(update(rulings).where(one).values(undone_by=comment_id))
        await connection.execute(update(labels).where(label).values(undone=True))


async def _save_mute(connection: AsyncConnection, mute: Mute, times: DbClock) -> None:
    number = _REPOSITORY if mute.number is None else mute.number
    if mute.over:
        one = and_(quiet.c.repo_id == mute.repo_id, quiet.c.number == number)
        await connection.execute(quiet.delete().where(one))
        await begin_comment_again(connection, mute.repo_id, number, times)
        return
    row = {"repo_id": mute.repo_id, "number": number, "until": mute.until, "person": mute.person}
    await save_row(connection, quiet, make_shared(row, _UNTIL, times))
