"""The reconciler of `notice/…` keys: what is to be told of an incident, and what is to be sent.

In: the key of an incident, or of a subscription. Out: notices in the outbox; or one message on its
way. Of one subscription one key is worked on at a time, so that two instances send one message.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.core.errors import Refused, Unavailable
from bot.core.model import Incident, parse_branch_name
from bot.core.notices.decide import (
    Change,
    TaggedBuilder,
    decide_notice,
    describe_subject,
)
from bot.core.notices.delivery import GIVE_UP_AFTER, Delivery, decide_delivery
from bot.core.notices.notice import NoticeRecord, NoticeStatus, find_subscription
from bot.core.notices.subscriptions import Subscription
from bot.core.notices.words import NoticeMessage, render_message
from bot.core.ports import Lease, Result
from bot.reconcile.context import Context
from bot.reconcile.cursors import load_announcing_since
from bot.reconcile.notice_subscriptions import load_facts

log = logging.getLogger(__name__)

# The first sweep, which tells since when we may speak, is through in less.
_FIRST_SWEEP = timedelta(seconds=5)
_HOUR = timedelta(hours=1)
_REDS_LOADED = 50


class NoticeReconciler:
    """Decides what is told, and sends it."""

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """By the name of the key: decide about an incident, or send to a subscription."""
        subscription = find_subscription(lease.key.name)
        if subscription is None:
            return await _decide(ctx, lease)
        return await _deliver(ctx, subscription, lease)


# ---------------------------------------------------------------- decide


async def _decide(ctx: Context, lease: Lease) -> Result:
    """Load, decide, save; what is sent, and when, is the affair of another key."""
    repo_id, incident_id = parse_branch_name(lease.key.name)
    repository = await ctx.builds.load_repository(repo_id)
    incident = await ctx.notices.load_incident(repo_id, incident_id)
    if repository is None or incident is None or ctx.options.settings.is_quiet(incident.branch):
        return Result()
    posting = ctx.options.post_comments
    since = await load_announcing_since(ctx.builds, ctx.ci, posting=posting)
    if since is None:
        return Result(again_at=ctx.clock.now() + _FIRST_SWEEP)
    builders = await _load_builders(ctx, incident)
    workers = sorted({worker for builder in builders for worker in builder.workers})
    facts = await load_facts(ctx, repository, incident, workers)
    subject = describe_subject(repository.full_name, incident, builders, ctx.options.facet_rules)
    stored = await ctx.notices.load_notices(repo_id, incident_id)
    changes: list[Change] = []
    # A repository of which GitHub has not said yet that it is public is not known to be.
    name, is_private = repository.full_name, repository.private is not False
    for subscription in ctx.options.subscriptions:
        if not subscription.may_hear(name, is_private=is_private):
            continue
        known = [n for n in stored if n.subscription == subscription.name]
        ended = incident.closed_at is not None and incident.closed_at <= since
        change = decide_notice(
            subscription,
            subject,
            facts,
            known,
            repo_id=repo_id,
            is_past=ended or (not known and incident.opened_at <= since),
            now=ctx.clock.now(),
        )
        changes += [change] if change else []
    if changes and not await ctx.notices.save_changes(changes):
        raise Unavailable("one of these notices is being sent just now")
    for change in changes:
        if change.notice is not None:
            log.info("notice", extra=_describe(change.notice))
    return Result()


async def _load_builders(ctx: Context, incident: Incident) -> list[TaggedBuilder]:
    """The builders that showed it, with the workers of its red builds."""
    reds = await ctx.builds.load_builds(set(incident.red_builds[-_REDS_LOADED:]))
    tags = {b.name: b.tags for b in await ctx.builds.load_builders()}
    return [
        TaggedBuilder(
            name,
            tuple(sorted(tags.get(name, ()))),
            tuple(sorted({r.build.worker for r in reds if r.builder.name == name})),
        )
        for name in incident.builders
    ]


# ---------------------------------------------------------------- send


async def _deliver(ctx: Context, name: str, lease: Lease) -> Result:
    """One message, if one is due; what is muted or of nobody's interest any more, goes."""
    now = ctx.clock.now()
    unsent = await ctx.notices.load_unsent(name)
    subscription = next((s for s in ctx.options.subscriptions if s.name == name), None)
    if subscription is None:
        await _end(ctx, unsent, NoticeStatus.OVER, "nobody hears of it any more")
        return Result()
    if unsent and await ctx.notices.is_stopped(name):
        await _end(ctx, unsent, NoticeStatus.OVER, "they unsubscribed")
        return Result()
    late = [n for n in unsent if n.attempts and now - n.caused_at > GIVE_UP_AFTER]
    await _end(ctx, late, NoticeStatus.FAILED, "")
    muted = await _find_muted(ctx, [n for n in unsent if n not in late])
    await _end(ctx, muted, NoticeStatus.MUTED, "")
    waiting = [n for n in unsent if n not in late and n not in muted]
    sent_at = await ctx.notices.load_sent_at(name, now - _HOUR)
    delivery = decide_delivery(waiting, sent_at, subscription.quiet_hours, now)
    if not delivery.message:
        return Result(again_at=delivery.again_at)
    message = render_message(delivery.message, ctx.options.public_url)
    if not ctx.options.post_comments:
        await _end(ctx, delivery.message, NoticeStatus.WOULD_SEND, "")
        log.info("would send", extra={"to": name, "says": message.line})
        return Result(again_at=delivery.again_at)
    if not await ctx.notices.save_sending(delivery.message, message.id, lease):
        return Result(again_at=now)
    return await _send(ctx, subscription, delivery, message)


