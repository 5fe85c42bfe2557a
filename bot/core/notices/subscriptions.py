"""Who hears what: subscriptions, and the TOML that they are written in.

In: the text of a setting, or its file. Out: subscriptions, or `ValueError` with all that is wrong.
An address is a secret: those of webhooks hold tokens, and mail addresses are people's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum
from urllib.parse import urlsplit

from bot.core.model import IncidentState, Verdict
from bot.core.notices.schedule import Schedule, parse_schedule


class Medium(StrEnum):
    """How a notice is sent."""

    WEBHOOK = "webhook"
    MAIL = "mail"
    IRC = "irc"
    PULL = "pull"  # a comment on the pull itself: people ask for it there, and no setting does


FILTERS = ("repository", "branch", "tag", "tier", "facet", "worker", "verdict", "state")
"""What a subscription may be narrowed by; each is a list, and an empty one lets all through."""

# What is only red once or twice is mostly a flake: who wants each of them has to say so.
DEFAULT_VERDICTS = frozenset({Verdict.SUSPECTED.value, Verdict.CONFIRMED.value})

_KNOWN_WORDS: Mapping[str, frozenset[str]] = {
    "verdict": frozenset(Verdict),
    "state": frozenset(IncidentState),
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One place that hears of incidents."""

    name: str
    medium: Medium
    address: str = field(repr=False)
    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by filter
    quiet_hours: tuple[time, time] | None = None  # UTC
    is_list: bool = False  # whoever reads a mail of it may not end it for all others
    is_offered: bool = False  # only repositories whose own file takes it are told of
    report: Schedule | None = None  # it gets reports then, and hears of nothing else

    def wants(self, subject: Mapping[str, frozenset[str]]) -> bool:
        """Whether it asks for what is so; `state` is asked apart, for each notice."""
        return all(self._fits(name, subject) for name in FILTERS if name != "state")

    @property
    def hears_of_workers(self) -> bool:
        """Who asks for workers by name owns them: it hears when they are away, too."""
        return bool(self.wanted.get("worker")) and self.report is None and not self.is_offered

    def wants_worker(self, subject: Mapping[str, frozenset[str]]) -> bool:
        """Whether it asks for a worker; no repository, branch or verdict is a worker's."""
        return all(self._fits(name, subject) for name in ("worker", "tag", "tier", "facet"))

    def wants_repository(self, full_name: str) -> bool:
        """Whether it asks for a repository, whatever happens in it."""
        return self._fits("repository", {"repository": frozenset({full_name})})

    def _fits(self, name: str, subject: Mapping[str, frozenset[str]]) -> bool:
        wanted = self.wanted.get(name, frozenset()) or self._find_usual(name)
        return not wanted or any(_is_one(have, wanted) for have in subject.get(name, ()))

    def _find_usual(self, name: str) -> frozenset[str]:
        """What it hears of where it does not say; who owns a worker, also of the machine's own."""
        if name != "verdict":
            return frozenset()
        owns = bool(self.wanted.get("worker"))
        return DEFAULT_VERDICTS | ({Verdict.ENVIRONMENT.value} if owns else set())

    def narrow(self, name: str, values: Collection[str]) -> Subscription | None:
        """The same with a filter that lets only these through, of what it lets through; of no
        values as it is. None: nothing is left.
        """
        if not values:
            return self
        before = self.wanted.get(name)
        left = frozenset(values) & before if before else frozenset(values)
        return replace(self, wanted={**self.wanted, name: left}) if left else None

    def may_hear(self, repository: str, *, is_private: bool) -> bool:
        """What is private is told only where its repository is asked for by its whole name."""
        names = {name.lower() for name in self.wanted.get("repository", ())}
        return not is_private or repository.lower() in names

    def wants_state(self, state: IncidentState) -> bool:
        """Whether it is told when an incident comes to this state."""
        wanted = self.wanted.get("state", frozenset())
        return not wanted or state.value in wanted


def _is_one(have: str, wanted: Iterable[str]) -> bool:
    """One that ends with * means all that begin so; capitals do not count."""
    small = have.lower()
    return any(
        small.startswith(w[:-1].lower()) if w.endswith("*") else small == w.lower() for w in wanted
    )


# ---------------------------------------------------------------- the text

_MOST = 100  # subscriptions
_MOST_ITEMS = 100  # of a list
_LONGEST_ITEM = 250
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?", re.ASCII)


