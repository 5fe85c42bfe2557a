"""The one table of what may stand in the file: the parser, the page and the schema are made of it.

In: nothing. Out: `ROWS`. A value comes as TOML gives it; the words of an error follow its name.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.core.model import IncidentState
from bot.core.model.command_prefix import parse_prefix
from bot.core.model.request_options import RequestMode
from bot.core.model.tracker import TrackerMode
from bot.core.policy.threshold_settings import MEANINGS, POLICIES, parse_threshold
from bot.core.policy.thresholds import DEFAULT_POLICY, EAGER_POLICY

MOST_ITEMS = 100
"""Of a list: more tags, branches or people than any project names."""

_LONGEST_ITEM = 250  # GitHub and git take no longer names
_LONGEST_ADDRESS = 300
_MOST_HOURS = 720  # a month: nobody is helped by a reminder after that

Schema = Mapping[str, object]

_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": _LONGEST_ITEM}
_TEXTS: Schema = {"type": "array", "items": _TEXT, "maxItems": MOST_ITEMS}
_SOME_TEXTS: Schema = {**_TEXTS, "minItems": 1}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting of a repository."""

    section: str  # of the file; empty: before all sections
    name: str
    meaning: str
    schema: Schema  # for editors, in JSON Schema's words
    parse: Callable[[object], object]  # raises `ValueError`
    example: str  # as it would stand in the file

    @property
    def title(self) -> str:
        """As an error names it."""
        return f"{self.section}.{self.name}" if self.section else self.name


