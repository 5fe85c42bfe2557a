"""Who asks to be mentioned on a pull: what they are not told, for it is so already."""

from bot.core.commands.decision import CommandDecision
from bot.core.model import Incident, Repository
from bot.core.model.commands import UserComment
from bot.core.notices.followers import FollowChange, make_pull_subscription
from bot.reconcile.context import Context
from bot.reconcile.notice_subscriptions import make_known


async def load_followers(ctx: Context, comment: UserComment) -> tuple[str, ...]:
    """Who is mentioned on this pull by now, in small letters."""
    people = await ctx.notices.load_followers(comment.repo_id, comment.number)
    return tuple(person.lower() for person in people)


async def make_follow(
    ctx: Context, repository: Repository, comment: UserComment, decision: CommandDecision
) -> FollowChange | None:
    """What is stored of it; whoever comes first knows what stands here now."""
    if decision.follows is None:
        return None
    known = []
    if decision.follows and not await load_followers(ctx, comment):
        subscription = make_pull_subscription(comment.repo_id, comment.number)
        for incident in await _load_incidents(ctx, comment):
            known += await make_known(ctx, repository, incident, [subscription.name])
    return FollowChange(
        repo_id=comment.repo_id,
        number=comment.number,
        person=comment.author,
        since=ctx.clock.now(),
        ends=not decision.follows,
        known=tuple(known),
    )


async def _load_incidents(ctx: Context, comment: UserComment) -> list[Incident]:
    """Of which something was said on this pull."""
    ours = await ctx.incidents.load_pull_comment(comment.repo_id, comment.number)
    said = {one.incident_id for one in ours.said} if ours else set()
    return [i for i in await ctx.incidents.load_incidents(comment.repo_id) if i.id in said]
