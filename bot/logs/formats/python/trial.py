"""Twisted's trial."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.python_traceback import parse_raised, parse_traceback

_NAME = late(r"^[A-Za-z_]\w*(?:\.\w+)*$")


_END = late(r"^={70,}|^-{70,}")
# The tree: a module, its classes, their tests, each indented by two blanks more.
_RUNNING = late(r"^(?P<indent> *)(?P<name>\w+) \.\.\. *$")
_NODE = late(r"^(?P<indent> *)(?P<name>[\w.]+)$")


class Trial(Format):
    """`trial`: the name of the test stands below its traceback."""

    suite = "trial"
    stops_early = linear(r"trial\s(?:.*\s)?(?:--exitfirst|-x)(?:\s|$)")
    absorbs = ("unittest", "python")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("[FAIL]", r"^\[FAIL\]$", "failed"),
        rule("[ERROR]", r"^\[ERROR\]$", "failed"),
        rule("[SUCCESS!?!]", r"^\[SUCCESS!\?!\]$", "failed"),
        rule(r"/Ran \d/", r"^Ran (\d+) tests? in ", "footer"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False

    def failed(self, hit: Hit, _match: re.Match[str]) -> None:
        """One paragraph; several tests may share it."""
        body: list[LogLine] = []
        for line in hit.below():
            if _END.match(line.text):
                break
            body.append(line)
        while body and body[-1].is_blank:
            body.pop()
        names: list[str] = []
        while body and _NAME.match(body[-1].text):
            names.append(body.pop().text)
        for name in reversed(names):
            self._tests.setdefault(name, self._make(hit.line, body, name))

    def _make(self, head: LogLine, body: list[LogLine], test: str) -> Finding:
        raised = parse_traceback(body, self.facts.directory)
        telling = [line for line in body if not line.is_blank]
        last = telling[-1] if telling else head
        timed_out = any("TimeoutError" in line.text for line in telling)
        return Finding(
            Kind.TIMEOUT if timed_out else Kind.TEST_FAILURE,
            (*telling, head) if telling else (head,),
            raised.message if raised else last.text,
            test,
            raised.exception if raised else parse_raised(last.text)[0],
            raised.location if raised else None,
        )

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def find_running(self) -> tuple[tuple[LogLine, str], ...]:
        """The last test of the tree, where it has no verdict."""
        telling = [line for line in self.facts.tail if not line.is_blank]
        last = _RUNNING.match(telling[-1].text) if telling else None
        if not last or not last["indent"]:
            return ()
        names, indent = [last["name"]], len(last["indent"])
        for line in reversed(telling):
            node = _NODE.match(line.text)
            if node and len(node["indent"]) < indent:
                names.append(node["name"])
                indent = len(node["indent"])
        return ((telling[-1], ".".join(reversed(names))),) if not indent else ()

    def finish(self) -> FormatResult | None:
        """The tests that failed; of a module that could not be loaded nothing ran."""
        left = () if self._tests or self._ended else self.find_left()
        if not self._tests and not left:
            return None
        modules = tuple(test for test, lines in self._tests.items() if _is_module(lines))
        run = TestRun(self.suite, self._ended, modules or None if self._ended else None)
        return FormatResult(self.suite, (*self._tests.values(), *left), (run,))


def _is_module(finding: Finding) -> bool:
    """True for what trial's loader says: it names a module, or a name that is not there."""
    return any("in loadByName" in line.text or "loadModule" in line.text for line in finding.lines)
