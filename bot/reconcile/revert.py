"""Open the revert that a command asked for: once, whatever crashes in between.

In: a command that was recorded, and has no answer yet. Out: its answer. The pull carries the name
of the command, and is looked for before it is opened; a lease that was lost opens nothing.
"""

from dataclasses import replace
from datetime import datetime

from bot.core.commands.revert import (
    DRY_RUN,
    REVERT,
    make_revert_marker,
    render_not_opened,
    render_opened,
    render_revert,
)
from bot.core.errors import Refused
from bot.core.model import IncidentState, Repository
from bot.core.model.commands import AuditEntry, CommandComment, CommandResult
from bot.core.ports import Lease
from bot.reconcile.command_context import load_place, make_link_context
from bot.reconcile.context import Context
from bot.reconcile.pending_posts import PendingPosts
from bot.reconcile.reports import load_incident_report


def is_waiting(entry: AuditEntry) -> bool:
    """Whether its revert is still to be opened."""
    return entry.command == REVERT and entry.result is CommandResult.DONE and not entry.answer


class RevertOpener:
    """Opens reverts; under the lease of the command's key only."""

    def __init__(self) -> None:
        self._pending_posts = PendingPosts()

    async def open(
        self, ctx: Context, repository: Repository, stored: CommandComment, lease: Lease
    ) -> str | datetime:
        """The answer, or when to come again; raises `Unavailable`."""
        if not ctx.options.post_comments:
            return DRY_RUN
        now, comment = ctx.clock.now(), stored.comment
        marker = make_revert_marker(comment.number)
        found = await ctx.reverts.find_revert(repository, marker, await ctx.github.fetch_me())
        if found is not None:
            return render_opened(found)
        settling = self._pending_posts.find_end(comment.comment_id, stored.intent_at, now)
        if settling is not None:
            return settling
        place = await load_place(ctx, repository, comment)
        red = [i for i in place.incidents if i.state is IncidentState.OPEN]
        reports = [await load_incident_report(ctx, repository, i) for i in red]
        links = make_link_context(ctx, repository, comment.number)
        text = render_revert(place.pull, comment, reports, links)
        self._pending_posts.begin(comment.comment_id, now)
        if not await ctx.commands.save_reply_intent(replace(stored, intent_at=now), lease):
            return now
        try:
            opened = await ctx.reverts.open_revert(
                repository, comment.number, text.title, text.body
            )
        except Refused as refused:
            return render_not_opened(refused.reason)
        return render_opened(opened)
