"""What is written in an issue tracker: a new issue, once; our one comment on it; its end.

In: a cause, under the lease of its repository. Out: the same as it is stored, and when to come
again. Before anything is posted its intent is stored; whoever finds an open intent looks for what
may have landed, and posts only when a time has passed in which a stale list would have shown it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.errors import Refused
from bot.core.model import Comment, Incident, IncidentState, Repository
from bot.core.model.tracker import Issue, IssueComment, IssueSource, KnownIssue, TrackedCause
from bot.core.ports import Lease
from bot.core.render.headline import LinkContext
from bot.core.tracker.causes import make_marker
from bot.core.tracker.text import (
    IssueText,
    make_comment_marker,
    render_branches,
    render_issue,
    render_news,
    replace_own,
)
from bot.reconcile.context import Context
from bot.reconcile.issue_search import make_known
from bot.reconcile.pending_posts import PendingPosts, fetch_own_comment
from bot.reconcile.reports import load_incident_report

log = logging.getLogger(__name__)

# What was refused may be allowed by then; people change rights and unlock threads in days.
_TRY_AGAIN = timedelta(days=1)

# A flake comes back every other day: everybody who follows an issue is called once a week at most.
_CALLS_AGAIN = timedelta(days=7)

# Of one cause: a report loads builds, and nobody reads more of them.
_MOST_REPORTS = 5


@dataclass(frozen=True, slots=True)
class CauseWork:
    """A cause with all that is written about it."""

    repository: Repository  # that is watched
    tracker: str  # owner/name of the issues
    cause: TrackedCause
    incidents: tuple[Incident, ...]  # of the cause, oldest first

    @property
    def open(self) -> tuple[Incident, ...]:
        """Those that are red."""
        return tuple(i for i in self.incidents if i.state is IncidentState.OPEN)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, as it is stored."""

    cause: TrackedCause
    again_at: datetime | None = None
    refused: str = ""  # why GitHub does not take it


class IssueWriter:
    """Writes in trackers; called under the lease of the repository's key only."""

    def __init__(self) -> None:
        self._pending_posts = PendingPosts()

    # ------------------------------------------------------------ a new issue

    async def file(
        self, ctx: Context, work: CauseWork, lease: Lease, asked_by: str | None = None
    ) -> Done:
        """Adopt ours where it stands already, else post it, under an intent."""
        cause, now = work.cause, ctx.clock.now()
        marker, me = make_marker(cause.repo_id, cause.cause), await ctx.github.fetch_me()
        own = await ctx.issues.find_own_issue(work.tracker, marker, me)
        if own is not None:
            return await self._record(ctx, work, own)
        settling = self._pending_posts.find_end(marker, cause.intent_at, now)
        if settling is not None:
            return Done(cause, settling)
        if not work.open:
            return await _save(ctx, replace(cause, intent_at=None))
        text = await _write_text(ctx, work, asked_by)
        self._pending_posts.begin(marker, now)
        begun = replace(work, cause=replace(cause, intent_at=now, problem="", look_at=None))
        per_day = ctx.options.tracker.per_day
        permit = await ctx.tracker.save_issue_intent(begun.cause, lease, per_day)
        if permit.until is not None:
            why = f"{per_day} issues were filed within a day: this one waits"
            return await _save(ctx, replace(cause, problem=why, look_at=permit.until))
        if not permit.granted:
            log.warning("lease lost before an issue", extra={"key": str(lease.key)})
            return Done(cause, now)
        return await self._post_issue(ctx, begun, text)

    async def _post_issue(self, ctx: Context, work: CauseWork, text: IssueText) -> Done:
        extra = {"key": work.cause.cause}
        labels = ctx.options.tracker.labels
        try:
            issue = await ctx.issues.create_issue(work.tracker, text.title, text.body, labels)
        except Refused as refused:
            log.warning("issue refused", extra={**extra, "reason": refused.reason})
            again_at = ctx.clock.now() + _TRY_AGAIN
            cause = replace(work.cause, intent_at=None, problem=refused.reason, look_at=again_at)
            return replace(await _save(ctx, cause), refused=refused.reason)
        log.info("issue filed", extra={**extra, "issue": issue.number})
        return await self._record(ctx, work, issue)

    async def _record(self, ctx: Context, work: CauseWork, issue: Issue) -> Done:
        """It stands; labels are dropped without a word where we have no right to give them."""
        given = {label.lower() for label in issue.labels}
        dropped = [x for x in ctx.options.tracker.labels if x.lower() not in given]
        problem = f"GitHub did not take the labels {', '.join(dropped)}" if dropped else ""
        now = ctx.clock.now()
        return await _save(
            ctx,
            replace(
                work.cause,
                issue=make_known(issue, IssueSource.FILED),
                intent_at=None,
                filed_at=work.cause.intent_at or now,
                seen_at=now,
                told=_render_lines(ctx, work),
                problem=problem,
                look_at=None,
            ),
        )

    # ------------------------------------------------------------ our comment

    async def tell(self, ctx: Context, work: CauseWork, issue: KnownIssue, lease: Lease) -> Done:
        """Make our comment say how it stands, where that is not what was said."""
        cause, lines, over = work.cause, _render_lines(ctx, work), not work.open
        back = cause.comment.over and not over
        if cause.comment.ended or (lines == cause.told and not back):
            return Done(cause)
        if back and _is_long_ago(cause.comment, ctx.clock.now()):
            comment = IssueComment(thread=cause.comment.thread + 1)
            cause = replace(cause, comment=comment)
        body = render_news(cause, lines, back=back)
        work = replace(work, cause=cause)
        try:
            if cause.comment.comment_id is None:
                return await self._post_comment(ctx, work, issue, body, lease)
            return await _edit(ctx, work, Repository(0, issue.repository), body)
        except Refused as refused:
            extra = {"key": str(lease.key), "reason": refused.reason}
            log.warning("issue comment refused", extra=extra)
            again_at = ctx.clock.now() + _TRY_AGAIN
            kept = replace(cause, comment=replace(cause.comment, intent_at=None))
            return await _save(ctx, replace(kept, problem=refused.reason, look_at=again_at))

    async def _post_comment(
        self, ctx: Context, work: CauseWork, issue: KnownIssue, body: str, lease: Lease
    ) -> Done:
        where = Repository(0, issue.repository)
        cause, now = work.cause, ctx.clock.now()
        marker = make_comment_marker(cause)
        own = await fetch_own_comment(ctx.github, where, issue.number, marker)
        if own is not None:
            posted_at = cause.comment.intent_at or now
            known = replace(cause.comment, comment_id=own.comment_id, posted_at=posted_at)
            adopted = replace(work, cause=replace(cause, comment=replace(known, intent_at=None)))
            return await _edit(ctx, adopted, where, body)
        settling = self._pending_posts.find_end(marker, cause.comment.intent_at, now)
        if settling is not None:
            return Done(cause, settling)
        self._pending_posts.begin(marker, now)
        begun = replace(cause, comment=replace(cause.comment, intent_at=now))
        if not await ctx.tracker.save_comment_intent(begun, lease):
            return Done(cause, now)
        posted = await ctx.github.post_comment(where, issue.number, body)
        return await _say(ctx, replace(work, cause=begun), posted, posted_at=now)


