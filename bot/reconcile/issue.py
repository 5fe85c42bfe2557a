"""The reconciler of `issue/…` keys: which issue of a repository's tracker tells of which incidents.

In: the key of a repository. Out: causes with their issues, as they are stored; issues and comments
that were asked for, or that a setting allows. One key at a time for each repository, so that two
branches that fail alike never file two issues.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.errors import Refused
from bot.core.model import Incident, Key, Repository, parse_repository_name, pull_key
from bot.core.model.tracker import (
    IssueOrder,
    IssueSource,
    IssueState,
    KnownIssue,
    TrackedCause,
    TrackerMode,
    TrackerOptions,
)
from bot.core.ports import Lease, Result
from bot.core.ports.tracker import TrackerScene
from bot.core.tracker.causes import assign_causes, is_candidate, may_file_unasked
from bot.core.tracker.orders import find_order_of, render_done, render_failed
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_announcing_since, load_filing_since, load_source_time
from bot.reconcile.issue_search import LOOK_AGAIN, IssueSearch, make_known
from bot.reconcile.issue_writer import (
    CauseWork,
    Done,
    IssueWriter,
    close_when_green,
    find_incidents,
)

log = logging.getLogger(__name__)

# The first sweep, which tells since when we may speak, is through in less.
_FIRST_SWEEP = timedelta(seconds=5)

# Causes that GitHub is asked about in one go: others have a turn, too.
_AT_ONCE = 10

_OURS = (IssueSource.FILED, IssueSource.TOLD)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all causes of a repository are decided by."""

    repository: Repository
    tracker: str
    orders: tuple[IssueOrder, ...]
    filing_since: datetime
    now: datetime  # the source's clock