async def _find_muted(ctx: Context, records: Sequence[NoticeRecord]) -> list[NoticeRecord]:
    """Those of repositories that somebody paused, and of pulls that somebody muted."""
    places = {(n.repo_id, n.facts.pull or 0) for n in records}
    muted = {
        place for place in sorted(places) if await ctx.commands.load_mute_reason(*place) is not None
    }
    return [n for n in records if (n.repo_id, n.facts.pull or 0) in muted]


async def _send(
    ctx: Context, subscription: Subscription, delivery: Delivery, message: NoticeMessage
) -> Result:
    """Send, and record what came of it; what the other side did not take is tried again."""
    extra = {"to": subscription.name, "about": message.id, "notices": len(delivery.message)}
    sender = ctx.senders.get(subscription.medium)
    try:
        if sender is None:
            raise Refused(f"{subscription.medium} is not set up")
        await sender.send(subscription, message)
    except Refused as refused:
        log.warning("notice refused", extra={**extra, "reason": refused.reason})
        await _end(ctx, delivery.message, NoticeStatus.FAILED, refused.reason)
        return Result(again_at=delivery.again_at)
    except Unavailable as away:
        failed = [
            replace(n, status=NoticeStatus.WAITING, attempts=n.attempts + 1, problem=away.reason)
            for n in delivery.message
        ]
        await ctx.notices.save_notices(failed)
        return Result(unfinished=away)
    now = ctx.clock.now()
    sent = [
        replace(n, status=NoticeStatus.SENT, sent_at=now, message=message.id, problem="")
        for n in delivery.message
    ]
    await ctx.notices.save_notices(sent)
    log.info("notice sent", extra=extra)
    return Result(again_at=delivery.again_at)


async def _end(
    ctx: Context, records: Iterable[NoticeRecord], status: NoticeStatus, problem: str
) -> None:
    ended = [replace(n, status=status, problem=problem or n.problem) for n in records]
    if ended:
        await ctx.notices.save_notices(ended)


def _describe(notice: NoticeRecord) -> dict[str, object]:
    return {
        "to": notice.subscription,
        "incident": notice.incident_id,
        "kind": notice.facts.kind.value,
        "status": notice.status.value,
    }
