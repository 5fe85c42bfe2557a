"""The reconciler of `request/…` keys: one build that was asked for, from the wish to its end.

In: a request as it is stored. Out: at Buildbot one request with our id, or none any more where it
is not needed; in the store how far it is; and the keys of whoever tells of it.

Before it is asked for, an intent is stored, fenced by the lease. Whoever finds an intent whose end
is not known looks for our id at Buildbot, and asks again only when a time has passed in which it
would have been seen. In a dry run nothing is written.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.errors import Refused
from bot.core.model import (
    BuildRef,
    Key,
    RequestPurpose,
    RequestState,
    branch_key,
    build_key,
    pull_key,
)
from bot.core.model.build_results import Result as BuildResult
from bot.core.model.ci_requests import RequestProgress
from bot.core.model.commands import command_key
from bot.core.model.request_records import TAKEN_BACK_AT_CI, RequestRecord, parse_request_name
from bot.core.ports import BuildRequester, Lease, Result
from bot.reconcile.context import Context
from bot.reconcile.pending_posts import PendingPosts

log = logging.getLogger(__name__)

# How often a request is looked at: what it comes to is known from its build's push, and this is for
# queues, cancellations and pushes that are lost.
_LOOK = timedelta(seconds=60)
# A build that is pushed at its end is read within seconds.
_READING = timedelta(seconds=5)
# Who waits for a builder that has another one of ours.
_TURN = timedelta(seconds=30)

_DRY = "It was a dry run: nothing was asked for."
_ENDED = frozenset({RequestState.CANCELLED, RequestState.REFUSED, RequestState.LOST})


class RequestReconciler:
    """Asks for builds, follows them, and takes them back."""

    def __init__(self) -> None:
        self._pending = PendingPosts()

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Load the request, see how it stands, save it, and ask or cancel where that is due."""
        source, request_id = parse_request_name(lease.key.name)
        record = await ctx.requests.load_request(source, request_id)
        requester = ctx.requesters.get(source)
        if record is None or requester is None or record.request.state in _ENDED or record.read:
            return Result()
        was_asked = record.intent_at is not None or record.ci_number is not None
        if record.dry_run or not (ctx.options.post_comments or was_asked):
            return await _expire(ctx, record)
        if not ctx.options.post_comments and record.request.state is RequestState.PLANNED:
            return Result(again_at=ctx.clock.now() + _LOOK)  # it may be there; nothing is written
        if record.request.state is RequestState.PLANNED:
            return Result(again_at=await self._ask(ctx, requester, record, lease))
        return Result(again_at=await _follow(ctx, requester, record))

    async def _ask(
        self, ctx: Context, requester: BuildRequester, record: RequestRecord, lease: Lease
    ) -> datetime | None:
        """Have it once at Buildbot, unless nobody needs it any more."""
        now = ctx.clock.now()
        if record.intent_at is not None:
            number = await requester.find_request(record)
            if number is not None:
                await _save(ctx, _queue(record, number))
                return now + _LOOK
            settling = self._pending.find_end(record.request.id, record.intent_at, now)
            if settling is not None:
                return settling
        end = await _find_end(ctx, requester, record)
        if end is not None:
            await _save(ctx, end)
            return None
        self._pending.begin(record.request.id, now)
        begun = replace(record, intent_at=now)
        if not await ctx.requests.save_request_intent(begun, lease):
            return now + _TURN
        try:
            number = await requester.request_build(begun)
        except Refused as refused:
            await _save(ctx, begun.move(RequestState.REFUSED, refused.reason))
            return None
        log.info("build asked for", extra={"key": str(lease.key), "request": number})
        await _save(ctx, _queue(begun, number))
        return ctx.clock.now() + _LOOK


def _queue(record: RequestRecord, number: int) -> RequestRecord:
    return replace(record.move(RequestState.QUEUED), ci_number=number)


async def _find_end(
    ctx: Context, requester: BuildRequester, record: RequestRecord
) -> RequestRecord | None:
    """The end of what need not, or cannot, be asked for; None: go on."""
    needless = await _find_needless(ctx, record)
    if needless is not None:
        return record.move(RequestState.CANCELLED, needless)
    if ctx.clock.now() >= record.deadline:
        return record.move(RequestState.LOST, "it could not be asked for in time")
    if not requester.can_ask:
        return record.move(RequestState.REFUSED, "we have no login at Buildbot")
    return None


async def _expire(ctx: Context, record: RequestRecord) -> Result:
    """Shown until its deadline, as if it were to come."""
    if ctx.clock.now() < record.deadline and record.cancel is None:
        return Result(again_at=record.deadline)
    await _save(ctx, record.move(RequestState.CANCELLED, record.cancel or _DRY))
    return Result()


