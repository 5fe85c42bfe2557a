"""Python's tracebacks and faulthandler stacks.

Input: lines. Output: what was raised, where, and which lines a person needs of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.logs.ids import make_location
from bot.logs.lines import Line

START = re.compile(r"Traceback \(most recent call last\):$")
FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+),? in (?P<name>.+)$')
_FRAME_WITHOUT_NAME = re.compile(r'^\s+File "(?P<path>[^"]+)", line (?P<line>\d+)$')
_RAISED = re.compile(
    r"^(?P<type>[A-Za-z_][\w.]*)(?P<colon>:(?: |$))?(?P<text>.*)$",
)
_OLD_RAISED = re.compile(r"^<type '(?:exceptions\.)?(?P<type>[\w.]+)'>: ")
_FOREIGN = re.compile(
    r"[/\\](?:site|dist)-packages[/\\]|[/\\]lib(?:64)?[/\\]python[\d.]+[/\\]|^<frozen"
)
_TEST_FILE = re.compile(
    r"(?:^|[/\\])(?:test_\w+|\w+_test|tests?)\.py$|[/\\]tests?[/\\](?!support|libregrtest)"
)


@dataclass(frozen=True, slots=True)
class Raised:
    """The end of a traceback."""

    exception: str | None
    message: str
    location: str | None
    function: str | None  # of the frame at `location`
    lines: tuple[Line, ...]  # the last traceback of a chain, with what is said behind it


def parse_traceback(lines: Sequence[Line], directory: str | None = None) -> Raised | None:
    """Read the last traceback in `lines`, which end where the traceback's message ends."""
    starts = [n for n, line in enumerate(lines) if START.search(line.text)]
    if not starts:
        return None
    body = lines[starts[-1] :]
    raised_at = _find_raised(body)
    if raised_at is None:
        return None
    frame = _choose_frame(body[:raised_at])
    exception, message = parse_raised(body[raised_at].text)
    return Raised(
        exception,
        message,
        make_location(frame["path"], frame["line"], directory) if frame else None,
        frame["name"] if frame and "name" in frame.re.groupindex else None,
        tuple(body),
    )


def _find_raised(body: Sequence[Line]) -> int | None:
    """The first line behind the frames that is not indented: `ValueError: …`."""
    for n, line in enumerate(body[1:], 1):
        if line.text[:1] not in ("", " ", "\t") and _RAISED.match(line.text):
            return n
    return None


def _choose_frame(frames: Sequence[Line]) -> re.Match[str] | None:
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
