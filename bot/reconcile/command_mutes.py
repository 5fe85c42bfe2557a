"""Silence that people ask for: how long it lasts, and who has to look again when it ends.

In: what came of a comment's commands. Out: the end of a pause, mutes as they are stored, and keys.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.commands.decision import CommandDecision
from bot.core.model import Key, pull_key
from bot.core.model.commands import AuditEntry, CommandResult, UserComment
from bot.core.ports import Mute
from bot.reconcile.context import Context


async def load_accused(ctx: Context, repo_id: int) -> list[Key]:
    """The pulls that stand accused."""
    incidents = await ctx.incidents.load_incidents(repo_id)
    return [pull_key(repo_id, n) for n in sorted({i.pull for i in incidents if i.pull})]


async def follow_pause(
    ctx: Context, repo_id: int, entries: Sequence[AuditEntry]
) -> datetime | None:
    """Wait for its end, however often we are told of it; then wake those who were silent."""
    end = find_end_of_pause(entries)
    if end is None or ctx.clock.now() < end:
        return end
    await ctx.inbox.put(await load_accused(ctx, repo_id))
    return None


def find_end_of_pause(entries: Sequence[AuditEntry]) -> datetime | None:
    """A moment after the last pause that a comment asked for; None: it asked for none."""
    paused = [a for a in entries if a.command == "pause" and a.result is CommandResult.DONE]
    if not paused:
        return None
    return paused[-1].acted_at + timedelta(hours=int(paused[-1].argument), seconds=1)


def make_mute(comment: UserComment, decision: CommandDecision, now: datetime) -> Mute | None:
    """In our own clock, which is the one that ends it."""
    mute = decision.mute
    if mute is None:
        return None
    return Mute(
        repo_id=comment.repo_id,
        number=mute.pull,
        person=comment.author,
        until=now + timedelta(hours=mute.hours) if mute.hours else None,
        over=mute.hours == 0,
    )
