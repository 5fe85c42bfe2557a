"""The settings of notices: text in, `NoticeOptions` out."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app.setting import Setting, WrongSettings
from bot.app.setting_parsers import one_of, parse_switch, whole_number
from bot.clients.notices.irc_registration import IrcServer
from bot.clients.notices.mail import MailServer
from bot.core.notices.subscriptions import (
    Medium,
    Subscription,
    check_mail,
    list_secrets,
    parse_subscriptions,
)

_LARGEST = 256 * 1024
_MAIL_PORTS = {"starttls": 587, "tls": 465, "off": 25}


def _parse_subscriptions(text: str) -> tuple[Subscription, ...]:
    """TOML, or the path of a file that holds it."""
    if "\n" not in text and "=" not in text:
        try:
            path = Path(text).expanduser()
            if path.stat().st_size > _LARGEST:
                raise ValueError(f"names a file of more than {_LARGEST} bytes")
            text = path.read_text()
        except OSError as error:
            raise ValueError("is neither TOML nor the path of a file that can be read") from error
        except UnicodeDecodeError as error:
            raise ValueError("names a file that is not in UTF-8") from error
    return parse_subscriptions(text)


def _parse_hosts(text: str) -> frozenset[str]:
    return frozenset(host.strip().lower() for host in text.split(",") if host.strip())


def _parse_mail(text: str) -> str:
    if wrong := check_mail(text):
        raise ValueError(f"must be what {wrong}")
    return text


def _parse_server(text: str) -> tuple[str, int | None]:
    """`host` or `host:port`."""
    host, colon, port = text.partition(":")
    fits = host and (not colon or (port.isascii() and port.isdigit() and int(port) < 65536))
    if not fits or not host.isprintable() or " " in host:
        raise ValueError("must look like host or host:port")
    return host, int(port) if port else None


def _parse_nick(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_\[\]\\^{}|`][A-Za-z0-9_\[\]\\^{}|`-]{0,29}", text):
        raise ValueError("must be a nick of at most 30 letters")
    return text


NOTICE_SETTINGS = (
    Setting(
        "SUBSCRIPTIONS",
        None,
        "Who hears of changes elsewhere than on a pull: TOML, or the path of a file of it;"
        " docs/notices.md.",
        _parse_subscriptions,
        secret=True,
    ),
    Setting("WEBHOOK_SECRET", None, "Signs the webhooks that we send.", secret=True),
    Setting(
        "WEBHOOK_PRIVATE_HOSTS",
        "",
        "Hosts (commas between them) that webhooks may go to though their addresses are private,"
        " and without TLS.",
        _parse_hosts,
    ),
    Setting("SMTP_HOST", None, "The server that takes our mail."),
    Setting("SMTP_PORT", None, "Its port; 587, with `tls` 465.", whole_number(1, 65535)),
    Setting(
        "SMTP_TLS",
        "starttls",
        "`starttls`, `tls` (from the first byte), or `off`: on this machine only, and without a"
        " password.",
        one_of(*_MAIL_PORTS),
    ),
    Setting("SMTP_USERNAME", None, "Log in to it; with the password."),
    Setting("SMTP_PASSWORD", None, "The password for that.", secret=True),
    Setting("MAIL_FROM", None, "The address that our mail comes from.", _parse_mail),
    Setting("IRC_SERVER", None, "The IRC server, with its port or without.", _parse_server),
    Setting(
        "IRC_TLS", "1", "`0` is for this machine itself, and without a password.", parse_switch
    ),
    Setting("IRC_NICK", "nightswatch", "Our name there.", _parse_nick),
    Setting("IRC_ACCOUNT", None, "Log in by SASL; with the password."),
    Setting("IRC_PASSWORD", None, "The password for that.", secret=True),
    Setting(
        "UNSUBSCRIBE_SECRET",
        None,
        "With it and `PUBLIC_URL`, mail holds an address that ends its subscription.",
        secret=True,
    ),
)


@dataclass(frozen=True, slots=True)
class NoticeOptions:
    """Who hears of changes, and how they are reached."""

    subscriptions: tuple[Subscription, ...] = ()
    webhook_secret: str | None = field(default=None, repr=False)
    webhook_private_hosts: frozenset[str] = frozenset()
    mail: MailServer | None = None
    irc: IrcServer | None = None
    unsubscribe_secret: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> Iterator[str]:
        """What must never leave this process."""
        yield from list_secrets(self.subscriptions)
        logins = (self.mail, self.irc)
        passwords = (login.password for login in logins if login is not None)
        yield from (s for s in (self.webhook_secret, *passwords, self.unsubscribe_secret) if s)


def make_notice_options(values: Mapping[str, Any]) -> NoticeOptions:
    """The options, from the values of these settings by name; raises `WrongSettings`."""
    problems = [words for is_wrong, words in _CONTRADICTIONS if is_wrong(values)]
    if problems:
        raise WrongSettings(problems)
    return NoticeOptions(
        subscriptions=values["SUBSCRIPTIONS"] or (),
        webhook_secret=values["WEBHOOK_SECRET"],
        webhook_private_hosts=values["WEBHOOK_PRIVATE_HOSTS"],
        mail=_make_mail_server(values) if values["SMTP_HOST"] and values["MAIL_FROM"] else None,
        irc=_make_irc_server(values) if values["IRC_SERVER"] else None,
        unsubscribe_secret=values["UNSUBSCRIBE_SECRET"],
    )


def _make_mail_server(values: Mapping[str, Any]) -> MailServer:
    return MailServer(
        host=values["SMTP_HOST"],
        port=values["SMTP_PORT"] or _MAIL_PORTS[values["SMTP_TLS"]],
        tls=values["SMTP_TLS"],
        sender=values["MAIL_FROM"],
        username=values["SMTP_USERNAME"],
        password=values["SMTP_PASSWORD"],
    )


def _make_irc_server(values: Mapping[str, Any]) -> IrcServer:
    host, port = values["IRC_SERVER"]
    channels = (s.address for s in values["SUBSCRIPTIONS"] or () if s.medium is Medium.IRC)
    return IrcServer(
        host=host,
        port=port or (6697 if values["IRC_TLS"] else 6667),
        tls=values["IRC_TLS"],
        nick=values["IRC_NICK"],
        channels=tuple(dict.fromkeys(channels)),
        account=values["IRC_ACCOUNT"],
        password=values["IRC_PASSWORD"],
    )


# ---------------------------------------------------------------- what goes together


def _uses(medium: Medium, values: Mapping[str, Any]) -> bool:
    return any(s.medium is medium for s in values["SUBSCRIPTIONS"] or ())


def is_loopback(host: str) -> bool:
    """Whether it is this machine itself: nobody listens on the way."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_Wrong = Callable[[Mapping[str, Any]], bool]

