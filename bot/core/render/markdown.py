"""Hostile text → safe Markdown.

Input: text from logs, commits, builders, people. Output: Markdown that shows it, and does nothing
else: no mention, no reference to an issue or commit, no link, image, HTML or entity, no end of a
fence, nothing invisible. GitHub sends comments as e-mail and reads replies, with our text quoted
in them, as plain text: so what would act outside of code is broken inside of code as well.
Rules of the language: https://github.github.com/gfm/
"""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

CUT = "…"
"""Stands where something was left out."""

EMPTY = "(empty)"
"""Stands where there was nothing to show."""

# Zero width: nobody sees it, and no word goes on across it.
_BREAK = "\u200b"

# CSI with its parameters, OSC up to its end, other escapes of two letters, and the eight-bit CSI.
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]"
)
# What has no glyph of its own: controls, formats (bidi and zero width among them), surrogates,
# private and unassigned characters.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Invisible, though Unicode calls them letters or marks: fillers, joiners, variation selectors.
_INVISIBLE_LETTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# More marks on one letter than any language has paint over the lines around it.
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{3})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_BLANKS = re.compile(r"[\t\r\n\v\f\u0085\u2028\u2029]")

# What GitHub or a mail program turns into something, and where it is broken so that it does not.
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
_BREAKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"([@#])"), rf"\1{_BREAK}"),  # mentions, mail addresses, issues
    # Issues, the other way; CPython's old tracker; advisories.
    (re.compile(r"(?i)(GH-|bpo-)(?=\d)|(GHSA-)(?=\w)"), rf"\g<0>{_BREAK}"),
    (re.compile(r"(:)(?=/)"), rf"\1{_BREAK}"),  # addresses
    (re.compile(r"(?i)(www)(?=\.)"), rf"\1{_BREAK}"),
    (re.compile(r"(<)(?=[A-Za-z/!?])"), rf"\1{_BREAK}"),  # tags, our own hidden markers
    # A longer fence would do, but GitHub's parser counts no further than 80 and 255 of them.
    (re.compile(r"(`{8})(?=`)"), rf"\1{_BREAK}"),
    (re.compile(r"(&)(?=[A-Za-z#])"), rf"\1{_BREAK}"),  # entities: `&commat;` mentions as well
)
# An order to a bot as most of them have it; a path at the beginning of a line looks like one.
_ORDER = re.compile(r"\A([ \u200b]*)(/)")
# Commits: seven to forty hexadecimal digits. Longer ones are broken too, pure numbers shorter
# than a whole sha are not: seeds and counts are there to be copied. `_` ends a word, for the
# backslash that is put before it does.
_SHA = re.compile(r"(?<![0-9A-Za-z])(?=\d*[a-fA-F]|\d{40})[0-9a-fA-F]{7,}(?![0-9A-Za-z])")
_SIX = re.compile(r"(.{6})(?=.)")  # one less than GitHub takes for a sha

_LONGEST_URL = 600


# ---------------------------------------------------------------- the contexts


def make_text(text: str, limit: int = 200) -> str:
    """One line of running text, also for table cells and link texts; at most `limit` letters."""
    shown = _break_up(_PICTURE.sub(rf"\g<0>{_BREAK}", _cut(_make_line(text).strip(), limit)))
    escaped = _SPECIAL.sub(lambda found: _ESCAPES[found[0]], shown)
    return _BLOCK_START.sub(r"\1\\\2", escaped) or EMPTY


def make_title(text: str, limit: int = 200) -> str:
    """One line for where Markdown is not read, and mentions and references still are: a title."""
    return _break_up(_cut(_make_line(text).strip(), limit)) or EMPTY


def make_html(text: str, limit: int = 200) -> str:
    """One line of text for between HTML tags, where Markdown is not read."""
    shown = _break_up(_PICTURE.sub(rf"\g<0>{_BREAK}", _cut(_make_line(text).strip(), limit)))
    return _HTML_SPECIAL.sub(lambda found: _HTML_ESCAPES[found[0]], shown) or EMPTY