class IssueReconciler:
    """Finds issues, files those that are wanted, and follows them."""

    def __init__(self) -> None:
        self._search = IssueSearch()
        self._writer = IssueWriter()

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Load, put incidents under causes, save; then each cause in turn."""
        repo_id, options = parse_repository_name(lease.key.name), ctx.options.tracker
        repository = await ctx.builds.load_repository(repo_id)
        if repository is None or options.mode is TrackerMode.OFF or _leaks(repository, options):
            return Result()
        since = await load_announcing_since(ctx.builds, ctx.ci, posting=ctx.options.post_comments)
        if since is None:
            return Result(again_at=ctx.clock.now() + _FIRST_SWEEP)
        stored = await ctx.tracker.load_scene(repo_id)
        scene = _Scene(
            repository=repository,
            tracker=options.repository or repository.full_name,
            orders=stored.orders,
            filing_since=max(since, await load_filing_since(ctx.builds)),
            now=await load_source_time(ctx.builds, ctx.ci),
        )
        causes = await _assign(ctx, scene, stored)
        await _refuse_lost(ctx, scene, causes)
        times: list[datetime] = []
        for number, cause in enumerate(causes):
            if number == _AT_ONCE:
                times.append(ctx.clock.now())
                break
            work = CauseWork(
                repository, scene.tracker, cause, find_incidents(cause, stored.incidents)
            )
            done = await self._follow(ctx, scene, work, lease)
            times += [done.again_at] if done.again_at else []
        return Result(again_at=min(times, default=None))

    async def _follow(self, ctx: Context, scene: _Scene, work: CauseWork, lease: Lease) -> Done:
        """Look for its issue, file it, or keep it up to date: what is due."""
        order = find_order_of(work.cause, scene.orders)
        work, whole = await self._look_up(ctx, work, order)
        work, again_at = await self._file(ctx, scene, work, order, lease, whole=whole)
        if again_at is not None or work.cause.issue is None:
            return Done(work.cause, again_at or work.cause.look_at)
        done = await _refresh(ctx, work)
        issue = done.cause.issue
        if issue is None or issue.state is IssueState.GONE or issue.source not in _OURS:
            return done
        if not ctx.options.post_comments or not ctx.options.tracker.allows(TrackerMode.ASK):
            return done
        if _waits(done.cause, ctx.clock.now()):
            return Done(done.cause, done.cause.look_at)
        work = replace(work, cause=done.cause)
        told = await self._writer.tell(ctx, work, issue, lease)
        if told.again_at is not None or not _may_close(ctx, work, issue):
            return told
        return await close_when_green(ctx, replace(work, cause=told.cause), issue)

    # ------------------------------------------------------------ find

    async def _look_up(
        self, ctx: Context, work: CauseWork, order: IssueOrder | None
    ) -> tuple[CauseWork, bool]:
        """The work with the issue that was found; whether all was looked through."""
        cause, now = work.cause, ctx.clock.now()
        if cause.issue is not None or not work.open or cause.intent_at is not None:
            return work, True
        if order is None and _waits(cause, now):
            return work, cause.problem == "" and cause.looked_at is not None
        found = await self._search.find(ctx, work.tracker, cause, work.open)
        await _save(ctx, found.cause)
        return replace(work, cause=found.cause), found.is_whole

    # ------------------------------------------------------------ file

    async def _file(
        self,
        ctx: Context,
        scene: _Scene,
        work: CauseWork,
        order: IssueOrder | None,
        lease: Lease,
        *,
        whole: bool,
    ) -> tuple[CauseWork, datetime | None]:
        """File what somebody wants, or what lasts and no issue tells; answer who asked."""
        cause = work.cause
        if order is not None and order.number is not None:
            return await _take_word(ctx, work, order, order.number), None
        # What was begun, or asked for, may have been so under other settings.
        may_file = ctx.options.tracker.allows(TrackerMode.ASK)
        wanted = may_file and _is_wanted(ctx, scene, work, order, whole=whole)
        if wanted and ctx.options.post_comments:
            by = order.by if order else None
            done = await self._writer.file(ctx, work, lease, by)
            work = replace(work, cause=done.cause)
            if done.cause.issue == cause.issue:  # not yet
                if order is not None and done.refused:
                    await _answer(ctx, order, render_failed(done.refused))
                return work, done.again_at
            await _wake(ctx, done.cause)
        elif wanted:
            log.info("would file an issue", extra={"key": cause.cause})
        if order is not None and work.cause.issue is not None:
            words = render_done(work.cause, work.cause.issue, ctx.options.website)
            await _answer(ctx, order, words)
        elif order is not None and not may_file:
            await _answer(ctx, order, render_failed("issues are not filed here any more"))
        return work, None


def _is_wanted(
    ctx: Context, scene: _Scene, work: CauseWork, order: IssueOrder | None, *, whole: bool
) -> bool:
    """Whether a new issue is to be filed; one that was begun is brought to its end."""
    cause, options = work.cause, ctx.options.tracker
    if cause.intent_at is not None:
        return True
    if order is not None:
        if order.anyway:
            return cause.issue is None or cause.issue.source is not IssueSource.FILED
        return cause.issue is None and whole
    if cause.issue is not None or not whole or not options.allows(TrackerMode.AUTO):
        return False
    if cause.problem and _waits(cause, ctx.clock.now()):
        return False
    return may_file_unasked(work.open, scene.filing_since, scene.now, options.after)


def _waits(cause: TrackedCause, now: datetime) -> bool:
    return cause.look_at is not None and cause.look_at > now


def _may_close(ctx: Context, work: CauseWork, issue: KnownIssue) -> bool:
    ours = issue.source is IssueSource.FILED and issue.state is IssueState.OPEN
    return ours and not work.open and ctx.options.tracker.close_after > 0


def _leaks(repository: Repository, options: TrackerOptions) -> bool:
    """What GitHub does not call public is told in its own tracker only."""
    tracker = options.repository or repository.full_name
    return tracker.lower() != repository.full_name.lower() and repository.private is not False


# ---------------------------------------------------------------- load


async def _assign(ctx: Context, scene: _Scene, stored: TrackerScene) -> tuple[TrackedCause, ...]:
    """All causes, with those incidents that are worth one; what is new is stored."""
    known = {incident for cause in stored.causes for incident in cause.incidents}
    asked = {order.incident for order in stored.orders}
    settings, after = ctx.options.settings, ctx.options.tracker.after
    worth = [
        incident
        for incident in stored.incidents
        if incident.id not in known
        and not settings.is_quiet(incident.branch)
        and (incident.id in asked or is_candidate(incident, scene.now, after))
    ]
    causes = assign_causes(worth, stored.causes, scene.repository.repo_id)
    before = set(stored.causes)
    new = [cause for cause in causes if cause not in before]
    if new:
        numbers = [number for cause in new for number in await _find_pulls(ctx, cause)]
        await ctx.tracker.save_causes(new, numbers)
    return tuple(sorted(causes, key=lambda c: _find_turn(c, stored.incidents, asked)))


def _find_turn(
    cause: TrackedCause, incidents: Sequence[Incident], asked: Iterable[str]
) -> tuple[bool, bool, float, str]:
    """Who was asked for first, then what is red; of those whoever was looked at longest ago."""
    own = find_incidents(cause, incidents)
    at = max((t for t in (cause.looked_at, cause.seen_at) if t), default=None)
    return (
        not set(cause.incidents) & set(asked),
        all(i.closed_at is not None for i in own),
        at.timestamp() if at else 0.0,
        cause.cause,
    )


# ---------------------------------------------------------------- follow


async def _take_word(ctx: Context, work: CauseWork, order: IssueOrder, number: int) -> CauseWork:
    """A person says which issue tells of it: so it does, if there is one."""
    try:
        issue = await ctx.issues.fetch_issue(work.tracker, number)
    except Refused as refused:
        await _answer(ctx, order, render_failed(refused.reason))
        return work
    if issue is None:
        await _answer(ctx, order, render_failed(f"{work.tracker} shows us no issue {number}"))
        return work
    cause = replace(
        work.cause,
        issue=make_known(issue, IssueSource.TOLD),
        seen_at=ctx.clock.now(),
        told="",
        problem="",
        look_at=None,
    )
    await _save(ctx, cause)
    assert cause.issue is not None  # noqa: S101 - it was made above
    await _answer(ctx, order, render_done(cause, cause.issue, ctx.options.website))
    return replace(work, cause=cause)


async def _refresh(ctx: Context, work: CauseWork) -> Done:
    """What became of the issue: people close, move and delete them."""
    cause, issue, now = work.cause, work.cause.issue, ctx.clock.now()
    if issue is None or issue.state is IssueState.GONE or not work.incidents:
        return Done(cause)
    if cause.seen_at is not None and timedelta(0) <= now - cause.seen_at < LOOK_AGAIN:
        return Done(cause)
    try:
        found = await ctx.issues.fetch_issue(issue.repository, issue.number)
    except Refused as refused:
        log.info("issue not seen", extra={"key": cause.cause, "reason": refused.reason})
        return Done(replace(cause, seen_at=now))
    known = replace(issue, state=IssueState.GONE)
    if found is not None:
        known = make_known(found, issue.source)
    elif issue.is_guess:  # it told of something else, or nobody knows by now
        seen = replace(cause, issue=None, seen_at=None)
        await _save(ctx, seen)
        return Done(seen, now)
    seen = replace(cause, issue=known, seen_at=now)
    await _save(ctx, seen)
    return Done(seen)


async def _refuse_lost(ctx: Context, scene: _Scene, causes: Sequence[TrackedCause]) -> None:
    """Orders about incidents that are not there any more, or lie on a quiet branch."""
    for order in scene.orders:
        if not any(order.incident in cause.incidents for cause in causes):
            await _answer(ctx, order, render_failed("that incident is not open any more"))


# ---------------------------------------------------------------- save


async def _save(ctx: Context, cause: TrackedCause) -> None:
    """Store it; comments that tell of its incidents show the link."""
    await ctx.tracker.save_causes([cause], await _find_pulls(ctx, cause))


async def _wake(ctx: Context, cause: TrackedCause) -> None:
    await ctx.inbox.put(await _find_pulls(ctx, cause))


async def _find_pulls(ctx: Context, cause: TrackedCause) -> list[Key]:
    if cause.issue is None:
        return []
    numbers = await ctx.commands.load_announced_pulls(cause.repo_id, list(cause.incidents))
    return [pull_key(cause.repo_id, number) for number in sorted(numbers)]


async def _answer(ctx: Context, order: IssueOrder, words: str) -> None:
    await ctx.tracker.save_issue_answer(replace(order, answer=words))
