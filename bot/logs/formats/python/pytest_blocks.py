"""One failure of pytest as its sections FAILURES and ERRORS print it, and stacks of its plugins."""

from __future__ import annotations

import re
from itertools import takewhile

from bot.core.patterns import late, linear
from bot.logs.formats.base import Hit
from bot.logs.formats.python.pytest_ids import split_id
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.python_traceback import CHAIN, FRAME, parse_raised, parse_traceback

_BLOCK_END = late(
    r"^_{2,} \S.* _{2,}$|^_ [A-Za-z\[].* __?$|^={3,} .+ ={3,}$|^= [a-z ]+ ==?$|^-{5,} .+ -{5,}$"
)
_PLACE = late(r"^(?P<path>[^\s:]\S*):(?P<line>\d+): (?:in |(?P<type>\w*))")
_ERROR_PLACE = late(r'^E\s+File "(?P<path>[^"]+)", line (?P<line>\d+)$')
_FOREIGN = late(r"site-packages/|dist-packages/|/lib/python[\d.]+/|^<")
_FOREIGN_FRAME = late(r'^  File ".*(?:site-packages|/lib/python[\d.]+)/|^    [^\s|+]|^\s+[~^]+$')


# `ERROR at teardown of test_x`; behind a subtest's name stands which one it is.
_HEAD = linear(
    r"^(?:ERROR (?:at (?P<phase>\w+) of|(?P<collecting>collecting)) )?(?P<doctest>\[doctest\] )?"
    r"(?P<name>.+?)(?: \[[^\]]*\])?(?: \(\w+=.*\))?$"
)
_EXAMPLE = late(r"^\d{3,} *(?:>>>|\.\.\.) ?")
_EXPECTED = late(r"^(?:Expected(?: nothing)?:?|Got(?: nothing)?:?|Differences \(.*)$")
# The closing line of a doctest's block.
_DOCTEST_END = late(r": (?:DocTestFailure|UnexpectedException)$")


class Block:
    """One failure of the sections FAILURES and ERRORS."""

    def __init__(self, hit: Hit, head: str, directory: str | None) -> None:
        body: list[LogLine] = []
        for line in hit.below():
            if _BLOCK_END.match(line.text):
                break
            body.append(line)
        found = _HEAD.match(head)
        self.name = found["name"] if found else head
        # When it went wrong, where that was not in the test itself.
        self.phase = (found["phase"] or found["collecting"]) if found else None
        parts = _split_chain(body)
        last = parts[-1]
        self.lines = (hit.line, *(line for part in reversed(parts) for line in _choose_lines(part)))
        errors = [line for line in last if re.match(r"^E( |$)", line.text)]
        native = None if errors else parse_traceback(body, directory)
        said = _strip(native.message) if native else _find_example(body) or _last_text(body)
        self.message = _first_error(errors) or said
        self.exception = parse_raised(self.message)[0]
        self.path: str | None = None
        self.location: str | None = None
        place = _find_place(last) or _find_place(body)
        if native:
            self.location = native.location
            self.path = (native.location or "").rpartition(":")[0] or None
        elif place:
            self.path = make_location(place["path"], None, directory)
            self.location = make_location(place["path"], place["line"], directory)


def _strip(message: str) -> str:
    """As pytest's own style has it: it leaves the type out where the text begins with `assert`.

    It looks at how Python would quote the text: with single quotes, unless only those are in it.
    """
    text = message.removeprefix("AssertionError: ")
    is_single = "'" not in text or '"' in text
    return text if text.startswith("assert ") and is_single else message


def _split_chain(body: list[LogLine]) -> list[list[LogLine]]:
    """The exceptions of a chain, each with its own lines; the last one failed the test."""
    parts: list[list[LogLine]] = [[]]
    for line in body:
        if CHAIN.match(line.text):
            parts.append([])
        parts[-1].append(line)
    return parts


def _find_example(body: list[LogLine]) -> str:
    """Of a doctest: the example, what was expected, and what came."""
    if not any(_DOCTEST_END.search(line.text) for line in body):
        return ""
    at = next((n for n, line in enumerate(body) if _EXPECTED.match(line.text)), None)
    if at is None:
        return ""
    code = list(takewhile(lambda line: _EXAMPLE.match(line.text), reversed(body[:at])))[::-1]
    starts = [n for n, line in enumerate(code) if ">>>" in line.text[:8]]
    shown = [_EXAMPLE.sub("", line.text) for line in code[starts[-1] if starts else 0 :]]
    rest = takewhile(lambda line: not _DOCTEST_END.search(line.text), body[at:])
    texts = [*shown, *(line.text for line in rest)]
    return " ".join(" ".join(texts).split())[:200]


def _first_error(errors: list[LogLine]) -> str:
    """What follows the first `E   ` that raises; a syntax error shows its code first."""
    texts = [line.text[1:].strip() for line in errors]
    raised = [text for text in texts if parse_raised(text)[0]]
    return next(iter(raised or texts), "")


def _last_text(body: list[LogLine]) -> str:
    return next((line.text.strip() for line in reversed(body) if not line.is_blank), "")


def _choose_lines(body: list[LogLine]) -> list[LogLine]:
    """The error, the code it points at, the place; source and frames only if short."""
    if len(body) <= 14:  # as much as fits beside two others in an excerpt
        return body
    errors = [line for line in body if re.match(r"^(?:E |>)", line.text)]
    places = [line for line in body if (m := _PLACE.match(line.text)) and not _is_foreign(m)]
    if not errors:
        return [line for line in body if not _FOREIGN_FRAME.search(line.text)]
    return sorted({*errors, *places}, key=lambda line: line.number)


def _find_place(body: list[LogLine]) -> re.Match[str] | None:
    """The innermost place of the project's own; a syntax error names its file in the error."""
    places = [m for line in body if (m := _PLACE.match(line.text))]
    own = [m for m in places if not _is_foreign(m)]
    in_error = [m for line in body if (m := _ERROR_PLACE.match(line.text))]
    return next(iter([*reversed(own), *in_error, *reversed(places)]), None)


def _is_foreign(place: re.Match[str]) -> bool:
    return bool(_FOREIGN.search(place["path"]))


def find_running(before: str) -> str | None:
    """The file or test that a progress line names before something breaks into it."""
    test, rest = split_id(before)
    return test if rest.startswith(" ") else None


_CAPTURED = late(r"^-{3,} Captured .* -{3,}$")
_SECTION = late(r"^_{2,} \S.* _{2,}$|^={3,} .+ ={3,}$")


def is_captured(hit: Hit) -> bool:
    """True within the output of a failed test."""
    for line in hit.above():
        if _CAPTURED.match(line.text):
            return True
        if _SECTION.match(line.text):
            break
    return False


_STACK = late(r"^\s|^~{3,}")


def find_own_frames(hit: Hit) -> list[LogLine]:
    """The innermost frames of the main thread, where they are of the tests' own."""
    frames = [(line, m) for line in _find_stack(hit) if (m := FRAME.match(line.text))]
    return [line for line, m in frames if not _is_foreign(m)][-4:]


def _find_stack(hit: Hit) -> list[LogLine]:
    """The stacks that pytest-timeout prints, up to its closing line."""
    return list(takewhile(lambda line: bool(_STACK.match(line.text)), hit.below()))


def find_test_frame(hit: Hit) -> re.Match[str] | None:
    """The frame of the test function itself."""
    frames = [m for line in _find_stack(hit) if (m := FRAME.match(line.text))]
    return next(
        (m for m in frames if m["name"].startswith("test") and "site-packages" not in m["path"]),
        None,
    )
