"""The media that notices go by, opened as the settings say.

In: settings. Out: a sender for each medium that somebody subscribed by.
"""

from contextlib import AsyncExitStack

from bot.app.settings import Settings
from bot.clients.notices.webhook import open_webhooks
from bot.core.notices.subscriptions import Medium
from bot.core.ports import Clock, NoticeSender


async def open_senders(
    settings: Settings, clock: Clock, stack: AsyncExitStack
) -> dict[Medium, NoticeSender]:
    """What they open is closed with the stack."""
    options = settings.notices
    wanted = {subscription.medium for subscription in options.subscriptions}
    senders: dict[Medium, NoticeSender] = {}
    if Medium.WEBHOOK in wanted:
        senders[Medium.WEBHOOK] = await open_webhooks(
            clock, stack, secret=options.webhook_secret, own=options.webhook_private_hosts
        )
    return senders
