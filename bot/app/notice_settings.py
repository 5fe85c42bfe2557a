"""The settings of notices: text in, `NoticeOptions` out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app.setting import Setting
from bot.core.notices.subscriptions import Subscription, list_secrets, parse_subscriptions

_LARGEST = 256 * 1024


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
)


@dataclass(frozen=True, slots=True)
class NoticeOptions:
    """Who hears of changes, and how they are reached."""

    subscriptions: tuple[Subscription, ...] = ()
    webhook_secret: str | None = field(default=None, repr=False)
    webhook_private_hosts: frozenset[str] = frozenset()

    @property
    def secrets(self) -> Iterator[str]:
        """What must never leave this process."""
        yield from list_secrets(self.subscriptions)
        yield from (s for s in (self.webhook_secret,) if s)


def make_notice_options(values: Mapping[str, Any]) -> NoticeOptions:
    """The options, from the values of these settings by name."""
    return NoticeOptions(
        subscriptions=values["SUBSCRIPTIONS"] or (),
        webhook_secret=values["WEBHOOK_SECRET"],
        webhook_private_hosts=values["WEBHOOK_PRIVATE_HOSTS"],
    )
