"""Read a project's own file of rules: bytes in; a format, or everything that is wrong with it, out.

Whoever runs the service writes it, and it is read at every start: what is too large, no TOML or
not to be trusted with a log is an error in one line that names the rule. Nothing in it raises.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from string import Formatter
from typing import Any

from bot.core.log_reading import Kind
from bot.core.log_rules import Meaning, ProjectFormat, ProjectRule
from bot.core.patterns import compile_linear, linear
from bot.logs.formats import FORMATS

LARGEST = 65_536
"""Bytes. Fifty rules with their examples have a fifth of it."""

_MOST_RULES = 50
_MOST_PROBLEMS = 20  # people mend the first ones first
_NAME = re.compile(r"[a-z][a-z0-9_.+-]{1,39}")
_LONGEST = 500  # of patterns, examples and commands
# Each hit of a needle costs microseconds, and two letters hit every line.
_SHORTEST_NEEDLE, _LONGEST_NEEDLE = 3, 100
_MOST_LINES = 100
# RE2 takes linear time, and for each letter up to the size of its program: past this a line of
# 4096 letters takes tens of milliseconds instead of one, for `(a?){500}` 190.
_LARGEST_PROGRAM = 1500
_TOP = ("name", "reproduce", "stop", "cause", "rule")
_RULE = ("means", "needle", "pattern", "example", "kind", "above", "below")
_TAKEN = frozenset(form.suite for form in FORMATS)
# A failure of which nothing is known is no use to write down.
KINDS = tuple(str(kind) for kind in Kind if kind is not Kind.UNKNOWN)
MEANINGS = tuple(str(meaning) for meaning in Meaning)
_PLACE = frozenset({"text", "path", "line"})
# What a pattern must name, and what it may.
_GROUPS: dict[Meaning, tuple[frozenset[str], frozenset[str]]] = {
    Meaning.FAILED: (frozenset({"id"}), _PLACE | {"scope"}),
    Meaning.PROBLEM: (frozenset(), _PLACE),
    Meaning.SCOPE: (frozenset({"scope"}), frozenset()),
    Meaning.BEGINS: (frozenset(), frozenset()),
    Meaning.ENDS: (frozenset(), frozenset()),
    Meaning.SEED: (frozenset({"seed"}), frozenset()),
}
_FIELDS = frozenset({"id", "ids", "seed"})
_HOSTILE = "a b'c\"$(d)`e`"


@dataclass(frozen=True, slots=True)
class ParsedRules:
    """What a file says; with `problems` there is no format."""

    format: ProjectFormat | None
    problems: tuple[str, ...] = ()


def parse_rules(content: bytes) -> ParsedRules:
    """The format that a file describes; never raises, whatever it holds."""
    try:
        document = _read(content)
    except ValueError as error:
        return ParsedRules(None, (str(error),))
    problems = list(_check_top(document))
    rules = []
    for number, row in enumerate(_find_rows(document), 1):
        if not isinstance(row, Mapping):
            problems.append(f"rule {number}: it must be a table, `[[rule]]`")
            continue
        wrong = list(_check_rule(row))
        problems += [f"rule {number}: {said}" for said in wrong]
        if not wrong:
            rules.append(_make_rule(row))
    if not problems and not any(r.means in (Meaning.FAILED, Meaning.PROBLEM) for r in rules):
        problems.append("no rule means `failed` or `problem`: nothing would ever be found")
    if problems:
        return ParsedRules(None, tuple(problems[:_MOST_PROBLEMS]))
    texts = {key: document.get(key) for key in ("reproduce", "stop", "cause")}
    return ParsedRules(ProjectFormat(document["name"], tuple(rules), **texts))


def _read(content: bytes) -> Mapping[str, Any]:
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST} bytes, which are the most that are read")
    try:
        text = content.decode()
        # A key of many parts costs the reader of TOML their square.
        if any(line.count(".") > _LONGEST for line in text.splitlines()):
            raise ValueError(f"a line holds more than {_LONGEST} dots")
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ValueError("it is not in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {error}") from error
    except RecursionError as error:
        raise ValueError("its values are nested too deeply") from error


def _find_rows(document: Mapping[str, Any]) -> list[Any]:
    rows = document.get("rule")
    return rows[:_MOST_RULES] if isinstance(rows, list) else []


def _check_top(document: Mapping[str, Any]) -> Iterator[str]:
    yield from _find_unknown(document, _TOP)
    name, rows = document.get("name"), document.get("rule")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield "`name` must be a word of small letters, digits and `_.+-` that begins with a letter"
    elif name in _TAKEN:
        yield f"`name`: {name} is a format of ours; take another name"
    if not isinstance(rows, list) or not rows:
        yield "it has no `[[rule]]`"
    elif len(rows) > _MOST_RULES:
        yield f"it has {len(rows)} rules; at most {_MOST_RULES} are read"
    for key in ("stop", "cause"):
        if key in document:
            yield from _check_pattern(key, document[key], frozenset(), _PLACE)
    if "reproduce" in document:
        yield from _check_reproduce(document["reproduce"])


def _find_unknown(table: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    for name in table:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"is `{near[0]}` meant?" if near else f"known are {', '.join(known)}"
            yield f"nothing reads `{name[:40]}`: {hint}"


def _check_rule(row: Mapping[str, Any]) -> Iterator[str]:
    yield from _find_unknown(row, _RULE)
    means = row.get("means")
    if means not in MEANINGS:
        yield f"`means` must be one of {', '.join(MEANINGS)}"
        return
    for key in ("above", "below"):
        lines = row.get(key, 0)
        if type(lines) is not int or not 0 <= lines <= _MOST_LINES:
            yield f"`{key}` must be a whole number from 0 to {_MOST_LINES}"
    yield from _check_kind(Meaning(means), row)
    wrong = [
        *_check_needle(row.get("needle")),
        *_check_pattern("pattern", row.get("pattern"), *_GROUPS[Meaning(means)]),
    ]
    yield from wrong
    if not wrong:
        yield from _check_together(row["needle"], row["pattern"], row.get("example"))


def _check_kind(means: Meaning, row: Mapping[str, Any]) -> Iterator[str]:
    if "kind" not in row:
        if means is Meaning.PROBLEM:
            yield f"a problem needs its `kind`: one of {', '.join(KINDS)}"
    elif means not in (Meaning.FAILED, Meaning.PROBLEM):
        yield f"`kind` is for `failed` and `problem`; this rule means `{means}`"
    elif row["kind"] not in KINDS:
        yield f"`kind` must be one of {', '.join(KINDS)}"


def _check_needle(needle: object) -> Iterator[str]:
    if not isinstance(needle, str) or not needle.isprintable():
        yield "`needle` must be a text in one line, without control characters"
    elif not _SHORTEST_NEEDLE <= len(needle) <= _LONGEST_NEEDLE or not needle.strip():
        yield f"`needle` must have {_SHORTEST_NEEDLE} to {_LONGEST_NEEDLE} letters, not only blanks"
    elif needle.startswith("/") and needle.endswith("/"):
        yield "`needle` must not both begin and end with a slash: leave one of them out"


def _check_pattern(
    key: str, source: object, needed: frozenset[str], allowed: frozenset[str]
) -> Iterator[str]:
    if not isinstance(source, str) or not 0 < len(source) <= _LONGEST:
        yield f"`{key}` must be a text of at most {_LONGEST} letters"
        return
    try:
        compiled = compile_linear(source)
    except ValueError as error:
        yield (
            f"`{key}` is no pattern that takes linear time: {error}; RE2, which searches, has no"
            " look-around and no back-references"
        )
        return
    names = set(compiled.groupindex)
    if compiled.programsize > _LARGEST_PROGRAM:
        yield f"`{key}` takes too long on a line: repeat fewer times, or less"
    if key != "stop" and compiled.search("") is not None:
        yield f"`{key}` matches a line with nothing in it"
    missing, unknown = sorted(needed - names), sorted(names - needed - allowed)
    if missing:
        yield f"`{key}` must name its test, or what it tells of: `(?P<{missing[0]}>…)`"
    if unknown:
        known = ", ".join(sorted(needed | allowed)) or "none"
        yield f"`{key}` has a group `{unknown[0]}`, which nothing reads; it may have: {known}"


_ESCAPED = re.compile(r"\\([^a-zA-Z0-9])")


def _check_together(needle: str, pattern: str, example: object) -> Iterator[str]:
    """The needle brings the lines, the pattern takes them: one without the other finds nothing."""
    if needle not in _ESCAPED.sub(r"\1", pattern):
        yield f"the needle {needle!r} does not stand in the pattern: lines may match without it"
    if not isinstance(example, str) or not 0 < len(example) <= _LONGEST or "\n" in example:
        yield "`example` must be one line as the tool prints it"
    elif needle not in example:
        yield f"the needle {needle!r} does not stand in the example"
    elif linear(pattern).search(example) is None:
        yield "the pattern does not match the example"


def _check_reproduce(template: object) -> Iterator[str]:
    """What stands for names is put there quoted, so it must stand outside of quotes."""
    if not isinstance(template, str) or not template.strip() or not template.isprintable():
        yield "`reproduce` must be a command in one line"
        return
    if len(template) > _LONGEST:
        yield f"`reproduce` must have at most {_LONGEST} letters"
        return
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        yield f"`reproduce`: {error}; write {{{{ and }}}} for braces of the shell"
        return
    fields = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    if any(name not in _FIELDS or spec or conversion for name, spec, conversion in fields):
        yield "`reproduce` may hold {id}, {ids} and {seed}; write {{ and }} for braces of the shell"
    elif not any(name in ("id", "ids") for name, _, _ in fields):
        yield "`reproduce` must hold {id} or {ids}: the tests that failed"
    elif not _quotes_well(template):
        yield "`reproduce`: names are quoted already, so they must stand outside of quotes"


def _quotes_well(template: str) -> bool:
    """True where a name with every sign of the shell's in it stays part of one word."""
    hostile = shlex.quote(_HOSTILE)
    line = template.format(id=hostile, ids=hostile, seed=hostile)
    wanted = sum(1 for _, name, _, _ in Formatter().parse(template) if name)
    try:
        words = shlex.split(line)
    except ValueError:
        return False
    return "`" not in template and sum(word.count(_HOSTILE) for word in words) == wanted


def _make_rule(row: Mapping[str, Any]) -> ProjectRule:
    return ProjectRule(
        Meaning(row["means"]),
        row["needle"],
        row["pattern"],
        Kind(row["kind"]) if "kind" in row else None,
        row.get("above", 0),
        row.get("below", 0),
    )
