"""Python's tracebacks and faulthandler stacks.

Input: lines. Output: what was raised, where, and which lines a person needs of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from bot.core.patterns import late
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine

START = late(r"Traceback \(most recent call last\):$")
CHAIN = late(r"^(?:During handling of the above|The above exception was the direct)")
GROUP = late(r"^(?:\S+: )?\s*\+ Exception Group Traceback \(most recent call last\):$")
# In a group's box all that belongs to it stands behind a bar.
_BOXED = late(r"^\s*\| ?")
_IN_GROUP = late(r"^\s*(?:\||\+-|\+ Exception Group)")
_NEXT_IN_GROUP = late(r"^\+-\+-{3,} (?:\d+|\.\.\.) -{3,}$|^\+-{3,} (?:\d+|\.\.\.) -{3,}$")
_SUB_EXCEPTIONS = late(r"\(\d+ sub-exceptions?\)")
_MAX_LEAVES = 3
FRAME = late(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+),? in (?P<name>.+)$')
_FRAME_WITHOUT_NAME = late(r'^\s+File "(?P<path>[^"]+)", line (?P<line>\d+)$')
_RAISED = late(
    r"^(?P<type>[A-Za-z_][\w.]*)(?P<colon>:(?: |$))?(?P<text>.*)$",
)
_OLD_RAISED = late(r"^<type '(?:exceptions\.)?(?P<type>[\w.]+)'>: ")
_FOREIGN = late(r"[/\\](?:site|dist)-packages[/\\]|[/\\]lib(?:64)?[/\\]python[\d.]+[/\\]|^<frozen")
_TEST_FILE = late(
    r"(?:^|[/\\])(?:test_\w+|\w+_test|tests?)\.py$|[/\\]tests?[/\\](?!support|libregrtest)"
)


@dataclass(frozen=True, slots=True)
class ParsedException:
    """The end of a traceback."""

    exception: str | None
    message: str
    location: str | None
    function: str | None  # of the frame at `location`
    lines: tuple[LogLine, ...]  # the last traceback of a chain, with what is said behind it


def parse_traceback(
    lines: Sequence[LogLine], directory: str | None = None
) -> ParsedException | None:
    """Read the first traceback in `lines`: of a chain its last part, of a group what it holds."""
    start = _find_start(lines)
    if start is None:
        return None
    body = lines[start:]
    if GROUP.match(body[0].text):
        return _parse_group(body, directory)
    raised_at = _find_raised(body)
    if raised_at is None:
        return None
    exception, message = parse_raised(body[raised_at].text)
    return _make_raised(body, body[:raised_at], exception, message, directory)


def _make_raised(
    body: Sequence[LogLine],
    frames: Sequence[LogLine],
    exception: str | None,
    message: str,
    directory: str | None,
) -> ParsedException:
    frame = _choose_frame(frames)
    return ParsedException(
        exception,
        message,
        make_location(frame["path"], frame["line"], directory) if frame else None,
        frame["name"] if frame and "name" in frame.re.groupindex else None,
        tuple(body),
    )


def _find_start(lines: Sequence[LogLine]) -> int | None:
    """Where the last part of the first chain begins; what stands behind it, something printed."""
    found = None
    above = ""
    for n, line in enumerate(lines):
        is_start = START.search(line.text) and not _BOXED.match(line.text)
        if is_start and (found is None or CHAIN.match(above)):
            found = n
        if not line.is_blank:
            above = line.text
    return found


def _parse_group(body: Sequence[LogLine], directory: str | None) -> ParsedException | None:
    """An exception group: what it holds is the cause; one of several alone says too little."""
    boxed = list(takewhile(lambda line: _IN_GROUP.match(line.text), body[1:]))
    parts = _split_group([LogLine(line.number, _unbox(line.text)) for line in boxed])
    texts = [text for part in parts if (text := _find_text(part))]
    if not texts:
        return None
    leaves = list(dict.fromkeys(text for text in texts if not _SUB_EXCEPTIONS.search(text)))
    exception, message = parse_raised(leaves[0] if len(leaves) == 1 else texts[0])
    if len(leaves) > 1:
        message = f"{message}: {'; '.join(leaves[:_MAX_LEAVES])}"
    frames = [line for part in parts for line in part]
    return _make_raised([body[0], *boxed], frames, exception, message, directory)


def _split_group(lines: Sequence[LogLine]) -> list[list[LogLine]]:
    """The group's own lines, and those of each exception in it."""
    parts: list[list[LogLine]] = [[]]
    for line in lines:
        if _NEXT_IN_GROUP.match(line.text):
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def _find_text(part: Sequence[LogLine]) -> str | None:
    """What one of a group says; notes stand below it."""
    at = _find_start(part)
    rest = part if at is None else part[at + 1 :]
    texts = (line.text for line in rest if line.text[:1] not in ("", " ", "\t"))
    return next((text for text in texts if parse_raised(text)[0]), None)


def _unbox(text: str) -> str:
    """The text of a line in a group's box, without the bar."""
    bar = _BOXED.match(text)
    return text[bar.end() :] if bar else text.strip()


def _find_raised(body: Sequence[LogLine]) -> int | None:
    """The first line behind the frames that is not indented: `ValueError: …`."""
    for n, line in enumerate(body[1:], 1):
        if line.text[:1] not in ("", " ", "\t") and _RAISED.match(line.text):
            return n
    return None


def _choose_frame(frames: Sequence[LogLine]) -> re.Match[str] | None:
    """The innermost frame of a test's own file, else of the project, else the innermost."""
    found = [
        m
        for line in frames
        if (m := FRAME.match(line.text) or _FRAME_WITHOUT_NAME.match(line.text))
    ]
    project = [m for m in found if not _FOREIGN.search(m["path"])]
    own = [m for m in project if _TEST_FILE.search(m["path"])]
    return (own or project or found)[-1] if found else None


def parse_raised(text: str) -> tuple[str | None, str]:
    """(type, the whole line) of `AssertionError: 41 != 42`."""
    old = _OLD_RAISED.match(text)
    if old:
        return old["type"], text
    found = _RAISED.match(text)
    if not found or not (found["colon"] or not found["text"]):
        return None, text
    name: str = found["type"].rpartition(".")[2]
    # `ERROR:` and `FAIL:` are headings, `note:` and `usage:` are words.
    is_word = found["type"].islower() and "." not in found["type"]
    return None if name.isupper() or is_word else name, text
