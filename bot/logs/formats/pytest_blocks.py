"""One failure of pytest as its sections FAILURES and ERRORS print it, and stacks of its plugins."""

from __future__ import annotations

import re
from itertools import takewhile

from bot.logs.formats.base import Hit
from bot.logs.ids import make_location
from bot.logs.lines import Line
from bot.logs.traceback import FRAME, parse_raised, parse_traceback

_BLOCK_END = re.compile(r"^_{2,} \S.* _{2,}$|^={3,} .+ ={3,}$|^-{5,} .+ -{5,}$")
_PLACE = re.compile(r"^(?P<path>[^\s:]\S*):(?P<line>\d+): (?:in |(?P<type>\w*))")
_ERROR_PLACE = re.compile(r'^E\s+File "(?P<path>[^"]+)", line (?P<line>\d+)$')
_FOREIGN = re.compile(r"site-packages/|dist-packages/|/lib/python[\d.]+/|^<")
_FOREIGN_FRAME = re.compile(r'^  File ".*(?:site-packages|/lib/python[\d.]+)/|^    \S|^\s+[~^]+$')


class Block:
    """One failure of the sections FAILURES and ERRORS."""

    def __init__(self, hit: Hit, name: str, directory: str | None) -> None:
        body: list[Line] = []
        for line in hit.below():
            if _BLOCK_END.match(line.text):
                break
            body.append(line)
        errors = [line for line in body if re.match(r"^E( |$)", line.text)]
        self.name = name
        self.lines = (hit.line, *_choose_lines(body))
        native = parse_traceback(body, directory)
        raised = native.message if native else _last_text(body)
        self.message = _first_error(errors) or raised
        self.exception = parse_raised(self.message)[0]
        self.path: str | None = None
        self.location: str | None = None
        place = _find_place(body)
        if native:
            self.location = native.location
            self.path = (native.location or "").rpartition(":")[0] or None
        elif place:
            self.path = make_location(place["path"], None, directory)
            self.location = make_location(place["path"], place["line"], directory)


def _first_error(errors: list[Line]) -> str:
    """What follows the first `E   ` that raises; a syntax error shows its code first."""
    texts = [line.text[1:].strip() for line in errors]
    raised = [text for text in texts if parse_raised(text)[0]]
    return next(iter(raised or texts), "")


def _last_text(body: list[Line]) -> str:
    return next((line.text.strip() for line in reversed(body) if not line.is_blank), "")


def _choose_lines(body: list[Line]) -> list[Line]:
    """The error, the code it points at, the place; source and frames only if short."""
    if len(body) <= 14:  # as much as fits beside two others in an excerpt
        return body
    errors = [line for line in body if re.match(r"^(?:E |>)", line.text)]
    places = [line for line in body if (m := _PLACE.match(line.text)) and not _is_foreign(m)]
    if not errors:
        return [line for line in body if not _FOREIGN_FRAME.search(line.text)]
    return sorted({*errors, *places}, key=lambda line: line.number)


def _find_place(body: list[Line]) -> re.Match[str] | None:
    """The innermost place of the project's own; a syntax error names its file in the error."""
    places = [m for line in body if (m := _PLACE.match(line.text))]
    own = [m for m in places if not _is_foreign(m)]
    in_error = [m for line in body if (m := _ERROR_PLACE.match(line.text))]
    return next(iter([*reversed(own), *in_error, *reversed(places)]), None)


def _is_foreign(place: re.Match[str]) -> bool:
    return bool(_FOREIGN.search(place["path"]))


_RUNNING = re.compile(r"^(?P<id>\S+\.py(?:::\S+)?) ")


def find_running(before: str) -> str | None:
    """The file or test that a progress line names before something breaks into it."""
    found = _RUNNING.match(before)
    return found["id"] if found else None


_CAPTURED = re.compile(r"^-{3,} Captured .* -{3,}$")
_SECTION = re.compile(r"^_{2,} \S.* _{2,}$|^={3,} .+ ={3,}$")


def is_captured(hit: Hit) -> bool:
    """True within the output of a failed test."""
    for line in hit.above():
        if _CAPTURED.match(line.text):
            return True
        if _SECTION.match(line.text):
            break
    return False


_STACK = re.compile(r"^\s|^~{3,}")


def find_own_frames(hit: Hit) -> list[Line]:
    """The innermost frames of the main thread, where they are of the tests' own."""
    frames = [(line, m) for line in _find_stack(hit) if (m := FRAME.match(line.text))]
    return [line for line, m in frames if not _is_foreign(m)][-4:]


def _find_stack(hit: Hit) -> list[Line]:
    """The stacks that pytest-timeout prints, up to its closing line."""
    return list(takewhile(lambda line: bool(_STACK.match(line.text)), hit.below()))


def find_test_frame(hit: Hit) -> re.Match[str] | None:
    """The frame of the test function itself."""
    frames = [m for line in _find_stack(hit) if (m := FRAME.match(line.text))]
    return next(
        (m for m in frames if m["name"].startswith("test") and "site-packages" not in m["path"]),
        None,
    )
