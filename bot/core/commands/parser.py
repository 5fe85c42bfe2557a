"""Words that people write to us in comments on pulls: text in, commands out.

Input: the Markdown of a comment, as anybody may write it. Output: the commands in it, in order, or
why none of them is run. `COMMANDS` is the one table of them: the parser, the help, the docs and the
dashboard are made from it.

A command stands at the start of a line of plain text. What a page shows as code, quotation, list
or heading, what is folded away and what is not shown at all, runs nothing: a real parser of
Markdown decides which lines those are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.core.model.command_prefix import LONGEST, may_hold_commands

PREFIX = "/buildbot"
"""The default of the setting `COMMAND_PREFIX`."""

MOST_COMMANDS = 10
"""More in one comment is no conversation; then none of them is run."""

_LONGEST_ARGUMENT = 300


class Place(StrEnum):
    """On which pulls a command makes sense."""

    ANY = "any"
    MERGED = "merged"
    OPEN = "open"


class Permission(StrEnum):
    """Who may give a command, in the words of the help."""

    ANYONE = "anyone"
    AUTHOR = "the author, or write"
    WRITE = "write"
    GIVER = "whoever gave it, or write"
    MAINTAIN = "maintain or admin"


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table."""

    name: str
    arguments: str  # `<…>` has to be there, `[…]` may be
    who: Permission
    does: str
    place: Place = Place.MERGED

    @property
    def usage(self) -> str:
        """How it is written, without the prefix."""
        return f"{self.name} {self.arguments}".strip()


COMMANDS = (
    Command("help", "", Permission.ANYONE, "shows this table", place=Place.ANY),
    Command(
        "status",
        "",
        Permission.ANYONE,
        "shows this pull's builds and incidents as of now",
        place=Place.ANY,
    ),
    Command(
        "explain",
        "[builder]",
        Permission.ANYONE,
        "tells the failure and the reasoning in full",
        place=Place.ANY,
    ),
    Command(
        "not-me",
        "[reason]",
        Permission.AUTHOR,
        "objects: it counts as evidence against this pull being the cause, a fifth of its odds",
    ),
    Command(
        "blame",
        "<sha or #pull> [incident]",
        Permission.WRITE,
        "names the culprit; the comment moves there",
    ),
    Command(
        "flaky",
        "[test]",
        Permission.WRITE,
        "files the failure as flaky: the comment is withdrawn, and the ledger learns",
    ),
    Command(
        "infra",
        "[builder]",
        Permission.WRITE,
        "files the failure as the machine's: the comment is withdrawn, and the ledger learns",
    ),
    Command(
        "fixed-by",
        "<sha or #pull>",
        Permission.AUTHOR,
        "closes the incident once that commit is green",
    ),
    Command(
        "undo", "", Permission.GIVER, "takes back the last of `not-me` to `fixed-by` on this pull"
    ),
    Command(
        "rerun",
        "[builder]",
        Permission.WRITE,
        "builds the failing commit once more; what comes of it is written into the answer",
    ),
    Command(
        "bisect",
        "[incident]",
        Permission.WRITE,
        "spends up to `BISECT_BUILDS` builds now to find out which commit it was",
    ),
    Command(
        "test",
        "<regex> [--yes]",
        Permission.WRITE,
        "builds this open pull's head on the builders whose names match (RE2)",
        place=Place.OPEN,
    ),
    Command(
        "cancel",
        "",
        Permission.GIVER,
        "takes back the builds that were asked for here",
        place=Place.ANY,
    ),
    Command(
        "revert",
        "[anyway]",
        Permission.WRITE,
        "opens a pull that takes this one back, with the evidence; never merges it",
    ),
    Command(
        "file-issue",
        "[incident] [anyway | #number]",
        Permission.WRITE,
        "finds or files an issue of an incident here; `#number` names it, `anyway` files a new one",
    ),
    Command(
        "subscribe",
        "",
        Permission.ANYONE,
        "mentions you here when an incident of this pull changes its state",
        place=Place.ANY,
    ),
    Command("unsubscribe", "", Permission.ANYONE, "ends that", place=Place.ANY),
    Command("mute", "", Permission.AUTHOR, "says nothing more on this pull"),
    Command("unmute", "", Permission.AUTHOR, "speaks again on this pull"),
    Command(
        "pause", "<hours>", Permission.MAINTAIN, "says nothing new in this repository for so long"
    ),
    Command("resume", "", Permission.MAINTAIN, "ends the pause"),
)

_BY_NAME = {command.name: command for command in COMMANDS}


