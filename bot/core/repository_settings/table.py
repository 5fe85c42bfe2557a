"""The one table of what may stand in the file: the parser, the page and the schema are made of it.

In: nothing. Out: `ROWS`. A value comes as TOML gives it; the words of an error follow its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.model import IncidentState
from bot.core.model.request_options import RequestMode
from bot.core.model.tracker import TrackerMode
from bot.core.policy.threshold_settings import MEANINGS, POLICIES, parse_threshold
from bot.core.policy.thresholds import DEFAULT_POLICY, EAGER_POLICY
from bot.core.repository_settings.known_flaky import parse_listed_pattern
from bot.core.repository_settings.values import (
    LONGEST_ADDRESS,
    LONGEST_ITEM,
    MOST_ITEMS,
    MOST_LISTS,
    one_of,
    parse_few_texts,
    parse_names,
    parse_own_prefix,
    parse_page,
    parse_paths,
    parse_small_texts,
    parse_some_names,
    parse_some_texts,
    parse_text,
    parse_texts,
    parse_title,
    some_of,
    whole_number,
)

_MOST_HOURS = 720  # a month: nobody is helped by a reminder after that

Schema = Mapping[str, object]

_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_ITEM}
_TEXTS: Schema = {"type": "array", "items": _TEXT, "maxItems": MOST_ITEMS}
_FEW_TEXTS: Schema = {**_TEXTS, "maxItems": MOST_LISTS}
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


def _between(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


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
        parse_some_texts,
        '["stable"]',
    ),
    Row(
        "",
        "policy",
        "How sure we must be: `careful`, `default` or `eager`.",
        {"enum": list(POLICIES)},
        one_of(POLICIES),
        '"careful"',
    ),
    Row(
        "",
        "command_prefix",
        "What commands in comments begin with.",
        _TEXT,
        parse_own_prefix,
        '"/buildbot"',
    ),
    Row(
        "",
        "page",
        "The project's own page about its builders; comments link to it.",
        {"type": "string", "format": "uri", "pattern": "^https://", "maxLength": LONGEST_ADDRESS},
        parse_page,
        '"https://devguide.example.org/buildbots"',
    ),
    Row(
        "",
        "quiet_branches",
        "Branches that nothing is said of; `*` at the end stands for any end.",
        _TEXTS,
        parse_names,
        '["3.9", "release/*"]',
    ),
    Row(
        "",
        "reminder_hours",
        "Hours after which a confirmed culprit without a fix is told of once more; 0: never.",
        _between(0, _MOST_HOURS),
        whole_number(0, _MOST_HOURS),
        "24",
    ),
    Row(
        "opt_out",
        "labels",
        "Pulls with one of these labels get no comment.",
        _TEXTS,
        parse_small_texts,
        '["skip buildbots"]',
    ),
    Row(
        "opt_out",
        "authors",
        "Pulls of these people or bots get no comment.",
        _TEXTS,
        parse_small_texts,
        '["dependabot[bot]"]',
    ),
    Row(
        "requests",
        "builds",
        "Builds that are asked of Buildbot for this repository: `off`, `people` or `auto`.",
        {"enum": list(RequestMode)},
        one_of(RequestMode),
        '"people"',
    ),
    Row(
        "requests",
        "builders",
        "Only these builders are asked; `*` at the end stands for any end.",
        _TEXTS,
        parse_names,
        '["AMD64 *"]',
    ),
    Row(
        "requests",
        "share",
        "Per cent of a builder's time, of each one, that may be ours.",
        _between(0, 50),
        whole_number(0, 50),
        "10",
    ),
    Row(
        "requests",
        "per_day",
        "After so many builds in a day, whoever asked for them, none is asked for here.",
        _between(0, 10_000),
        whole_number(0, 10_000),
        "20",
    ),
    Row(
        "requests",
        "bisect_builds",
        "Builds that one `bisect` may spend.",
        _between(1, 100),
        whole_number(1, 100),
        "4",
    ),
    Row(
        "notices",
        "subscribe",
        "Subscriptions that the service offers to repositories, by name: they hear of this one.",
        _TEXTS,
        parse_texts,
        '["core-devs"]',
    ),
    Row(
        "notices",
        "mute",
        "Subscriptions that hear nothing of this repository; `*` at the end stands for any end.",
        _TEXTS,
        parse_names,
        '["chat-*"]',
    ),
    Row(
        "notices",
        "branches",
        "Only of these branches anything is told elsewhere than on a pull; `*` as before.",
        _SOME_TEXTS,
        parse_some_names,
        '["main", "3.*"]',
    ),
    Row(
        "notices",
        "states",
        "Only that an incident comes to one of these states is told elsewhere than on a pull.",
        {**_SOME_TEXTS, "items": {"enum": list(IncidentState)}},
        some_of(IncidentState),
        '["open", "fixed"]',
    ),
    Row(
        "tracker",
        "mode",
        "What may be done in the issue tracker: `off`, `link`, `ask` or `auto`; no more than the"
        " service allows.",
        {"enum": list(TrackerMode)},
        one_of(TrackerMode),
        '"ask"',
    ),
    Row(
        "tracker",
        "labels",
        "Labels of our issues, and of those that are looked through.",
        _TEXTS,
        parse_texts,
        '["type-bug", "tests"]',
    ),
    Row(
        "tracker",
        "title",
        "The title of our issues, with `{test}`, `{fails}` and `{where}`.",
        _TEXT,
        parse_title,
        '"{test} {fails} on {where}"',
    ),
    Row(
        "tracker",
        "heading",
        "The heading of their body, as the project's form has it.",
        _TEXT,
        parse_text,
        '"Bug report"',
    ),
    Row(
        "tracker",
        "close_after",
        "Green builds after which our issue is closed; 0: people close it.",
        _between(0, 10_000),
        whole_number(0, 10_000),
        "50",
    ),
    Row(
        "known_flaky",
        "files",
        "Files here that list flaky tests, one name a line; nobody is accused for these.",
        _FEW_TEXTS,
        parse_paths,
        '["tests/flaky.txt"]',
    ),
    Row(
        "known_flaky",
        "pattern",
        "What finds a name in a line of such a file: an expression of RE2 with one group.",
        _TEXT,
        lambda value: parse_listed_pattern(parse_text(value)),
        "'^flaky: (\\S+)'",
    ),
    Row(
        "known_flaky",
        "labels",
        "Labels of open issues here whose titles name flaky tests.",
        _FEW_TEXTS,
        parse_few_texts,
        '["flaky-test"]',
    ),
    *(
        _make_threshold(name)
        for name in MEANINGS
        if getattr(DEFAULT_POLICY, name) != getattr(EAGER_POLICY, name)
    ),
)