def parse_subscriptions(text: str) -> tuple[Subscription, ...]:
    """Those of a text in TOML, by `[[subscriptions]]`; raises `ValueError`."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"is not TOML: {error}") from error
    rows = document.pop("subscriptions", None)
    if document or not isinstance(rows, list) or not rows:
        raise ValueError("must hold [[subscriptions]], and nothing beside them")
    if len(rows) > _MOST:
        raise ValueError(f"may hold at most {_MOST} subscriptions")
    problems: list[str] = []
    found: list[Subscription] = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(_parse_row(row))
        except ValueError as error:
            problems.append(f"number {number} {error}")
    names = [subscription.name for subscription in found]
    problems += [f"has {n} twice" for n in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(found)


def _parse_row(row: object) -> Subscription:
    if not isinstance(row, Mapping):
        raise ValueError("is no table")
    known = {"name", "quiet_hours", "list", "offered", "report", *_CHECKS, *FILTERS}
    if unknown := sorted(set(row) - known):
        shown = "".join(c if c.isprintable() else "?" for c in unknown[0][:50])
        raise ValueError(f"has no setting {shown}; there are {', '.join(sorted(known))}")
    name = row.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError("needs a name of at most 50 small letters, digits and hyphens")
    media = [medium for medium in _CHECKS if medium in row]
    if len(media) != 1:
        raise ValueError(f"({name}) needs one of {', '.join(_CHECKS)}")
    address = row[media[0]]
    if not isinstance(address, str) or (wrong := _CHECKS[media[0]](address)):
        raise ValueError(f"({name}) must have a {media[0]} that {wrong or 'is a text'}")
    is_list = row.get("list", False)
    if not isinstance(is_list, bool) or (is_list and media[0] is not Medium.MAIL):
        raise ValueError(f"({name}) list must be true or false, and is for mail")
    is_offered = row.get("offered", False)
    if not isinstance(is_offered, bool):
        raise ValueError(f"({name}) offered must be true or false")
    wanted = {f: _parse_list(f"({name}) {f}", f, row[f]) for f in FILTERS if f in row}
    hours = _parse_hours(name, row.get("quiet_hours"))
    report = _parse_report(name, row)
    return Subscription(name, media[0], address, wanted, hours, is_list, is_offered, report)


def _parse_list(title: str, name: str, value: object) -> frozenset[str]:
    items = value if isinstance(value, list) else [value]
    if not items or len(items) > _MOST_ITEMS:
        raise ValueError(f"{title} must be a list of 1 to {_MOST_ITEMS} texts")
    if not all(isinstance(item, str) and 0 < len(item) <= _LONGEST_ITEM for item in items):
        raise ValueError(f"{title} must be a list of texts of at most {_LONGEST_ITEM} letters")
    known = _KNOWN_WORDS.get(name)
    if known is not None and (unknown := sorted(set(items) - known)):
        shown = "".join(c if c.isprintable() else "?" for c in unknown[0][:50])
        raise ValueError(f"{title} must be among {', '.join(sorted(known))}, not {shown}")
    return frozenset(items)


def _parse_report(name: str, row: Mapping[str, object]) -> Schedule | None:
    if "report" not in row:
        return None
    if beside := sorted(set(row) & {"offered", *FILTERS} - {"repository"}):
        raise ValueError(f"({name}) report has no {beside[0]}: it is about whole repositories")
    try:
        return parse_schedule(row["report"])
    except ValueError as error:
        raise ValueError(f"({name}) report {error}") from None


def _parse_hours(name: str, value: object) -> tuple[time, time] | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", value if isinstance(value, str) else "", re.ASCII)
    hours = [int(part) for part in found.groups()] if found else []
    if not hours or hours[0] == hours[1] or max(hours) > 23:
        raise ValueError(f"({name}) quiet_hours must be two hours of a day in UTC, such as 22-6")
    return time(hours[0]), time(hours[1])


def _check_webhook(address: str) -> str | None:
    """What it should be, if it is not."""
    if not re.fullmatch(r"[!-~]{1,2000}", address):
        return "is an address of plain letters"
    try:
        parts = urlsplit(address)
        _ = parts.port  # a property that checks
    except ValueError:
        return "is an address"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "is an http(s) address"
    return "holds no user name or password" if parts.username or parts.password else None


_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)


def check_mail(address: str) -> str | None:
    """What it should be, if it is not."""
    return None if _MAIL.fullmatch(address) else "is one mail address, and nothing beside it"


_CHANNEL = re.compile(r"[#&][!-+\--9;-~]{1,49}")


def _check_irc(address: str) -> str | None:
    return None if _CHANNEL.fullmatch(address) else "is one channel, such as #builds"


_CHECKS: Mapping[Medium, Callable[[str], str | None]] = {
    Medium.WEBHOOK: _check_webhook,
    Medium.MAIL: check_mail,
    Medium.IRC: _check_irc,
}


def list_secrets(subscriptions: Iterable[Subscription]) -> Iterator[str]:
    """What of them must never be shown."""
    for subscription in subscriptions:
        if subscription.medium is Medium.MAIL:
            yield subscription.address
        if subscription.medium is Medium.WEBHOOK:
            parts = urlsplit(subscription.address)
            yield subscription.address
            yield from (p for p in (*parts.path.split("/"), parts.query) if len(p) >= 16)
