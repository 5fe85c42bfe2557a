"""Twisted's trial."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.facts import LogFacts
from bot.logs.formats.base import Finding, Format, Hit, Outcome, Rule, rule
from bot.logs.lines import Line
from bot.logs.traceback import parse_raised, parse_traceback

_NAME = re.compile(r"^[A-Za-z_]\w*(?:\.\w+)*$")


_END = re.compile(r"^={70,}|^-{70,}")


class Trial(Format):
    """`trial`: the name of the test stands below its traceback."""

    suite = "trial"
    stops_early = re.compile(r"trial\s(?:.*\s)?(?:--exitfirst|-x)(?:\s|$)")
    absorbs = ("unittest", "python")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("[FAIL]", r"^\[FAIL\]$", "failed"),
        rule("[ERROR]", r"^\[ERROR\]$", "failed"),
        rule("[SUCCESS!?!]", r"^\[SUCCESS!\?!\]$", "failed"),
        rule(r"/Ran \d/", r"^Ran (\d+) tests? in ", "footer"),
    )

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False

    def failed(self, hit: Hit, _match: re.Match[str]) -> None:
        """One paragraph; several tests may share it."""
        body: list[Line] = []
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

    def _make(self, head: Line, body: list[Line], test: str) -> Finding:
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

    def finish(self) -> Outcome | None:
        """The tests that failed."""
        if not self._tests:
            return None
        run = TestRun(self.suite, self._ended)
        return Outcome(self.suite, tuple(self._tests.values()), (run,))
