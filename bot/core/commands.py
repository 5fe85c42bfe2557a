"""Words that people write to us in comments on pulls: text in, commands out.

Input: the Markdown of a comment, as anybody may write it. Output: the commands in it, in order, or
why none of them is run. `COMMANDS` is the one table of them: the parser, the help, the README and
the dashboard are made from it.

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

PREFIX = "/buildbot"
"""The default of the setting `COMMAND_PREFIX`."""

MOST_COMMANDS = 10
"""More in one comment is no conversation; then none of them is run."""

LONGEST = 65_536
"""Letters of a comment that are read: GitHub takes no longer ones."""

_LONGEST_ARGUMENT = 300


class Who(StrEnum):
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
    who: Who
    does: str
    acts: bool = True  # False: it only tells

    @property
    def usage(self) -> str:
        """How it is written, without the prefix."""
        return f"{self.name} {self.arguments}".strip()


COMMANDS = (
    Command("help", "", Who.ANYONE, "shows this table", acts=False),
    Command(
        "status", "", Who.ANYONE, "shows this pull's builds and incidents as of now", acts=False
    ),
    Command(
        "explain",
        "[builder]",
        Who.ANYONE,
        "tells the failure and the reasoning in full",
        acts=False,
    ),
    Command(
        "not-me",
        "[reason]",
        Who.AUTHOR,
        "objects: it counts as evidence against this pull being the cause, a fifth of its odds",
    ),
    Command(
        "blame",
        "<sha or #pull> [incident]",
        Who.WRITE,
        "names the culprit; the comment moves there",
    ),
    Command(
        "flaky",
        "[test]",
        Who.WRITE,
        "files the failure as flaky: the comment is withdrawn, and the ledger learns",
    ),
    Command(
        "infra",
        "[builder]",
        Who.WRITE,
        "files the failure as the machine's: the comment is withdrawn, and the ledger learns",
    ),
    Command(
        "fixed-by", "<sha or #pull>", Who.AUTHOR, "closes the incident once that commit is green"
    ),
    Command("undo", "", Who.GIVER, "takes back the last of `not-me` to `fixed-by` on this pull"),
    Command("mute", "", Who.AUTHOR, "says nothing more on this pull"),
    Command("unmute", "", Who.AUTHOR, "speaks again on this pull"),
    Command("pause", "<hours>", Who.MAINTAIN, "says nothing new in this repository for so long"),
    Command("resume", "", Who.MAINTAIN, "ends the pause"),
)

_BY_NAME = {command.name: command for command in COMMANDS}


def find_command(name: str) -> Command:
    """The row of a command; `KeyError` for what is none."""
    return _BY_NAME[name]


@dataclass(frozen=True, slots=True)
class Call:
    """One command as somebody wrote it."""

    name: str | None  # of `COMMANDS`; None: there is no such command
    argument: str = ""  # hostile text, on one line
    nearest: str | None = None  # for one that does not exist: which may have been meant


@dataclass(frozen=True, slots=True)
class Calls:
    """What a comment asks for; with `too_many`, nothing of it is done."""

    calls: tuple[Call, ...] = ()
    too_many: bool = False


def may_hold_commands(text: str, prefix: str) -> bool:
    """Whether it is worth parsing: cheap, and never wrong where the answer is no."""
    return prefix.lower() in text[:LONGEST].lower()


def parse_commands(text: str, prefix: str = PREFIX) -> Calls:
    """The commands of a comment, in order; never raises, whatever the text is."""
    if not may_hold_commands(text, prefix):
        return Calls()
    start = re.compile(re.escape(prefix) + r"(?:[ \t]+(?P<rest>.*))?", re.IGNORECASE)
    found = (start.fullmatch(line.strip()) for line in find_plain_lines(text[:LONGEST]))
    calls = tuple(_parse_call(match["rest"] or "") for match in found if match)
    if len(calls) > MOST_COMMANDS:
        return Calls(too_many=True)
    return Calls(calls)


def _parse_call(rest: str) -> Call:
    """`rest` is what follows the prefix; the prefix alone asks for help."""
    word, _, argument = rest.strip().partition(" ")
    name = word.lower() or "help"
    if name in _BY_NAME:
        return Call(name, argument.strip()[:_LONGEST_ARGUMENT])
    # 0.6 is the library's default: "stauts" finds "status", and "deploy" nothing.
    near = get_close_matches(name[:40], _BY_NAME, n=1, cutoff=0.6)
    return Call(None, nearest=near[0] if near else None)


# ---------------------------------------------------------------- plain lines of Markdown

# Blocks as GitHub has them. Of what happens within a line only that matters which can hide or cut
# one: code, comments, tags, and escapes before backticks; all other marks stay as they were typed,
# for names of tests are full of them.
_MARKDOWN = MarkdownIt("commonmark").disable(["emphasis", "link", "image", "autolink", "entity"])

# What stands between such tags is folded away, quoted, code, or not text at all.
_HIDING = re.compile(
    r"<(/?)(?:details|blockquote|pre|code|table|del|s|script|style|template|textarea|title)\b",
    re.IGNORECASE,
)


def find_plain_lines(text: str) -> Iterator[str]:
    """The lines that a page shows as plain text of the comment itself."""
    depth = 0
    tokens = _MARKDOWN.parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "html_block":
            depth = max(0, depth + _count_opened(token.content))
        elif token.type == "inline" and before and before.type == "paragraph_open":
            inside = depth > 0 or before.level > 0
            depth = max(0, depth + _count_opened_within(token))
            if not inside:
                yield from _find_lines(token.children or ())


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