async def _find_needless(ctx: Context, record: RequestRecord) -> str | None:
    """Why nobody needs it any more; None: somebody does."""
    if record.cancel is not None or record.request.purpose is not RequestPurpose.TEST:
        return record.cancel
    repository = await ctx.builds.load_repository(record.repo_id)
    if repository is None or record.number is None:
        return None
    try:
        pull = await ctx.github.fetch_pull(repository, record.number)
    except Refused as refused:
        return refused.reason
    if not pull.is_open:
        return "the pull was closed"
    if pull.head_sha != record.request.revision:
        return "the pull has another head by now: ask again"
    return None


# ---------------------------------------------------------------- following


async def _follow(
    ctx: Context, requester: BuildRequester, record: RequestRecord
) -> datetime | None:
    """See how far it is, and take it back where that is wished or due."""
    number = record.ci_number or 0
    progress = await requester.fetch_progress(number)
    if progress is None:
        await _save(ctx, record.move(RequestState.LOST, "Buildbot knows it no more"))
        return None
    if progress.request.complete:
        return await _finish(ctx, record, progress)
    now = ctx.clock.now()
    why = record.cancel or await _find_late(ctx, record, progress)
    if why is None and now >= record.deadline:
        why = "it did not end in time"
    late = now >= record.deadline
    if why is not None and (await _take_back(ctx, requester, number, why) or late):
        state = RequestState.LOST if late else RequestState.CANCELLED
        await _save(ctx, record.move(state, why))
        return None
    await _save(ctx, _note(record, progress))
    return now + _LOOK


async def _take_back(ctx: Context, requester: BuildRequester, number: int, why: str) -> bool:
    """False where nothing may be written, or Buildbot does not let us: it goes on there."""
    if not ctx.options.post_comments:
        return False
    try:
        await requester.cancel_request(number, why)
    except Refused as refused:
        log.warning("request not taken back", extra={"reason": refused.reason})
        return False
    return True


async def _find_late(ctx: Context, record: RequestRecord, progress: RequestProgress) -> str | None:
    """Why what is at Buildbot is needless; a build that has begun only where the pull is closed."""
    why = await _find_needless(ctx, record)
    begun = progress.build is not None
    return None if begun and why is not None and why.startswith("the pull has") else why


def _note(record: RequestRecord, progress: RequestProgress) -> RequestRecord:
    build = progress.build
    if build is None:
        return record.move(RequestState.QUEUED)
    return record.move(RequestState.RUNNING, started_at=build.started_at, buildid=build.buildid)


async def _finish(
    ctx: Context, record: RequestRecord, progress: RequestProgress
) -> datetime | None:
    """It is over at Buildbot: read its build, or say why there is none."""
    build = progress.build
    if build is None:
        await _save(ctx, record.move(*_name_end(progress.request.result)))
        return None
    ended = record.move(
        RequestState.FINISHED,
        buildid=build.buildid,
        result=build.result if build.result is not None else progress.request.result,
        started_at=build.started_at,
        ended_at=build.complete_at,
    )
    known = await ctx.builds.load_builds([BuildRef(record.request.source, build.buildid)])
    if not known and ctx.clock.now() < record.deadline:
        if record.request.state is not RequestState.FINISHED:  # else it was told to be read
            await ctx.inbox.put([build_key(record.request.source, build.buildid)])
        await _save(ctx, ended)
        return ctx.clock.now() + _READING
    await _save(ctx, replace(ended, read=True))
    return None


def _name_end(result: BuildResult | None) -> tuple[RequestState, str]:
    if result is BuildResult.SKIPPED:
        return RequestState.LOST, "Buildbot merged it into another request"
    if result is BuildResult.CANCELLED:
        return RequestState.CANCELLED, TAKEN_BACK_AT_CI
    return RequestState.LOST, "Buildbot ended it without a build"


# ---------------------------------------------------------------- saving


async def _save(ctx: Context, record: RequestRecord) -> None:
    """How it stands, and who tells of that.

    What did not change is not saved: whoever tells of it would look for nothing.
    """
    request = record.request
    stored = await ctx.requests.load_request(request.source, request.id)
    if stored is not None and replace(record, cancel=stored.cancel) != stored:
        await ctx.requests.save_request(record, await _find_tellers(ctx, record))


async def _find_tellers(ctx: Context, record: RequestRecord) -> list[Key]:
    """The command that asked, and the pull and the branch that wait for what it tells."""
    repo_id, keys = record.repo_id, list[Key]()
    if record.comment_id is not None:
        keys.append(command_key(repo_id, record.comment_id))
    if record.request.incident is None:
        return keys
    for incident in await ctx.incidents.load_incidents(repo_id):
        if incident.id == record.request.incident:
            keys += [branch_key(repo_id, incident.branch)]
            keys += [pull_key(repo_id, incident.pull)] if incident.pull else []
    return keys
