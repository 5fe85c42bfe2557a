"""Notices as e-mail: plain text, one thread for each incident, and no password without TLS.

In: a subscription's address and a message. Out: taken by the server, `Unavailable` to be tried
again, or `Refused` for good. What a retry sends is the same mail, by its Message-ID.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

import aiosmtplib

from bot.clients.http_responses import describe
from bot.core.errors import Refused, Unavailable
from bot.core.notices.subscriptions import Subscription
from bot.core.notices.words import NoticeMessage, strip_controls
from bot.core.ports import Clock

STEP_SECONDS = 20.0
"""For each answer of the server; a whole mail has three times as long."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    tls: str  # "starttls", "tls" or "off"
    sender: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class MailSender:
    """Implements `ports.NoticeSender`; `find_way_out` knows how a subscription is ended."""

    def __init__(
        self,
        server: MailServer,
        clock: Clock,
        find_way_out: Callable[[Subscription], str | None],
        *,
        tls_context: ssl.SSLContext | None = None,
        step_seconds: float = STEP_SECONDS,
    ) -> None:
        self._server = server
        self._clock = clock
        self._find_way_out = find_way_out
        self._tls_context = tls_context
        self._step_seconds = step_seconds

    async def send(self, subscription: Subscription, message: NoticeMessage) -> None:
        """One mail to one address."""
        mail = self._make_mail(subscription, message)

        async def hand_in(client: aiosmtplib.SMTP) -> None:
            await client.send_message(
                mail, sender=self._server.sender, recipients=[subscription.address]
            )

        await self._talk(hand_in)

    async def check(self, _subscriptions: Sequence[Subscription]) -> str:
        """Log in and out again; in a few words what there is."""

        async def ask(client: aiosmtplib.SMTP) -> None:
            await client.noop()

        await self._talk(ask)
        return f"{self._server.host} takes mail from {self._server.sender}"

    async def _talk(self, work: Callable[[aiosmtplib.SMTP], Awaitable[None]]) -> None:
        """On a connection of its own, with an end to the whole; errors are ours."""
        try:
            async with asyncio.timeout(3 * self._step_seconds):
                async with self._make_client() as client:
                    await work(client)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise translate(error) from None

    def _make_client(self) -> aiosmtplib.SMTP:
        """STARTTLS where it is set, or nothing is sent: the default would send passwords in clear.

        Source: https://aiosmtplib.readthedocs.io/en/stable/encryption.html
        """
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username if server.tls != "off" else None,
            password=server.password if server.tls != "off" else None,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=self._tls_context,
            timeout=self._step_seconds,
        )

    def _make_mail(self, subscription: Subscription, message: NoticeMessage) -> EmailMessage:
        """Headers by RFC 5322, 2919 (lists), 3834 (no automatic replies) and 8058 (one click)."""
        domain = Address(addr_spec=self._server.sender).domain or "localhost"
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["From"] = self._server.sender
        mail["To"] = subscription.address
        mail["Subject"] = strip_controls(message.subject)
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        if message.thread is not None:
            # Nobody ever sent it: what refers to it stands together all the same, and nothing has
            # to be remembered of the first.
            root = f"<incident.{message.thread}@{domain}>"
            mail["In-Reply-To"] = root
            mail["References"] = root
        mail["List-Id"] = f"Night's Watch <{subscription.name}.nightswatch.{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        way_out = self._find_way_out(subscription)
        text = f"{message.text}\n\n-- \nNight's Watch, subscription {subscription.name}\n"
        if way_out is not None:
            mail["List-Unsubscribe"] = f"<{way_out}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            text += f"Unsubscribe: {way_out}\n"
        mail.set_content(text, charset="utf-8")
        return mail


def translate(error: BaseException) -> Unavailable | Refused:
    """Their own texts may quote addresses, which are people's, and our password."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _judge(max((one.code for one in error.recipients), default=450), "the address")
    # Whoever mends the password, or what keeps us from talking at all, finds what waited.
    passing = aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPConnectError
    if isinstance(error, aiosmtplib.SMTPResponseException) and not isinstance(error, passing):
        return _judge(error.code, "the mail")
    return Unavailable(_name(error))


def _name(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"the mail server does not take our login ({error.code})"
    if isinstance(error, TimeoutError):
        return "the mail server does not answer in time"
    if isinstance(error, OSError):
        return f"the mail server cannot be reached: {describe(error.__cause__ or error)}"
    if "STARTTLS" in str(error):
        return "the mail server offers no STARTTLS: nothing was sent"
    return f"the mail server and we do not agree: {type(error).__name__}"


def _judge(code: int, what: str) -> Unavailable | Refused:
    words = f"the mail server does not take {what} ({code})"
    return Refused(words, code) if code >= 500 else Unavailable(words)
