"""The reconciler of `command/…` keys: each command is acted on once for ever.

All commands of a comment are answered in one reply.

In: a comment as it was stored, with everything that a command may ask about. Out: what commands do,
in the store; reactions and at most one reply on GitHub.

A comment is believed for its text and author alone. Who that author is here, is asked of GitHub
when we act; what a command does is decided by `core.commands` and stored in one transaction with
the record of it, so that a crash or a second delivery finds it done. In a dry run nothing is
written to GitHub, and the reply is kept to be looked at.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.commands.acceptance import find_flood, find_refusal, find_unreadable
from bot.core.commands.decide import decide_command
from bot.core.commands.decision import CommandDecision
from bot.core.commands.file_issue import FILE_ISSUE
from bot.core.commands.parser import ParsedCommand, ParsedCommands
from bot.core.commands.replies import make_reply_marker, render_reply
from bot.core.errors import Refused
from bot.core.model import Comment, Key, Repository, branch_key, pull_key
from bot.core.model.commands import (
    AuditEntry,
    CommandComment,
    CommandProgress,
    CommandResult,
    Role,
    UserComment,
    parse_command_name,
)
from bot.core.ports import Lease, Result
from bot.reconcile.command_context import load_command_context, load_place, make_link_context
from bot.reconcile.command_follows import make_follow
from bot.reconcile.command_mutes import find_end_of_pause, follow_pause, load_accused, make_mute
from bot.reconcile.context import Context
from bot.reconcile.pending_posts import PendingPosts, fetch_own_comment
from bot.reconcile.request_answers import ABOUT_REQUESTS, render_requests_of
from bot.reconcile.revert import RevertOpener, is_waiting
from bot.reconcile.sweeps.github_missed import FIRST_START

log = logging.getLogger(__name__)

# The first sweep, which hears GitHub's clock, is through in less.
_FIRST_SWEEP = timedelta(seconds=5)

_TAKEN, _DONE, _REFUSED = "eyes", "rocket", "confused"
_UNANSWERED = frozenset({CommandResult.IGNORED, CommandResult.REFUSED})

_WHOLE = -1  # the position of what is recorded of a comment as a whole: then none of it is done


@dataclass(frozen=True, slots=True)
class _Work:
    """One comment with commands, and what came of them so far."""

    repository: Repository
    stored: CommandComment
    entries: tuple[AuditEntry, ...]

    @property
    def comment(self) -> UserComment:
        """What the person wrote."""
        return self.stored.comment


class CommandReconciler:
    """Acts once for ever on what people write to us."""

    def __init__(self) -> None:
        self._pending_posts = PendingPosts()
        self._revert_opener = RevertOpener()

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Load, decide and save each command that is not done, then answer all in one reply."""
        repo_id, comment_id = parse_command_name(lease.key.name)
        stored = await ctx.commands.load_command_comment(repo_id, comment_id)
        if stored is None:
            return Result()
        entries = await ctx.commands.load_audit_entries(repo_id, comment_id)
        known = await ctx.builds.load_repository(repo_id)
        work = _Work(known or Repository(repo_id, stored.comment.repository), stored, entries)
        if stored.progress is CommandProgress.DONE:
            await _refresh(ctx, work)
            return Result(again_at=await follow_pause(ctx, repo_id, entries))
        if stored.progress is CommandProgress.TAKEN:
            started = await ctx.builds.load_time(FIRST_START)
            if started is None:  # its sweep is not done yet
                return Result(again_at=ctx.clock.now() + _FIRST_SWEEP)
            work, again_at = await self._open_reverts(
                ctx, await _run_all(ctx, work, started), lease
            )
            if again_at is not None:
                return Result(again_at=again_at)
        return Result(again_at=await self._answer(ctx, work, lease))

    async def _open_reverts(
        self, ctx: Context, work: _Work, lease: Lease
    ) -> tuple[_Work, datetime | None]:
        """Of however many that were asked for in one comment, one is opened."""
        waiting = [entry for entry in work.entries if is_waiting(entry)]
        if not waiting:
            return work, None
        opened = await self._revert_opener.open(ctx, work.repository, work.stored, lease)
        if isinstance(opened, datetime):
            return work, opened
        for entry in waiting:
            await ctx.commands.save_answer(replace(entry, answer=opened))
        entries = tuple(replace(e, answer=opened) if e in waiting else e for e in work.entries)
        answered = replace(work, entries=entries)
        reply = await _make_reply(ctx, answered)
        return replace(answered, stored=replace(work.stored, reply=reply)), None

    # ------------------------------------------------------------ answer

    async def _answer(self, ctx: Context, work: _Work, lease: Lease) -> datetime | None:
        """The reply, once, and the reactions; then the comment is done with."""
        stored = work.stored
        try:
            stored, again_at = await self._reply(ctx, work, lease)
            if again_at is not None:
                return again_at
            for reaction in _find_reactions(work.entries):
                await _react(ctx, work, reaction)
        except Refused as refused:  # locked, deleted, no longer ours: nobody is there to tell
            log.warning("answer refused", extra={"key": str(lease.key), "reason": refused.reason})
        done = replace(stored, progress=CommandProgress.DONE, intent_at=None)
        await ctx.commands.save_command_comment(done)
        return find_end_of_pause(work.entries)

    async def _reply(
        self, ctx: Context, work: _Work, lease: Lease
    ) -> tuple[CommandComment, datetime | None]:
        """Post it under an intent; where one is open, look for it first."""
        stored, comment, now = work.stored, work.comment, ctx.clock.now()
        if stored.reply is None or stored.reply_id or not ctx.options.post_comments:
            return stored, None
        if stored.intent_at is not None:
            marker = make_reply_marker(comment.comment_id)
            own = await fetch_own_comment(ctx.github, work.repository, comment.number, marker)
            if own is not None:
                return await _save_reply(ctx, stored, own), None
            settling = self._pending_posts.find_end(comment.comment_id, stored.intent_at, now)
            if settling is not None:
                return stored, settling
        self._pending_posts.begin(comment.comment_id, now)
        begun = replace(stored, progress=CommandProgress.REPLYING, intent_at=now)
        if not await ctx.commands.save_reply_intent(begun, lease):
            return stored, now
        posted = await ctx.github.post_comment(work.repository, comment.number, stored.reply)
        return await _save_reply(ctx, begun, posted), None