async def _edit(ctx: Context, work: CauseWork, where: Repository, body: str) -> Done:
    """Replace what is between our marks, as it is now; people may have written around it."""
    comment = work.cause.comment
    found = await ctx.github.fetch_comment(where, comment.comment_id or 0)
    wanted = replace_own(found.body, body) if found is not None else None
    if found is None or wanted is None:
        ended = replace(work.cause, comment=replace(comment, ended=True))
        return await _save(ctx, ended)
    if wanted != found.body:
        found = await ctx.github.edit_comment(where, found.comment_id, wanted)
    return await _say(ctx, work, found, posted_at=comment.posted_at)


async def _say(
    ctx: Context, work: CauseWork, posted: Comment, *, posted_at: datetime | None
) -> Done:
    comment = replace(
        work.cause.comment,
        comment_id=posted.comment_id,
        posted_at=posted_at,
        intent_at=None,
        over=not work.open,
    )
    told = replace(work.cause, comment=comment, told=_render_lines(ctx, work), problem="")
    return await _save(ctx, replace(told, look_at=None))


def _is_long_ago(comment: IssueComment, now: datetime) -> bool:
    return comment.posted_at is None or now - comment.posted_at >= _CALLS_AGAIN


# ---------------------------------------------------------------- the end


async def close_when_green(ctx: Context, work: CauseWork, issue: KnownIssue) -> Done:
    """Close our own issue after so many green builds, where a setting says so."""
    cause, wanted = work.cause, ctx.options.tracker.close_after
    newest: dict[str, Incident] = {i.branch: i for i in work.incidents}
    for branch, incident in newest.items():
        if incident.closed_at is None:
            return Done(cause)
        greens = await ctx.tracker.count_greens(
            cause.repo_id, branch, incident.builders, incident.closed_at
        )
        if greens < wanted:
            return Done(cause)
    try:
        closed = await ctx.issues.close_issue(issue.repository, issue.number)
    except Refused as refused:
        again_at = ctx.clock.now() + _TRY_AGAIN
        return await _save(ctx, replace(cause, problem=refused.reason, look_at=again_at))
    log.info("issue closed", extra={"key": cause.cause, "issue": issue.number})
    return await _save(ctx, replace(cause, issue=make_known(closed, issue.source)))


# ---------------------------------------------------------------- parts


async def _save(ctx: Context, cause: TrackedCause) -> Done:
    await ctx.tracker.save_causes([cause])
    return Done(cause, cause.look_at)


async def _write_text(ctx: Context, work: CauseWork, asked_by: str | None) -> IssueText:
    """Of what is red now."""
    place, options = make_place(ctx, work.repository), ctx.options
    reports = [
        await load_incident_report(ctx, work.repository, i) for i in work.open[:_MOST_REPORTS]
    ]
    return render_issue(
        work.cause, reports, place, options.tracker, asked_by=asked_by, rules=options.facet_rules
    )


def _render_lines(ctx: Context, work: CauseWork) -> str:
    return render_branches(work.incidents, make_place(ctx, work.repository))


def make_place(ctx: Context, repository: Repository) -> LinkContext:
    """Where the links of an issue lead: it stands on no pull."""
    options = ctx.options
    return LinkContext(
        repository.full_name, 0, options.website, options.public_url, options.command_prefix
    )


def find_incidents(cause: TrackedCause, incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    """Those of a cause, oldest first."""
    return tuple(incident for incident in incidents if incident.id in cause.incidents)