def make_inline_code(text: str, limit: int = 120) -> str:
    """A code span on one line; not for table cells, where a `|` would end the cell."""
    shown = _break_up(_cut(_make_line(text).strip(), limit)) or EMPTY
    ticks = "`" * (_longest_run(shown) + 1)
    # A blank at both ends is taken away again; without it a backtick would join the fence.
    blank = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{ticks}{blank}{shown}{blank}{ticks}"


def make_fence(
    lines: Sequence[str], *, most: int = 40, widest: int = 200, language: str = "text"
) -> str:
    """A block of code of at most `most` lines; what was left out is counted in its last line."""
    shown = [_break_up(_cut(_make_line(line).rstrip(), widest)) for line in lines[:most]]
    # Other bots take orders from raw text, line by line, and know nothing of fences.
    before = "command " if language == "sh" else _BREAK
    shown = [_ORDER.sub(rf"\1{before}\2", line) for line in shown]
    left = len(lines) - most
    if left > 0:
        shown.append(f"{CUT} {left} more line{'s' if left > 1 else ''}")
    ticks = "`" * max(3, _longest_run("\n".join(shown)) + 1)
    return "\n".join([f"{ticks}{language}", *shown, ticks])


def make_link(markdown: str, url: str) -> str:
    """A link of our own around safe Markdown; only the text where the address is none for people.

    Addresses come from our settings and clients, never from logs; they are still kept in bounds.
    """
    if not url.startswith(("https://", "http://")) or len(url) > _LONGEST_URL:
        return markdown
    return f"[{markdown}]({quote(url, safe=_URL_SAFE, errors='replace')})"


# `%` is kept, for what is quoted already; blanks, quotes, brackets and `@` are not.
_URL_SAFE = "%/:?#=&+,;~$!*"

# `:tada:` and `![image](…)`, of which HTML's context leaves the brackets alone.
_PICTURE = re.compile(r":(?=[A-Za-z0-9_+-]{1,60}:)|!(?=\[)")
_HTML_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "&vert;",  # ends a table cell
    "$": "&dollar;",  # begins mathematics
}
_HTML_SPECIAL = re.compile(r"[&<>|$]")
# A backtick behind a backslash still begins code for readers that are simpler than GitHub.
_ESCAPES = _HTML_ESCAPES | {"`": "&grave;"} | {letter: f"\\{letter}" for letter in "\\*_[]~"}
_SPECIAL = re.compile("[" + re.escape("".join(_ESCAPES)) + "]")
# Lists, headings and rules, which begin a line only.
_BLOCK_START = re.compile(r"^(\d*)([#+\-.):=])")


# ---------------------------------------------------------------- one line


def strip_controls(text: str) -> str:
    """Without colours, cursor movements and everything that nobody can see; blanks stay blanks."""
    text = _BLANKS.sub(_replace_blank, _ANSI.sub("", text))
    text = "".join(c for c in text if c.isascii() or unicodedata.category(c) not in _INVISIBLE)
    text = _INVISIBLE_LETTERS.sub("", _CONTROLS.sub("", text))
    return _MARKS.sub(r"\1", text)


_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_TAB = "    "


def _replace_blank(found: re.Match[str]) -> str:
    return _TAB if found[0] == "\t" else " "


# Ten times what is ever shown, colours and all; a line of a gigabyte costs no more than that.
_LONGEST_LINE = 4_000


def _make_line(text: str) -> str:
    whole = len(text) <= _LONGEST_LINE
    return strip_controls(text) if whole else strip_controls(text[:_LONGEST_LINE]) + CUT


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT


def _break_up(text: str) -> str:
    for pattern, instead in _BREAKS:
        text = pattern.sub(instead, text)
    return _SHA.sub(lambda found: _SIX.sub(rf"\1{_BREAK}", found[0]), text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