# ---------------------------------------------------------------- act


async def _run_all(ctx: Context, work: _Work, started: datetime) -> _Work:
    """Do all commands that are not done; the work with what is to be answered."""
    begun, comment = work.entries, work.comment
    # Before anything is read of it: who floods us has nothing to gain by long comments.
    refusal = None if begun else await _find_flood(ctx, comment)
    found = ParsedCommands()
    if refusal is None:
        found = await ctx.parse_commands(comment.body, ctx.options.command_prefix)
        if not found.calls and not found.too_many and not found.given_up:
            return work
        refusal = None if begun else await _find_refusal(ctx, work, started)
    refusal = refusal or find_unreadable(found)
    if refusal is not None:
        work = await _record(
            ctx, work, ParsedCommand(None), refusal, position=_WHOLE, role=Role.NONE
        )
    elif all(entry.position != _WHOLE for entry in begun):
        await _react(ctx, work, _TAKEN)
        work = await _run(ctx, work, found.calls)
    return replace(work, stored=replace(work.stored, reply=await _make_reply(ctx, work)))


async def _make_reply(ctx: Context, work: _Work) -> str | None:
    """What is answered, with how far the builds are that were asked for."""
    answers = [e.answer for e in work.entries if e.answer and e.result not in _UNANSWERED]
    if not answers:
        return None
    if any(entry.command in ABOUT_REQUESTS for entry in work.entries):
        place = make_link_context(ctx, work.repository, work.comment.number)
        answers.append(await render_requests_of(ctx, place, work.comment))
    if any(entry.command == FILE_ISSUE for entry in work.entries):
        orders = await ctx.tracker.load_orders_of(work.comment.repo_id, work.comment.comment_id)
        answers += [order.answer for order in orders]
    return render_reply(work.comment.comment_id, answers)


async def _refresh(ctx: Context, work: _Work) -> None:
    """Edit into our answer what became of the builds that were asked for."""
    stored, reply = work.stored, await _make_reply(ctx, work)
    if reply is None or reply == stored.reply:
        return
    if ctx.options.post_comments and stored.reply_id is not None:
        try:
            await ctx.github.edit_comment(work.repository, stored.reply_id, reply)
        except Refused as refused:  # deleted or locked: nobody is there to tell
            extra = {"key": str(work.comment.key), "reason": refused.reason}
            log.warning("answer not edited", extra=extra)
    await ctx.commands.save_command_comment(replace(stored, reply=reply))


