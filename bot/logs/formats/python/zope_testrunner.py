"""zope.testrunner: tests in layers, which are set up and torn down around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import PROVOKED, Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.identifiers import find_unittest_id, make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.python_traceback import parse_traceback

_END = late(
    r"^(?:Error|Failure) in test |^ {2}(?:Ran \d+ tests|Set up|Tear down) |^Running \S+ tests:"
    r"|^Tearing down |^Tests? with|^Test-modules? |^Module: |^Total: | test\w* \(\S+\)$"
)
_EXAMPLE = late(r"^Failed example:$")
_PLACE = late(r'^File "(?P<path>[^"]+)", line (?P<line>\d+), in \S+$')
_RULE = late(r"^-{50,}$")


class ZopeTestrunner(Format):
    """`zope-testrunner`."""

    suite = "zope.testrunner"
    absorbs = ("unittest", "python", "doctest", "faulthandler")
    outranks = PROVOKED
    begins = late(r"^ (?P<id>\w+ \(\S+\))")
    ends = late(r"^\s+Ran \d+ tests with|^(?:Error|Failure) in test")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("Failure in test ", r"^Failure in test (?P<test>\S.*)$", "failed"),
        rule("Error in test ", r"^Error in test (?P<test>\S.*)$", "failed"),
        rule("Set up ", r"^\s+Set up (?P<layer>\S+) Traceback \(most", "cold"),
        rule("Tear down ", r"^\s+Tear down (?P<layer>\S+) Traceback \(most", "stuck"),
        rule("Module: ", r"^Module: (?P<module>[\w.]+)$", "broken"),
        rule(" tests:", r"^Running (?P<layer>\S+) tests:$", "begin"),
        rule(" failures", r"^\s+Ran (?P<tests>\d+) tests with \d+ failures, ", "footer"),
        rule("communicate with subprocess", r"^Could not communicate with subprocess!", "died"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._modules: dict[str, None] = {}  # that could not be imported
        self._begun = self._ended = self._cold = 0
        self._was_cut = False

    def begin(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The tests of a layer."""
        self._begun += 1

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A layer is over."""
        self._ended += 1

    def died(self, _hit: Hit, _match: re.Match[str]) -> None:
        """With it the rest of its layer."""
        self._was_cut = True

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A test of any kind."""
        test = find_unittest_id(match["test"]) or match["test"]
        self._add(hit.line, test, _take(hit))

    def cold(self, hit: Hit, match: re.Match[str]) -> None:
        """A layer could not be set up: none of its tests ran, and nobody names them."""
        self._cold += 1
        self._add(hit.line, f"{match['layer']}.setUp", [hit.line, *_take(hit)])

    def stuck(self, hit: Hit, match: re.Match[str]) -> None:
        """A layer could not be torn down."""
        self._add(hit.line, f"{match['layer']}.tearDown", [hit.line, *_take(hit)])

    def broken(self, hit: Hit, match: re.Match[str]) -> None:
        """A module could not be imported."""
        self._modules[match["module"]] = None
        self._add(hit.line, match["module"], _take(hit))

    def _add(self, head: LogLine, test: str, body: Sequence[LogLine]) -> None:
        raised = parse_traceback(body, self.facts.directory)
        own = [line for line in (raised.lines if raised else body) if not line.is_blank]
        place = next((m for line in own if (m := _PLACE.match(line.text))), None)
        message = raised.message if raised else _find_message(own) or head.text
        directory = self.facts.directory
        location = make_location(place["path"], place["line"], directory) if place else None
        self._tests.setdefault(
            test,
            Finding(
                Kind.TEST_FAILURE,
                tuple(dict.fromkeys((head, *own))),
                message,
                test,
                raised.exception if raised else None,
                raised.location if raised else location,
            ),
        )

    def finish(self) -> FormatResult | None:
        """Complete when every layer that began came to its end."""
        if not self._begun and not self._tests:
            return None
        findings = (*self._tests.values(), *(() if self._ended else self.find_left()))
        complete = 0 < self._begun <= self._ended and not self._cold and not self._was_cut
        hidden = tuple(self._modules) or None
        run = TestRun(self.suite, complete, hidden if complete else None)
        return FormatResult(self.suite, findings, (run,))

    def find_running(self) -> tuple[tuple[LogLine, str], ...]:
        """The last test of `-vv`."""
        found = super().find_running()
        return tuple((line, find_unittest_id(test) or test) for line, test in found)


def _take(hit: Hit) -> list[LogLine]:
    return list(takewhile(lambda line: not _END.search(line.text), hit.below()))


def _find_message(body: Sequence[LogLine]) -> str:
    """Of a doctest the example, what was expected and what came; else the first word."""
    at = next((n for n, line in enumerate(body) if _EXAMPLE.match(line.text)), None)
    if at is None:
        return body[0].text.strip() if body else ""
    rest = takewhile(lambda line: not _RULE.match(line.text), body[at + 1 :])
    return " ".join(line.text.strip() for line in rest)[:200]
