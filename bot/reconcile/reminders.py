"""Remind a confirmed culprit once, in a comment of its own; never twice, whatever crashes.

In: what stands on a pull. Out: at most one new comment for each incident, and when to look again.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.commands.revert import REVERT
from bot.core.errors import Refused
from bot.core.incidents.overrides import matches
from bot.core.model import Incident, Pull, PullComment, Repository
from bot.core.model.commands import OverrideKind
from bot.core.model.reminders import Reminder
from bot.core.policy.comment_decision import find_opt_out
from bot.core.policy.decide import Intent
from bot.core.policy.reminders import find_due_reminders
from bot.core.ports import Lease
from bot.core.render.reminder import make_reminder_marker, render_reminder
from bot.reconcile.command_context import make_link_context
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_reminding_since, load_source_time
from bot.reconcile.fetched_pull import FetchedPull
from bot.reconcile.pending_posts import PendingPosts, fetch_own_comment

log = logging.getLogger(__name__)


class ReminderWriter:
    """Posts reminders; called under the pull's lease only."""

    def __init__(self) -> None:
        self._pending_posts = PendingPosts()

    async def write(
        self,
        ctx: Context,
        repository: Repository,
        intents: Sequence[Intent],
        comment: PullComment,
        lease: Lease,
    ) -> datetime | None:
        """Remind of what is due; when to look again, or None."""
        if ctx.options.settings.reminder_hours == 0:
            return None
        stored = await ctx.reminders.load_reminders(comment.repo_id, comment.number)
        begun = {r.incident_id: r for r in stored}
        done = {r.incident_id for r in stored if r.comment_id is not None or r.dropped}
        now = await load_source_time(ctx.builds, ctx.ci)
        due = find_due_reminders(
            intents,
            comment,
            done,
            since=await load_reminding_since(ctx.builds),
            now=now,
            here=ctx.clock.now(),
            policy=ctx.options.policy,
        )
        times = []
        for incident in due:
            if await _is_answered(ctx, comment, incident) or await _is_unwelcome(
                ctx, repository, comment, incident
            ):
                continue
            hours = int((now - incident.opened_at).total_seconds() // 3600)
            text = render_reminder(
                incident, hours, make_link_context(ctx, repository, comment.number)
            )
            known = begun.get(incident.id) or Reminder(comment.repo_id, comment.number, incident.id)
            times.append(await self._post(ctx, repository, known, text, lease))
        return min((at for at in times if at is not None), default=None)

    async def _post(
        self,
        ctx: Context,
        repository: Repository,
        reminder: Reminder,
        text: str,
        lease: Lease,
    ) -> datetime | None:
        """Adopt it where it stands already, else post it, under an intent."""
        marker = make_reminder_marker(reminder.incident_id)
        now, what = ctx.clock.now(), (reminder.repo_id, marker)
        try:
            own = await fetch_own_comment(ctx.github, repository, reminder.number, marker)
            if own is None:
                settling = self._pending_posts.find_end(what, reminder.intent_at, now)
                if settling is not None:
                    return settling
                self._pending_posts.begin(what, now)
                begun = replace(reminder, intent_at=now)
                limits = ctx.options.limits
                permit = await ctx.reminders.save_reminder_intent(begun, lease, limits)
                if not permit.granted:
                    return permit.held.until if permit.held else None
                own = await ctx.github.post_comment(repository, reminder.number, text)
                log.info("reminder posted", extra={"key": str(lease.key)})
        except Refused as refused:  # locked or archived: the living comment tells it as well
            log.warning("reminder refused", extra={"reason": refused.reason})
            await ctx.reminders.save_reminder(replace(reminder, intent_at=now, dropped=True))
            return None
        stands = replace(reminder, intent_at=now, comment_id=own.comment_id)
        await ctx.reminders.save_reminder(stands)
        return None


async def _is_unwelcome(
    ctx: Context, repository: Repository, comment: PullComment, incident: Incident
) -> bool:
    """Whether people want to read nothing new here: they said so, or deleted our comment."""
    settings = ctx.options.settings
    if comment.comment_id is None or settings.is_quiet(incident.branch):
        return True
    pull = (await FetchedPull(repository, comment.number).fetch(ctx.github, ctx.builds)).pull
    if not isinstance(pull, Pull):
        return True
    opted = (ctx.options.opt_out_labels, settings.opt_out_authors)
    if find_opt_out(pull.labels, pull.author, *opted) is not None:
        return True
    return await ctx.github.fetch_comment(repository, comment.comment_id) is None


async def _is_answered(ctx: Context, comment: PullComment, incident: Incident) -> bool:
    """Whether silence was asked for, or a fix is in sight."""
    if await ctx.commands.load_mute_reason(comment.repo_id, comment.number) is not None:
        return True
    if await ctx.commands.was_given(comment.repo_id, comment.number, REVERT):
        return True
    overrides = await ctx.commands.load_overrides(comment.repo_id, incident.branch)
    if any(o.kind is OverrideKind.FIXED_BY and matches(o.target, incident) for o in overrides):
        return True
    line = await ctx.builds.load_line(comment.repo_id, incident.branch)
    culprits = {suspect.sha for suspect in incident.suspects if suspect.pull == comment.number}
    return any(commit.reverts in culprits for commit in line.commits)