async def _find_refusal(ctx: Context, work: _Work, started: datetime) -> CommandDecision | None:
    comment = work.comment
    found = await ctx.github.fetch_comment(work.repository, comment.comment_id)
    own_login = await ctx.github.fetch_me()
    return find_refusal(comment, found, own_login=own_login, started=started, now=ctx.github.time)


async def _find_flood(ctx: Context, comment: UserComment) -> CommandDecision | None:
    since = comment.created_at - timedelta(hours=1)
    written = await ctx.commands.count_user_comments(comment.author, since, comment.created_at)
    return find_flood(written, ctx.options.commands_per_hour)


async def _run(ctx: Context, work: _Work, commands: Sequence[ParsedCommand]) -> _Work:
    """Decide and save one after the other."""
    done = {entry.position for entry in work.entries}
    place = await load_place(ctx, work.repository, work.comment)
    for position, command in enumerate(commands):
        if position not in done:
            context = await load_command_context(ctx, place, command)
            decision = decide_command(command, position, context)
            work = await _record(ctx, work, command, decision, position=position, role=place.role)
    return work


# ---------------------------------------------------------------- save


async def _record(
    ctx: Context,
    work: _Work,
    command: ParsedCommand,
    decision: CommandDecision,
    *,
    position: int,
    role: Role,
) -> _Work:
    """Store a command with all that it does; whoever did it first has done it."""
    now, comment = ctx.clock.now(), work.comment
    entry = AuditEntry(
        repo_id=comment.repo_id,
        comment_id=comment.comment_id,
        position=position,
        number=comment.number,
        by=comment.author,
        role=role,
        command=command.name or "",
        argument=command.argument,
        said_at=comment.created_at,
        acted_at=now,
        result=decision.result,
        answer=decision.answer,
    )
    first = await ctx.commands.save_command(
        entry,
        overrides=decision.overrides,
        undone=decision.undone,
        feedback=decision.feedback,
        mute=make_mute(comment, decision, now),
        requests=decision.requests,
        issue_orders=decision.issue_orders,
        follow=await make_follow(ctx, work.repository, comment, decision),
        keys=await _find_keys(ctx, comment, decision),
    )
    if first:
        return replace(work, entries=tuple(sorted((*work.entries, entry), key=_find_position)))
    theirs = await ctx.commands.load_audit_entries(comment.repo_id, comment.comment_id)
    return replace(work, entries=theirs)


def _find_position(entry: AuditEntry) -> int:
    return entry.position


async def _save_reply(ctx: Context, stored: CommandComment, reply: Comment) -> CommandComment:
    """It stands."""
    answered = replace(stored, reply_id=reply.comment_id)
    await ctx.commands.save_command_comment(answered)
    return answered


async def _find_keys(ctx: Context, comment: UserComment, decision: CommandDecision) -> list[Key]:
    """Who has to look again after a command."""
    branches = {override.target.branch for override in (*decision.overrides, *decision.undone)}
    keys = [*decision.wakes, *(branch_key(comment.repo_id, b) for b in sorted(branches))]
    if decision.mute is None:
        return keys
    if decision.mute.pull is not None:
        return [*keys, pull_key(comment.repo_id, decision.mute.pull)]
    return [*keys, *await load_accused(ctx, comment.repo_id)]


async def _react(ctx: Context, work: _Work, reaction: str) -> None:
    """A courtesy: where it is refused, the command goes on."""
    if not ctx.options.post_comments:
        return
    try:
        await ctx.github.react(work.repository, work.comment.comment_id, reaction)
    except Refused as refused:
        extra = {"key": str(work.comment.key), "reason": refused.reason}
        log.warning("reaction refused", extra=extra)


# ---------------------------------------------------------------- decide


def _find_reactions(entries: Sequence[AuditEntry]) -> list[str]:
    """What was done, and that something was not."""
    results = {entry.result for entry in entries}
    bad = results & {CommandResult.NOT_ALLOWED, CommandResult.NOT_UNDERSTOOD, CommandResult.REFUSED}
    return [_DONE] * (CommandResult.DONE in results) + [_REFUSED] * bool(bad)
