"""The media that notices go by, opened as the settings say.

In: settings. Out: a sender for each medium that somebody subscribed by.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from bot.app.settings import Settings
from bot.clients.notices.irc import IrcSender
from bot.clients.notices.mail import MailSender
from bot.clients.notices.webhook import open_webhooks
from bot.core.notices.subscriptions import Medium, Subscription
from bot.core.ports import Clock, NoticeSender
from bot.web.unsubscribe import make_way_out


async def open_senders(
    settings: Settings,
    clock: Clock,
    stack: AsyncExitStack,
    *,
    stays: bool = False,
    tell_status: Callable[[], Awaitable[str]] | None = None,
) -> dict[Medium, NoticeSender]:
    """What they open is closed with the stack. `stays`: on IRC, until then."""
    options = settings.notices
    wanted = {subscription.medium for subscription in options.subscriptions}
    senders: dict[Medium, NoticeSender] = {}
    if Medium.WEBHOOK in wanted:
        senders[Medium.WEBHOOK] = await open_webhooks(
            clock, stack, secret=options.webhook_secret, own=options.webhook_private_hosts
        )
    if Medium.MAIL in wanted and options.mail is not None:
        senders[Medium.MAIL] = MailSender(options.mail, clock, _make_way_outs(settings))
    if Medium.IRC in wanted and options.irc is not None:
        irc = IrcSender(options.irc, tell_status=tell_status)
        senders[Medium.IRC] = irc
        if stays:
            irc.start()
            stack.push_async_callback(irc.close)
    return senders


def _make_way_outs(settings: Settings) -> Callable[[Subscription], str | None]:
    """Who gets mails alone may end them; one reader of a list may not, for all others."""
    secret, url = settings.notices.unsubscribe_secret, settings.public_url

    def find(subscription: Subscription) -> str | None:
        if secret is None or url is None or subscription.is_list:
            return None
        return make_way_out(subscription, secret, url)

    return find
