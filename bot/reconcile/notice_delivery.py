"""One message to one subscription: what waits for it goes out, once as far as its medium allows.

In: the name of a subscription. Out: one message on its way, if one is due; what is muted or of
nobody's interest any more, goes.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.errors import Refused, Unavailable
from bot.core.notices.delivery import GIVE_UP_AFTER, Delivery, decide_delivery
from bot.core.notices.followers import find_followed_pull, make_pull_subscription
from bot.core.notices.notice import NoticeRecord, NoticeStatus
from bot.core.notices.subscriptions import Medium, Subscription
from bot.core.notices.words import NoticeMessage, render_message
from bot.core.ports import Lease, Result
from bot.reconcile.context import Context
from bot.reconcile.notice_mentions import find_mention, post_mention
from bot.reconcile.pending_posts import PendingPosts

log = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)


async def deliver(ctx: Context, name: str, lease: Lease, posts: PendingPosts) -> Result:
    """One message; where it says so, to be called again."""
    now = ctx.clock.now()
    unsent = await ctx.notices.load_unsent(name)
    subscription, why_not = await _find_subscription(ctx, name)
    if subscription is None:
        await _end(ctx, unsent, NoticeStatus.OVER, why_not)
        return Result()
    waiting = await _let_go(ctx, unsent, now)
    sent_at = await ctx.notices.load_sent_at(name, now - _HOUR)
    delivery = decide_delivery(waiting, sent_at, subscription.quiet_hours, now)
    if not delivery.message:
        return Result(again_at=delivery.again_at)
    message = render_message(delivery.message, ctx.options.public_url)
    if not ctx.options.post_comments:
        await _end(ctx, delivery.message, NoticeStatus.WOULD_SEND, "")
        log.info("would send", extra={"to": name, "says": message.line})
        return Result(again_at=delivery.again_at)
    if subscription.medium is Medium.PULL:
        found = await _find_earlier(ctx, subscription, delivery, message, posts)
        if found is not None:
            return found
    begun = await _begin(ctx, delivery.message, message, lease)
    if begun is None:
        return Result(again_at=now)
    away = await _send(ctx, subscription, begun, message)
    return Result(unfinished=away) if away else Result(again_at=delivery.again_at)


# ---------------------------------------------------------------- who, and what of it


async def _find_subscription(ctx: Context, name: str) -> tuple[Subscription | None, str]:
    """Or why nobody is to hear of it."""
    pull = find_followed_pull(name)
    if pull is not None:
        ours = await ctx.incidents.load_pull_comment(*pull)
        if ours is not None and ours.deleted_at is not None:
            return None, "our comment there was deleted"
        is_followed = bool(await ctx.notices.load_followers(*pull))
        found = make_pull_subscription(*pull) if is_followed else None
    else:
        found = next((s for s in ctx.options.subscriptions if s.name == name), None)
    if found is None:
        return None, "nobody hears of it any more"
    if await ctx.notices.is_stopped(name):
        return None, "they unsubscribed"
    return found, ""


async def _let_go(
    ctx: Context, unsent: Sequence[NoticeRecord], now: datetime
) -> list[NoticeRecord]:
    """What is left when what is too late and what is muted are not sent any more."""
    late = [n for n in unsent if n.attempts and now - n.caused_at > GIVE_UP_AFTER]
    await _end(ctx, late, NoticeStatus.FAILED, "")
    muted = await _find_muted(ctx, [n for n in unsent if n not in late])
    await _end(ctx, muted, NoticeStatus.MUTED, "")
    return [n for n in unsent if n not in late and n not in muted]


async def _find_muted(ctx: Context, records: Sequence[NoticeRecord]) -> list[NoticeRecord]:
    """Those of repositories that somebody paused, and of pulls that somebody muted."""
    places = {_find_place(n) for n in records}
    muted = {
        place for place in sorted(places) if await ctx.commands.load_mute_reason(*place) is not None
    }
    return [n for n in records if _find_place(n) in muted]


def _find_place(notice: NoticeRecord) -> tuple[int, int]:
    """What a mute of it would be about."""
    return find_followed_pull(notice.subscription) or (notice.repo_id, notice.facts.pull or 0)


# ---------------------------------------------------------------- send


async def _find_earlier(
    ctx: Context,
    subscription: Subscription,
    delivery: Delivery,
    message: NoticeMessage,
    posts: PendingPosts,
) -> Result | None:
    """Where it was begun before it may stand; None: it does not, and can be sent."""
    found = await find_mention(ctx, subscription, delivery.message, message, posts)
    if isinstance(found, datetime):
        return Result(again_at=found)
    if found is not None:
        await _record_sent(ctx, delivery.message, message)
        return Result(again_at=delivery.again_at)
    posts.begin(message.id, ctx.clock.now())
    return None


async def _begin(
    ctx: Context, records: Sequence[NoticeRecord], message: NoticeMessage, lease: Lease
) -> list[NoticeRecord] | None:
    """None: somebody else has them, or one of them is over."""
    if not await ctx.notices.save_sending(records, message.id, lease):
        return None
    now = ctx.clock.now()
    return [
        replace(n, status=NoticeStatus.SENDING, intent_at=now, message=message.id) for n in records
    ]


async def _send(
    ctx: Context,
    subscription: Subscription,
    begun: Sequence[NoticeRecord],
    message: NoticeMessage,
) -> Unavailable | None:
    """Send, and record what came of it; what the other side did not take is tried again."""
    extra = {"to": subscription.name, "about": message.id, "notices": len(begun)}
    try:
        await _hand_over(ctx, subscription, begun, message)
    except Refused as refused:
        log.warning("notice refused", extra={**extra, "reason": refused.reason})
        await _end(ctx, begun, NoticeStatus.FAILED, refused.reason)
        return None
    except Unavailable as away:
        failed = [
            replace(n, status=NoticeStatus.WAITING, attempts=n.attempts + 1, problem=away.reason)
            for n in begun
        ]
        await ctx.notices.save_notices(failed)
        return away
    await _record_sent(ctx, begun, message)
    log.info("notice sent", extra=extra)
    return None


async def _hand_over(
    ctx: Context,
    subscription: Subscription,
    records: Sequence[NoticeRecord],
    message: NoticeMessage,
) -> None:
    if subscription.medium is Medium.PULL:
        await post_mention(ctx, subscription, records, message)
        return
    sender = ctx.senders.get(subscription.medium)
    if sender is None:
        raise Refused(f"{subscription.medium} is not set up")
    await sender.send(subscription, message)


async def _record_sent(
    ctx: Context, records: Iterable[NoticeRecord], message: NoticeMessage
) -> None:
    now = ctx.clock.now()
    sent = [
        replace(n, status=NoticeStatus.SENT, sent_at=now, message=message.id, problem="")
        for n in records
    ]
    await ctx.notices.save_notices(sent)


async def _end(
    ctx: Context, records: Iterable[NoticeRecord], status: NoticeStatus, problem: str
) -> None:
    ended = [replace(n, status=status, problem=problem or n.problem) for n in records]
    if ended:
        await ctx.notices.save_notices(ended)
