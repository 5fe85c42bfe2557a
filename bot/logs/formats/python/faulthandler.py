"""A Python that died or hung: faulthandler's stack, with the C assertion above it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, Hit, Rule, rule
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.python_traceback import FRAME

ASSERTION = linear(
    r"Assertion [`'\"].*failed|Assertion failed: |: assertion \"|_PyObject_AssertFailed|^Assertion "
)
# A test file as its path names it; libregrtest and support only run tests.
_TEST_FILE = linear(r"[/\\]((?:[\w]+[/\\])*test_\w+)(?:[/\\]__init__)?\.py$")
_PACKAGE = late(r".*[/\\](?:Lib|lib|python[\d.]+)[/\\]test[/\\]")
_THREAD = late(r"^(?:Current t|T)hread 0x[0-9a-f]+ .*most recent call first\):|^Stack \(most")
_CURRENT = late(r"^Current thread ")
_C_STACK = late(r"^Current thread's C stack trace")
_RUNNERS = linear(
    r'File "(?:<frozen |.*[/\\](?:unittest|libregrtest|_pytest|pluggy|xdist|execnet|runpy)'
    r"(?:[/\\]|\.py))"
)
_IN_STACK = late(
    r"^\s+File \"|^\s*$|^Current thread|^Thread 0x|^Python runtime state|^\s+<|^  \.\.\."
)


@dataclass(frozen=True, slots=True)
class Stack:
    """What faulthandler printed, the cause first."""

    lines: tuple[LogLine, ...]
    message: str
    location: str | None
    test_file: str | None


def parse_stack(hit: Hit, head: str, directory: str | None) -> Stack:
    """Read what stands around `Fatal Python error:` or `Timeout (…)!`."""
    above = [line for line in hit.above(8) if ASSERTION.search(line.text)]
    below: list[LogLine] = []
    for line in hit.below(120):
        if not _IN_STACK.match(line.text):
            break
        below.append(line)
    current = _current_thread(below)
    frames = [m for line in current if (m := FRAME.match(line.text))]
    own = next((m for m in frames if _name_file(m["path"])), None) or next(iter(frames), None)
    return Stack(
        (*above[:1], hit.line, *_without_runner(current)),
        above[0].text if above else head,
        make_location(own["path"], own["line"], directory) if own else None,
        find_test_file(current),
    )


def _current_thread(lines: list[LogLine]) -> list[LogLine]:
    """The stack of the thread that was running; else of the one that runs a test; else all."""
    heads = [n for n, line in enumerate(lines) if _THREAD.match(line.text)]
    if not heads:
        return lines
    stacks = [lines[n:end] for n, end in zip(heads, [*heads[1:], len(lines)], strict=True)]
    current = (stack for stack in stacks if _CURRENT.match(stack[0].text))
    tested = (stack for stack in stacks if find_test_file(stack))
    return next(current, None) or next(tested, None) or lines


def _without_runner(stack: list[LogLine]) -> list[LogLine]:
    """The frames of the program; those of its runner and of C say nothing, if there are others."""
    shown = [line for line in stack if not line.is_blank and not _C_STACK.match(line.text)]
    own = [line for line in shown if not _RUNNERS.search(line.text)]
    return own if any(FRAME.match(line.text) for line in own) else shown


def find_test_file(lines: Iterable[LogLine]) -> str | None:
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
