"""Python's other test runners: Twisted's trial, and doctest."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.formats.base import Finding, Format, Hit, LogFacts, Outcome, Rule, rule
from bot.logs.ids import make_location
from bot.logs.lines import Line
from bot.logs.traceback import parse_raised, parse_traceback

_NAME = re.compile(r"^[A-Za-z_]\w*(?:\.\w+)*$")
_END = re.compile(r"^={70,}|^-{70,}")


class Trial(Format):
    """`trial`: the name of the test stands below its traceback."""

    suite = "trial"
    absorbs = ("unittest", "python")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("[FAIL]", r"^\[FAIL\]$", "failed"),
        rule("[ERROR]", r"^\[ERROR\]$", "failed"),
        rule("[SUCCESS!?!]", r"^\[SUCCESS!\?!\]$", "failed"),
        rule("Ran ", r"^Ran (\d+) tests? in ", "footer"),
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
        return Outcome(self.suite, tuple(self._tests.values()), (run,), absorbs=self.absorbs)


class Doctest(Format):
    """doctest alone, or in the middle of something else."""

    suite = "doctest"
    rules: ClassVar[tuple[Rule, ...]] = (rule("Failed example:", r"^Failed example:$", "example"),)
    _PLACE = re.compile(r'^File "(?P<path>.+)", line (?P<line>\d+), in (?P<id>\S+)$')
    _STOP = re.compile(r"^\*{60,}$|^-{60,}$|^\d+ items? had failures")

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}

    def example(self, hit: Hit, _match: re.Match[str]) -> None:
        """An example that gave something else."""
        above = next(iter(hit.above(1)), None)
        place = self._PLACE.match(above.text) if above else None
        if above is None or place is None or place["id"] in self._tests:
            return
        body: list[Line] = []
        for line in hit.below(30):
            if self._STOP.match(line.text):
                break
            body.append(line)
        texts = [line.text.strip() for line in body if not line.is_blank]
        self._tests[place["id"]] = Finding(
            Kind.TEST_FAILURE,
            (above, hit.line, *body),
            " ".join(texts)[:200],
            place["id"],
            location=make_location(place["path"], place["line"], self.facts.directory),
        )

    def finish(self) -> Outcome | None:
        """The objects whose examples failed."""
        if not self._tests:
            return None
        run = TestRun(self.suite, complete=True)
        return Outcome(self.suite, tuple(self._tests.values()), (run,))
