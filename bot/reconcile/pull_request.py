"""The reconciler of `pull/…` keys: what should stand on one pull, and why perhaps nothing should.

In: the key of a pull. Out: its comment, posted, edited or left; or the named reason for silence.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.model import Incident, Key, PullComment, Repository, parse_pull_name
from bot.core.model.counts import count_words
from bot.core.policy.comment_decision import (
    CommentDecision,
    Edit,
    Hold,
    PullSituation,
    Silence,
    decide_comment,
    find_opt_out,
    forget_dry_run,
    has_news,
    record_decision,
)
from bot.core.policy.comment_results import make_comment_result
from bot.core.policy.decide import find_revert_time
from bot.core.ports import Lease, Result
from bot.core.render.comment import Report, render_comment
from bot.core.render.log_fields import describe_decision
from bot.reconcile.comment_writer import CommentWriter, Written
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_announcing_since, load_source_time
from bot.reconcile.fetched_pull import FetchedPull
from bot.reconcile.reminders import ReminderWriter
from bot.reconcile.reports import find_settled_at, load_report

log = logging.getLogger(__name__)

_QUIET = "The repository's settings ask for silence about branch {}."

# The first sweep, which tells since when we may speak, is through in less.
_FIRST_SWEEP = timedelta(seconds=5)


class PullRequestReconciler:
    """Makes what stands on a pull what should stand there."""

    def __init__(self, writer: CommentWriter, reminders: ReminderWriter) -> None:
        self._writer = writer
        self._reminders = reminders

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Load, decide, save, act; a comment that somebody deleted is not replaced."""
        repo_id, number = parse_pull_name(lease.key.name)
        repository = await ctx.builds.load_repository(repo_id)
        posting = ctx.options.post_comments
        since = await load_announcing_since(ctx.builds, ctx.ci, posting=posting)
        if repository is None:
            return Result()
        if since is None:
            return Result(again_at=ctx.clock.now() + _FIRST_SWEEP)
        comment = await ctx.incidents.load_pull_comment(repo_id, number) or PullComment(
            repo_id, number
        )
        if comment.deleted_at is not None:
            return Result()
        situation, fetched = await _load_situation(ctx, repository, comment, since)
        decision = decide_comment(
            situation,
            policy=ctx.options.policy,
            per_pull=ctx.options.limits.per_pull,
            posting=posting,
        )
        if decision.comment.thread != comment.thread and not await self._writer.still_exists(
            repository, comment
        ):
            return Result()  # nothing more is said where somebody deleted our comment
        reports = [await load_report(ctx, repository, intent) for intent in decision.intents]
        saved = await _save(ctx, repository, decision, reports)
        _log_decision(lease.key, decision, saved, dry=not posting)
        written = await self._act(ctx, fetched, decision, saved, lease)
        again_at = written.again_at
        if again_at is None and isinstance(decision, Edit):
            again_at = await self._reminders.write(
                ctx, repository, decision.intents, written.comment, lease
            )
        settled_at = find_settled_at(reports)
        return Result(
            again_at=again_at,
            comment=make_comment_result(decision.comment, written.comment, settled_at),
            unfinished=written.unfinished,
        )

    async def _act(
        self,
        ctx: Context,
        fetched: FetchedPull,
        decision: CommentDecision,
        comment: PullComment,
        lease: Lease,
    ) -> Written:
        """Make it stand, unless nothing should be written."""
        if isinstance(decision, Hold | Silence):
            return Written(comment)
        if comment.wanted != comment.standing:
            fetched = await fetched.fetch(ctx.github, ctx.builds)
        return await self._writer.write(fetched, comment, decision.intents, lease)


def _log_decision(key: Key, decision: CommentDecision, comment: PullComment, *, dry: bool) -> None:
    """In a dry run nobody is told: the log says what would be said."""
    extra = describe_decision(key, decision)
    if not dry or isinstance(decision, Hold | Silence) or comment.wanted is None:
        log.info("pull decided", extra=extra)
    else:
        log.info("would say", extra={**extra, "says": comment.wanted.partition("\n")[0]})


