"""Robot Framework's console: a table of suites and tests, with messages below their lines."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import PROVOKED, Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

_RULE = late(r"^[-=]{50,}$")
_DOUBLE = late(r"^={50,}$")
_TOTALS = late(r"^(?P<tests>\d+) tests?, \d+ passed, \d+ failed")
# A name is cut where the table's column ends; its documentation stands behind ` :: `.
_DOCUMENTATION = late(r" ::(?: .*)?$")
# After the first failure, with -X, and after what a keyword calls fatal.
_NOT_RUN = ("Failure occurred and exit-on-failure mode", "Test execution stopped due to a fatal")


class Robot(Format):
    """`robot`. A test's name goes with those of the suites around it."""

    suite = "robot"
    absorbs = ("python", "unittest")
    outranks = PROVOKED
    stops_early = late(r"\s(?:-X|--exitonfailure)(?:\s|$)")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("| FAIL |", linear(r"^(?P<name>\S.*?)\s+\| FAIL \|$"), "failed"),
        rule("Running suite '", r"^Running suite '.+' with \d+ tests?\.$", "begin"),
        rule("FAIL: ", r"^FAIL: (?P<name>\S.*)$", "listed"),
        rule("| PASS |", linear(r"^(?P<name>\S.*?)\s+\| PASS \|$"), "passed"),
        rule(r"/={20}[\r\n]/", r"^={50,}$", "ruled"),
        rule("Output:  ", r"^Output:  \S", "footer"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._suite = ""  # the innermost that was opened
        self._tests: dict[str, Finding] = {}
        self._seen = self._ended = self._is_dotted = False
        self._not_reached: dict[str, None] = {}

    def ruled(self, hit: Hit, _match: re.Match[str]) -> None:
        """A suite's name stands between two double rules."""
        name, rule_below = ([*hit.below(2), None, None])[:2]
        if name and rule_below and _DOUBLE.match(rule_below.text) and "|" not in name.text:
            self._suite = _DOCUMENTATION.sub("", name.text.rstrip())

    def passed(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A test or a whole suite."""
        self._seen = True

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A test; of a suite the totals follow."""
        self._seen = True
        name = _DOCUMENTATION.sub("", match["name"])
        body = list(takewhile(lambda line: not _RULE.match(line.text), hit.below(60)))
        if any(_TOTALS.match(line.text) for line in body):
            self._fail_suite(hit, name, body)
            return
        self._add(hit, f"{self._suite}.{name}" if self._suite else name, body)

    def begin(self, _hit: Hit, _match: re.Match[str]) -> None:
        """`--console dotted`: failed tests are listed at the end, with their whole names."""
        self._seen = self._is_dotted = True

    def listed(self, hit: Hit, match: re.Match[str]) -> None:
        """One of that list."""
        if self._is_dotted:
            body = takewhile(lambda line: not _RULE.match(line.text), hit.below(60))
            self._add(hit, match["name"], list(body))

    def _add(self, hit: Hit, test: str, body: list[LogLine]) -> None:
        told = [line for line in body if not line.is_blank]
        message = " ".join(line.text.strip() for line in told)[:300] or hit.line.text
        if message.startswith(_NOT_RUN):
            self._not_reached[test] = None
            return
        self._tests.setdefault(test, Finding(Kind.TEST_FAILURE, (hit.line, *told), message, test))

    def _fail_suite(self, hit: Hit, name: str, body: list[LogLine]) -> None:
        """A suite whose own set-up or teardown failed says so above its totals."""
        said = takewhile(lambda line: not _TOTALS.match(line.text), body)
        told = [line for line in said if not line.is_blank]
        if told:
            message = " ".join(line.text.strip() for line in told)[:300]
            self.findings.append(Finding(Kind.TEST_FAILURE, (hit.line, *told), message, name))

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The files that were written, at the very end."""
        self._ended = True

    def finish(self) -> FormatResult | None:
        """The tests that failed; a suite's own trouble where it is not told of each test."""
        if not self._seen or not (self._ended or self._suite or self._is_dotted):
            return None
        told = {finding.message for finding in self._tests.values()}
        own = [f for f in self.findings if not any(_find_reason(f) in text for text in told)]
        missed = tuple(self._not_reached)
        run = TestRun(self.suite, self._ended and not missed, missed or None)
        return FormatResult(self.suite, (*self._tests.values(), *own), (run,))


def _find_reason(finding: Finding) -> str:
    """`too cold` of `Suite setup failed: too cold`: of its tests the same is said."""
    return finding.message.partition(": ")[2] or finding.message
