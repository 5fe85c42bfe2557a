"""Notices on the pull itself: a comment that mentions those who asked for it there.

In: the subscription of a pull, and a message. Out: one comment. Unlike other media GitHub can be
asked whether a message stands already, so it is sent once whatever happens in between.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.core.errors import Refused
from bot.core.model import Comment, Repository
from bot.core.notices.followers import find_followed_pull
from bot.core.notices.notice import NoticeRecord
from bot.core.notices.subscriptions import Subscription
from bot.core.notices.words import NoticeMessage
from bot.core.render.mention import make_mention_marker, render_mention
from bot.reconcile.context import Context
from bot.reconcile.pending_posts import PendingPosts, fetch_own_comment


async def find_mention(
    ctx: Context,
    subscription: Subscription,
    records: Sequence[NoticeRecord],
    message: NoticeMessage,
    posts: PendingPosts,
) -> Comment | datetime | None:
    """Where it was begun before: it stands, or until when to wait for it; None: it is not there."""
    intent_at = records[0].intent_at
    if intent_at is None:
        return None
    repository, number = await _find_pull(ctx, subscription)
    marker = make_mention_marker(message.id)
    own = await fetch_own_comment(ctx.github, repository, number, marker)
    return own or posts.find_end(message.id, intent_at, ctx.clock.now())


async def post_mention(
    ctx: Context,
    subscription: Subscription,
    records: Sequence[NoticeRecord],
    message: NoticeMessage,
) -> None:
    """A new comment: an edit of one that stands calls nobody."""
    repository, number = await _find_pull(ctx, subscription)
    people = await ctx.notices.load_followers(repository.repo_id, number)
    body = render_mention(message.id, records, people, ctx.options.command_prefix)
    await ctx.github.post_comment(repository, number, body)


async def _find_pull(ctx: Context, subscription: Subscription) -> tuple[Repository, int]:
    repo_id, number = find_followed_pull(subscription.name) or (0, 0)
    repository = await ctx.builds.load_repository(repo_id)
    if repository is None:
        raise Refused("the repository is not known any more")
    return repository, number
