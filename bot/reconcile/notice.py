"""The reconciler of `notice/…` keys: what is to be told of an incident, and what is to be sent.

In: the key of an incident, or of a subscription. Out: notices in the outbox; or one message on its
way. Of one subscription one key is worked on at a time, so that two instances send one message.
"""

from bot.core.notices.notice import find_subscription
from bot.core.ports import Lease, Result
from bot.reconcile.context import Context
from bot.reconcile.notice_decisions import decide_about_incident
from bot.reconcile.notice_delivery import deliver
from bot.reconcile.pending_posts import PendingPosts


class NoticeReconciler:
    """Decides what is told, and sends it."""

    def __init__(self) -> None:
        self._pending_posts = PendingPosts()

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """By the name of the key: decide about an incident, or send to a subscription."""
        subscription = find_subscription(lease.key.name)
        if subscription is None:
            return await decide_about_incident(ctx, lease)
        return await deliver(ctx, subscription, lease, self._pending_posts)
