"""A Python that died or hung: faulthandler's stack, with the C assertion above it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from bot.core.model import Kind
from bot.logs.formats.base import Finding, Format, Hit, Rule, rule
from bot.logs.ids import make_location
from bot.logs.lines import Line
from bot.logs.traceback import FRAME

ASSERTION = re.compile(
    r"Assertion [`'\"].*failed|Assertion failed: |: assertion \"|_PyObject_AssertFailed|^Assertion "
)
# A test file as its path names it; libregrtest and support only run tests.
_TEST_FILE = re.compile(r"[/\\]((?:[\w]+[/\\])*test_\w+)(?:[/\\]__init__)?\.py$")
_PACKAGE = re.compile(r".*[/\\](?:Lib|lib|python[\d.]+)[/\\]test[/\\]")
_THREAD = re.compile(r"^(?:Current t|T)hread 0x[0-9a-f]+ .*most recent call first\):|^Stack \(most")
_CURRENT = re.compile(r"^Current thread ")
_IN_STACK = re.compile(
    r"^\s+File \"|^\s*$|^Current thread|^Thread 0x|^Python runtime state|^\s+<|^  \.\.\."
)


@dataclass(frozen=True, slots=True)
class Stack:
    """What faulthandler printed, the cause first."""

    lines: tuple[Line, ...]
    message: str
    location: str | None
    test_file: str | None


def parse_stack(hit: Hit, head: str, directory: str | None) -> Stack:
    """Read what stands around `Fatal Python error:` or `Timeout (…)!`."""
    above = [line for line in hit.above(8) if ASSERTION.search(line.text)]
    below: list[Line] = []
    for line in hit.below(120):
        if not _IN_STACK.match(line.text):
            break
        below.append(line)
    current = _current_thread(below)
    frames = [m for line in current if (m := FRAME.match(line.text))]
    own = next((m for m in frames if _name_file(m["path"])), None) or next(iter(frames), None)
    return Stack(
        (*above[:1], hit.line, *(line for line in current if not line.is_blank)),
        above[0].text if above else head,
        make_location(own["path"], own["line"], directory) if own else None,
        find_test_file(current),
    )


def _current_thread(lines: list[Line]) -> list[Line]:
    """The stack of the thread that was running; else of the one that runs a test; else all."""
    heads = [n for n, line in enumerate(lines) if _THREAD.match(line.text)]
    if not heads:
        return lines
    stacks = [lines[n:end] for n, end in zip(heads, [*heads[1:], len(lines)], strict=True)]
    current = (stack for stack in stacks if _CURRENT.match(stack[0].text))
    tested = (stack for stack in stacks if find_test_file(stack))
    return next(current, None) or next(tested, None) or lines


def find_test_file(lines: Iterable[Line]) -> str | None:
    """Regrtest's name of the test file that the innermost frame lies in."""
    frames = (FRAME.match(line.text) for line in islice(lines, 120))
    return next((name for m in frames if m and (name := _name_file(m["path"]))), None)


def _name_file(path: str) -> str | None:
    package = _PACKAGE.match(path)
    inside = path[package.end() - 1 :] if package else path
    if "libregrtest" in inside or "support" in inside:
        return None
    found = _TEST_FILE.search(inside)
    if not found:
        return None
    name = found[1].replace("\\", "/").strip("/")
    return name.replace("/", ".") if package else name.rpartition("/")[2]


class Faulthandler(Format):
    """A Python that died outside of any test runner that we know."""

    suite = "faulthandler"
    absorbs = ("python",)
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("Fatal Python error: ", r"(Fatal Python error: .*)$", "crash"),
        rule("Windows fatal exc", r"(Windows fatal exception: .*)$", "crash"),
        rule("Timeout (", r"(Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!)$", "timeout"),
    )

    def crash(self, hit: Hit, match: re.Match[str]) -> None:
        """The interpreter died."""
        self._add(Kind.CRASH, hit, match[1], match[1].partition(":")[0])

    def timeout(self, hit: Hit, match: re.Match[str]) -> None:
        """The watchdog fired."""
        self._add(Kind.TIMEOUT, hit, match[1], "Timeout")

    def _add(self, kind: Kind, hit: Hit, head: str, exception: str) -> None:
        stack = parse_stack(hit, head, self.facts.directory)
        self.findings.append(
            Finding(kind, stack.lines, stack.message, None, exception, stack.location)
        )
