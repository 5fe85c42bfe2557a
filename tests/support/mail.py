"""A real mail server on loopback: aiosmtpd, with STARTTLS and a login."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "watch", "mail-password"


@dataclass
class Post:
    """What arrived, and what is answered."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)  # by command, instead of yes
    after: Callable[[], Any] = lambda: None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        self.after()
        return "250 OK"

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any
    ) -> Any:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@asynccontextmanager
async def open_post(
    tls: ssl.SSLContext | None = None, *, from_first_byte: bool = False
) -> AsyncIterator[Post]:
    """With TLS it takes mail only after a login, and after STARTTLS unless it is so anyway."""
    post = Post()

    def make() -> SMTP:
        secured: dict[str, Any] = {}
        if tls is not None:
            secured = {
                **({} if from_first_byte else {"tls_context": tls, "require_starttls": True}),
                "authenticator": post.authenticate,
                "auth_require_tls": not from_first_byte,  # which aiosmtpd does not know of
                "auth_required": True,
            }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a login without STARTTLS is unsafe
            return SMTP(post, hostname="mail.example.org", **secured)

    server = await asyncio.get_running_loop().create_server(
        make, "127.0.0.1", 0, ssl=tls if from_first_byte else None
    )
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