_CONTRADICTIONS: tuple[tuple[_Wrong, str], ...] = (
    (
        lambda v: _uses(Medium.MAIL, v) and not v["SMTP_HOST"],
        "SMTP_HOST is missing: a subscription by mail needs it",
    ),
    (
        lambda v: _uses(Medium.MAIL, v) and not v["MAIL_FROM"],
        "MAIL_FROM is missing: a subscription by mail needs it",
    ),
    (
        lambda v: (v["SMTP_USERNAME"] is None) != (v["SMTP_PASSWORD"] is None),
        "SMTP_USERNAME and SMTP_PASSWORD make sense only together",
    ),
    (
        lambda v: (
            v["SMTP_TLS"] == "off"
            and v["SMTP_HOST"] is not None
            and (not is_loopback(v["SMTP_HOST"]) or v["SMTP_PASSWORD"] is not None)
        ),
        "SMTP_TLS may be off for this machine itself only, and without a password",
    ),
    (
        lambda v: _uses(Medium.IRC, v) and not v["IRC_SERVER"],
        "IRC_SERVER is missing: a subscription by IRC needs it",
    ),
    (
        lambda v: (v["IRC_ACCOUNT"] is None) != (v["IRC_PASSWORD"] is None),
        "IRC_ACCOUNT and IRC_PASSWORD make sense only together",
    ),
    (
        lambda v: (
            not v["IRC_TLS"]
            and v["IRC_SERVER"] is not None
            and (not is_loopback(v["IRC_SERVER"][0]) or v["IRC_PASSWORD"] is not None)
        ),
        "IRC_TLS may be 0 for this machine itself only, and without a password",
    ),
)