def _parse_text(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_ITEM:
        raise ValueError(f"must be a text of 1 to {_LONGEST_ITEM} letters")
    if not value.isprintable():
        raise ValueError("must not hold control characters")
    return value


def _parse_texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise ValueError(f"must be a list of at most {MOST_ITEMS} texts")
    return tuple(dict.fromkeys(_parse_text(item) for item in value))


def _parse_some_texts(value: object) -> tuple[str, ...]:
    texts = _parse_texts(value)
    if not texts:
        raise ValueError("must name one at least: without it, the service's are taken")
    return texts


def _parse_small_texts(value: object) -> frozenset[str]:
    return frozenset(text.lower() for text in _parse_texts(value))


def _parse_names(value: object) -> tuple[str, ...]:
    names = _parse_texts(value)
    if any("*" in name[:-1] for name in names):
        raise ValueError("may hold * only at the end of a name")
    return names


def _parse_some_names(value: object) -> tuple[str, ...]:
    return _parse_names(list(_parse_some_texts(value)))


def _parse_page(value: object) -> str:
    text = _parse_text(value)
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValueError("must be an https address without a password")
    if len(text) > _LONGEST_ADDRESS or not re.fullmatch(r"[!-~]+", text):
        raise ValueError(f"must be an address of at most {_LONGEST_ADDRESS} plain letters")
    return text


def _one_of(names: Iterable[str]) -> Callable[[object], object]:
    known = tuple(map(str, names))

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return value

    return parse


def _some_of(names: Iterable[str]) -> Callable[[object], object]:
    parse_one = _one_of(names)
    return lambda value: tuple(parse_one(item) for item in _parse_some_texts(value))


def _between(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def _whole_number(least: int, most: int) -> Callable[[object], object]:
    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return parse


def _parse_own_prefix(value: object) -> str:
    return parse_prefix(_parse_text(value))


def _parse_title(value: object) -> str:
    text = _parse_text(value)
    if "{test}" not in text:
        raise ValueError("must hold {test}")
    return text


def _make_threshold(name: str) -> Row:
    """A threshold that `eager` moves may be moved as far; who is spoken to chooses no more."""
    usual, boldest = getattr(DEFAULT_POLICY, name), getattr(EAGER_POLICY, name)
    is_count = isinstance(usual, int)
    low, high = (boldest, 10 if is_count else 1.0) if boldest < usual else (0, boldest)

    def parse(value: object) -> object:
        is_number = isinstance(value, int if is_count else int | float)
        if isinstance(value, bool) or not is_number or not low <= value <= high:  # type: ignore[operator]
            kind = "whole number" if is_count else "number"
            raise ValueError(f"must be a {kind} from {low:g} to {high:g}")
        return parse_threshold(name, str(value))

    kind = "integer" if is_count else "number"
    schema = {"type": kind, "minimum": low, "maximum": high}
    return Row("thresholds", name, MEANINGS[name], schema, parse, f"{usual:g}")


ROWS = (
    Row(
        "",
        "stable_tags",
        "Builders with one of these tags may open incidents.",
        {**_TEXTS, "minItems": 1},
        _parse_some_texts,
        '["stable"]',
    ),
    Row(
        "",
        "policy",
        "How sure we must be: `careful`, `default` or `eager`.",
        {"enum": list(POLICIES)},
        _one_of(POLICIES),
        '"careful"',
    ),
    Row(
        "",
        "command_prefix",
        "What commands in comments begin with.",
        _TEXT,
        _parse_own_prefix,
        '"/buildbot"',
    ),
    Row(
        "",
        "page",
        "The project's own page about its builders; comments link to it.",
        {"type": "string", "format": "uri", "pattern": "^https://", "maxLength": _LONGEST_ADDRESS},
        _parse_page,
        '"https://devguide.example.org/buildbots"',
    ),
    Row(
        "",
        "quiet_branches",
        "Branches that nothing is said of; `*` at the end stands for any end.",
        _TEXTS,
        _parse_names,
        '["3.9", "release/*"]',
    ),
    Row(
        "",
        "reminder_hours",
        "Hours after which a confirmed culprit without a fix is told of once more; 0: never.",
        _between(0, _MOST_HOURS),
        _whole_number(0, _MOST_HOURS),
        "24",
    ),
    Row(
        "opt_out",
        "labels",
        "Pulls with one of these labels get no comment.",
        _TEXTS,
        _parse_small_texts,
        '["skip buildbots"]',
    ),
    Row(
        "opt_out",
        "authors",
        "Pulls of these people or bots get no comment.",
        _TEXTS,
        _parse_small_texts,
        '["dependabot[bot]"]',
    ),
    Row(
        "requests",
        "builds",
        "Builds that are asked of Buildbot for this repository: `off`, `people` or `auto`.",
        {"enum": list(RequestMode)},
        _one_of(RequestMode),
        '"people"',
    ),
    Row(
        "requests",
        "builders",
        "Only these builders are asked; `*` at the end stands for any end.",
        _TEXTS,
        _parse_names,
        '["AMD64 *"]',
    ),
    Row(
        "requests",
        "share",
        "Per cent of a builder's time, of each one, that may be ours.",
        _between(0, 50),
        _whole_number(0, 50),
        "10",
    ),
    Row(
        "requests",
        "per_day",
        "After so many builds in a day, whoever asked for them, none is asked for here.",
        _between(0, 10_000),
        _whole_number(0, 10_000),
        "20",
    ),
    Row(
        "requests",
        "bisect_builds",
        "Builds that one `bisect` may spend.",
        _between(1, 100),
        _whole_number(1, 100),
        "4",
    ),
    Row(
        "notices",
        "subscribe",
        "Subscriptions that the service offers to repositories, by name: they hear of this one.",
        _TEXTS,
        _parse_texts,
        '["core-devs"]',
    ),
    Row(
        "notices",
        "mute",
        "Subscriptions that hear nothing of this repository; `*` at the end stands for any end.",
        _TEXTS,
        _parse_names,
        '["chat-*"]',
    ),
    Row(
        "notices",
        "branches",
        "Only of these branches anything is told elsewhere than on a pull; `*` as before.",
        _SOME_TEXTS,
        _parse_some_names,
        '["main", "3.*"]',
    ),
    Row(
        "notices",
        "states",
        "Only that an incident comes to one of these states is told elsewhere than on a pull.",
        {**_SOME_TEXTS, "items": {"enum": list(IncidentState)}},
        _some_of(IncidentState),
        '["open", "fixed"]',
    ),
    Row(
        "tracker",
        "mode",
        "What may be done in the issue tracker: `off`, `link`, `ask` or `auto`; no more than the"
        " service allows.",
        {"enum": list(TrackerMode)},
        _one_of(TrackerMode),
        '"ask"',
    ),
    Row(
        "tracker",
        "labels",
        "Labels of our issues, and of those that are looked through.",
        _TEXTS,
        _parse_texts,
        '["type-bug", "tests"]',
    ),
    Row(
        "tracker",
        "title",
        "The title of our issues, with `{test}`, `{fails}` and `{where}`.",
        _TEXT,
        _parse_title,
        '"{test} {fails} on {where}"',
    ),
    Row(
        "tracker",
        "heading",
        "The heading of their body, as the project's form has it.",
        _TEXT,
        _parse_text,
        '"Bug report"',
    ),
    Row(
        "tracker",
        "close_after",
        "Green builds after which our issue is closed; 0: people close it.",
        _between(0, 10_000),
        _whole_number(0, 10_000),
        "50",
    ),
    *(
        _make_threshold(name)
        for name in MEANINGS
        if getattr(DEFAULT_POLICY, name) != getattr(EAGER_POLICY, name)
    ),
)