# ---------------------------------------------------------------- load


async def _load_situation(
    ctx: Context, repository: Repository, stored: PullComment, since: datetime
) -> tuple[PullSituation, FetchedPull]:
    """All that the comment is decided from; whether anybody minds is asked only of what is new."""
    comment = forget_dry_run(stored, posting=ctx.options.post_comments)
    announced = {said.incident_id for said in comment.said}
    incidents = await ctx.incidents.load_incidents_of_pull(
        comment.repo_id, comment.number, announced
    )
    situation = PullSituation(comment, incidents, since)
    fetched = FetchedPull(repository, comment.number)
    if not has_news(situation, ctx.options.policy):
        return situation, fetched
    muted = await ctx.commands.load_mute_reason(comment.repo_id, comment.number)
    if muted is not None:
        return replace(situation, objection=muted), fetched
    settings = ctx.options.settings
    if ctx.options.opt_out_labels or settings.opt_out_authors:
        fetched = await fetched.fetch(ctx.github, ctx.builds)
    opted_out = find_opt_out(
        fetched.labels, fetched.author, ctx.options.opt_out_labels, settings.opt_out_authors
    )
    if opted_out is not None:
        return replace(situation, objection=opted_out), fetched
    new = [incident for incident in incidents if incident.id not in announced]
    quiet = {i.id: _QUIET.format(i.branch) for i in new if settings.is_quiet(i.branch)}
    return replace(situation, stale=await _load_stale(ctx, new) | quiet), fetched


async def _load_stale(ctx: Context, new: Sequence[Incident]) -> dict[str, str]:
    """What nobody saw fail for long, by the source's own clock: we were away, and it is old."""
    backlog = ctx.options.backlog
    if backlog is None:
        return {}
    hours = int(backlog.total_seconds() // 3600)
    span = count_words(hours, "hour")
    reason = f"It last failed over {span} before we could tell: too old for a comment."
    newest = {i.red_builds[-1]: i.id for i in new if i.red_builds}
    ends = {b.build.ref: b.build.complete_at for b in await ctx.builds.load_builds(newest)}
    stale: dict[str, str] = {}
    for source in ctx.ci.values():
        latest = await source.fetch_latest()
        if latest is not None and latest.complete_at is not None:
            oldest = latest.complete_at - backlog
            own = ((ref, at) for ref, at in ends.items() if ref.source == source.source)
            stale |= {newest[ref]: reason for ref, at in own if at is not None and at < oldest}
    return stale


# ---------------------------------------------------------------- save


async def _save(
    ctx: Context, repository: Repository, decision: CommentDecision, reports: Sequence[Report]
) -> PullComment:
    """Store what should stand, or why nothing should, before anything is written."""
    options = ctx.options
    text = None
    if reports:
        text = render_comment(
            repository.full_name,
            decision.comment.number,
            decision.comment.thread,
            reports,
            dashboard_url=options.public_url,
            website=options.website,
            prefix=options.command_prefix,
            guide=options.settings.page,
        )
    look_at = await _find_next_look(ctx, decision)
    comment = record_decision(decision, text, look_at=look_at, now=ctx.clock.now())
    if comment != decision.comment:
        await ctx.incidents.save_pull_comment(comment)
    return comment


async def _find_next_look(ctx: Context, decision: CommentDecision) -> datetime | None:
    """When a revert becomes worth a word, by our clock; None: no such time is ahead."""
    now = await load_source_time(ctx.builds, ctx.ci)
    times = (find_revert_time(intent, ctx.options.policy) for intent in decision.intents)
    ahead = [at - now for at in times if at is not None and at > now]
    return ctx.clock.now() + min(ahead) if ahead else None
