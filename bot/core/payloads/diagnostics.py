"""What `doctor` asks GitHub and Buildbot about themselves → facts.

Input: decoded JSON of an answer. Output: named facts, or `Malformed` naming the field.
Source: https://docs.github.com/en/rest/apps and
https://docs.github.com/en/rest/about-the-rest-api/api-versions
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from bot.core.payloads.fields import Field

_WORDS = 300


class Grant(NamedTuple):
    """What an App may do and hears of: as it asks for, or as an installation gave it."""

    permissions: Mapping[str, str]  # name → read, write, admin
    events: tuple[str, ...]
    suspended: bool = False


class HookDelivery(NamedTuple):
    """One attempt to deliver a webhook; attempts of one delivery share the GUID."""

    guid: str
    at: datetime
    ok: bool
    status: int  # 0: nobody answered
    words: str
    delivery_id: int = 0  # of this attempt


class Deprecation(NamedTuple):
    """The version of GitHub's API that we use is about to end; None: no date that we can read."""

    version: str
    since: datetime | None
    ends: datetime | None

    def has_ended(self, now: datetime) -> bool:
        """True from the last day on; from then on GitHub answers 410 to everything."""
        return self.ends is not None and self.ends <= now


class BuildbotSite(NamedTuple):
    """What Buildbot tells its pages."""

    version: str | None
    logged_in: bool


def parse_grant(json: object) -> Grant:
    """An App, or an installation."""
    grant = Field(json, "grant")
    permissions = grant["permissions"]
    names = permissions.value if isinstance(permissions.value, dict) else {}
    return Grant(
        permissions={str(name): permissions[name].name() for name in names},
        events=tuple(event.name() for event in grant["events"].items(1000)),
        suspended=not grant["suspended_at"].is_null,
    )


def parse_hook_url(json: object) -> str:
    """Where an App's webhooks go; empty: nowhere."""
    return Field(json, "config")["url"].name_or_none() or ""


def parse_hook_delivery(json: object) -> HookDelivery:
    """One row of an App's deliveries."""
    row = Field(json, "delivery")
    status = row["status_code"].integer(0, 999)
    return HookDelivery(
        guid=row["guid"].name(),
        at=row["delivered_at"].moment(),
        ok=200 <= status < 300,
        status=status,
        words=row["status"].prose(_WORDS),
        delivery_id=row["id"].integer(1),
    )


def parse_deprecation(headers: Mapping[str, str], version: str) -> Deprecation | None:
    """From `Deprecation` (RFC 9745, or a date as drafts had it) and `Sunset` (RFC 8594).

    None where neither says anything: the version is current.
    """
    since, ends = (headers.get(name, "").strip() for name in ("Deprecation", "Sunset"))
    if not ends and since.lower() in {"", "false"}:
        return None
    return Deprecation(version, _parse_http_date(since), _parse_http_date(ends))


def _parse_http_date(text: str) -> datetime | None:
    try:
        if text.startswith("@"):
            return datetime.fromtimestamp(int(text[1:]), UTC)
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def parse_site(json: object) -> BuildbotSite:
    """Buildbot's `/config`, since 4.0."""
    site = Field(json, "config")
    versions = {}
    if not site["versions"].is_null:
        for pair in site["versions"].items(1000):
            name, version = pair.items(10)[:2]
            versions[name.name()] = version.name()
    return BuildbotSite(version=versions.get("Buildbot"), logged_in=_is_somebody(site["user"]))


def _is_somebody(user: Field) -> bool:
    """Who is not logged in is `{"anonymous": true}`; others have a name, and no such key."""
    if not isinstance(user.value, dict):
        return False
    anonymous = user["anonymous"]
    return bool(user.value) if anonymous.is_null else not anonymous.flag()