def find_command(name: str) -> Command:
    """The row of a command; `KeyError` for what is none."""
    return _BY_NAME[name]


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """One command as somebody wrote it."""

    name: str | None  # of `COMMANDS`; None: there is no such command
    argument: str = ""  # hostile text, on one line
    nearest: str | None = None  # for one that does not exist: which may have been meant


@dataclass(frozen=True, slots=True)
class ParsedCommands:
    """What a comment asks for; with `too_many`, nothing of it is done."""

    calls: tuple[ParsedCommand, ...] = ()
    too_many: bool = False
    given_up: bool = False  # it took too long to read


def parse_commands(text: str, prefix: str = PREFIX) -> ParsedCommands:
    """The commands of a comment, in order; never raises, whatever the text is."""
    if not may_hold_commands(text, prefix):
        return ParsedCommands()
    start = re.compile(re.escape(prefix) + r"(?:[ \t]+(?P<rest>.*))?", re.IGNORECASE)
    found = (start.fullmatch(line.strip()) for line in find_plain_lines(text[:LONGEST]))
    calls = tuple(_parse_call(match["rest"] or "") for match in found if match)
    if len(calls) > MOST_COMMANDS:
        return ParsedCommands(too_many=True)
    return ParsedCommands(calls)


def _parse_call(rest: str) -> ParsedCommand:
    """`rest` is what follows the prefix; the prefix alone asks for help."""
    word, _, argument = rest.strip().partition(" ")
    name = word.lower() or "help"
    if name in _BY_NAME:
        return ParsedCommand(name, argument.strip()[:_LONGEST_ARGUMENT])
    # 0.6 is the library's default: "stauts" finds "status", and "deploy" nothing.
    near = get_close_matches(name[:40], _BY_NAME, n=1, cutoff=0.6)
    return ParsedCommand(None, nearest=near[0] if near else None)


# ---------------------------------------------------------------- plain lines of Markdown

# Blocks as GitHub has them, tables among them. Of what happens within a line only that matters
# which can hide or cut one: code, comments, tags, and escapes before backticks; all other marks
# stay as they were typed, for names of tests are full of them.
_MARKDOWN = (
    MarkdownIt("commonmark")
    .enable("table")
    # A definition of a link would swallow the first line of a footnote, and leave the others.
    .disable(["emphasis", "link", "image", "autolink", "entity", "reference"])
)

# What stands between such tags is folded away, quoted, code, or not text at all.
_HIDING = re.compile(
    r"<(/?)(?:details|blockquote|pre|code|table|del|s|script|style|template|textarea|title)\b",
    re.IGNORECASE,
)


# A tag of a block that stays open: until it is closed all is its content. These have none.
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)", re.IGNORECASE)
_EMPTY = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)

# A footnote, which GitHub moves to the end of the comment, and all that is said in it.
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:")


def find_plain_lines(text: str) -> Iterator[str]:
    """The lines that a page shows as plain text of the comment itself."""
    depth = 0
    tokens = _MARKDOWN.parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "html_block":
            depth = max(0, depth + _count_opened_by_block(token.content))
        elif token.type == "inline" and before and before.type == "paragraph_open":
            inside = depth > 0 or before.level > 0 or bool(_FOOTNOTE.match(token.content))
            depth = max(0, depth + _count_opened_within(token))
            if not inside:
                yield from _find_lines(token.children or ())


def _count_opened_by_block(html: str) -> int:
    tags = ((closing, name.lower()) for closing, name in _TAG.findall(html))
    return sum(-1 if closing else 1 for closing, name in tags if name not in _EMPTY)


def _count_opened(html: str) -> int:
    return sum(-1 if closing else 1 for closing in _HIDING.findall(html))


def _count_opened_within(token: Token) -> int:
    tags = (child.content for child in token.children or () if child.type == "html_inline")
    return sum(map(_count_opened, tags))


def _find_lines(children: Sequence[Token]) -> Iterator[str]:
    """Lines of a paragraph that begin with text, up to the next tag that hides something."""
    line: list[str] = []
    plain, depth = True, 0
    for child in children:
        if child.type in {"softbreak", "hardbreak"}:
            if plain and line:
                yield "".join(line)
            line, plain = [], depth == 0
        elif child.type == "html_inline":
            depth = max(0, depth + _count_opened(child.content))
            plain = plain and bool(line)
        elif child.type == "code_inline" and not line:
            plain = False
        else:
            line.append(child.content)
    if plain and line:
        yield "".join(line)
