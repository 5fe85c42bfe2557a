"""GoogleTest."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.formats.native.sanitizers import parse_report
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata, find_last_words

_ASSERTED_AT = late(r"(?:^|\s)(?P<path>[^\s:]+):(?P<line>\d+): ")


_MARK = late(r"^\[(?:-{10}|={10}| RUN      |       OK |  FAILED  |  SKIPPED )\]")


class Gtest(Format):
    """GoogleTest; when it dies, the last `[ RUN ]` names the test."""

    suite = "gtest"
    stops_early = late(r"\s--gtest_fail_fast(?:\s|=[1tT]|$)")
    absorbs = ("process",)
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("[  FAILED  ] ",
            linear(r"^\[  FAILED  \] (?P<id>[\w/.<>]+?\.[\w/<>.]+)(?:, where .*?)? \(\d+ ms\)$"),
            "failed"),
        rule("[  FAILED  ] ", r"^\[  FAILED  \] (?P<id>[\w/]+\.[\w/]+)(?:, where .*)?$", "listed"),
        rule("[----------] ",
            r"^\[-{10}\] \d+ tests? from (?P<id>[\w/<>]+)(?:, where .*)?"
            r"(?P<ended> \(\d+ ms total\))?$", "suite_line"),
        rule("TearDownTest", r"^\[  FAILED  \] (?P<id>[\w/<>]+): SetUpTest\w+ or TearDownTest\w+$",
            "suite_failed"),
        rule(" ran. (",
            r"^\[==========\] \d+ tests? from \d+ test (?:suites?|cases?) ran\.", "footer"),
        rule("[==========] Running", r"^\[==========\] Running \d+ tests? from ", "start"),
        rule("with a seed of", r"Randomizing tests' orders with a seed of (\d+)", "random_seed"),
        rule("Segmentation fault", r"^(?:.*: line \d+: +\d+ )?(Segmentation fault|Aborted)\b",
            "died"),
        rule("Aborted", r"^(?:.*: line \d+: +\d+ )?(Aborted)\b", "died"),
        rule("killed by signal", r"^(process killed by signal (?:4|6|7|8|11))$", "died"),
        rule("Sanitizer: ", r"(?:^|\s|=)ERROR: (?P<type>\w+Sanitizer)(?P<text>: .+)$", "reported"),
    )  # fmt: skip
    begins = late(r"^\[ RUN      \] (?P<id>\S+)$")
    ends = late(r"^\[       OK \] |^\[  FAILED  \] |^\[----------\]|^\[==========\]")
    _RUN = late(r"^\[ RUN      \] (?P<id>\S+)$")
    _DONE = late(r"^\[       OK \] |^\[  FAILED  \] |^\[----------\]|^\[==========\]")
    _PLACE = late(r"^(?P<path>[^\s:(]\S*?)(?::|\()(?P<line>\d+)\)?: (?:Failure|error)")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._started = 0
        self._ended = 0
        self._seed: str | None = None
        self._said: dict[str, list[LogLine]] = {}  # by what is around the tests of a suite
        self._skipped: list[str] = []  # suites that could not be set up

    def suite_line(self, hit: Hit, match: re.Match[str]) -> None:
        """A suite begins or ends; beside its tests only its set-up and tear-down fail."""
        lines = hit.above(30) if match["ended"] else hit.below(30)
        said = list(takewhile(lambda line: not _MARK.match(line.text), lines))
        said = said[::-1] if match["ended"] else said
        if any(self._PLACE.match(line.text) for line in said):
            self._said.setdefault(match["id"], said)
            if not match["ended"]:
                self._skipped.append(match["id"])

    def suite_failed(self, hit: Hit, match: re.Match[str]) -> None:
        """Its tests are called skipped, and no failure is counted."""
        suite = match["id"]
        self._add(suite, self._said.get(suite, []), hit.line)

    def start(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A run begins."""
        self._started += 1

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of --gtest_shuffle."""
        self._seed = match[1]

    def _output(self, hit: Hit) -> tuple[str | None, list[LogLine]]:
        """The running test, and what it printed up to here."""
        output: list[LogLine] = []
        for line in hit.above():
            running = self._RUN.match(line.text)
            if running:
                return running["id"], [line, *output[::-1]]
            if self._DONE.match(line.text):
                return None, output[::-1]
            output.append(line)
        return None, output[::-1]

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """The verdict; the failed check stands above."""
        _, output = self._output(hit)
        self._add(match["id"], output, hit.line)

    def _add(self, test: str, output: list[LogLine], verdict: LogLine) -> None:
        first = next((n for n, line in enumerate(output) if "Failure" in line.text), 0)
        body = output[first:]
        place = next((m for line in body if (m := self._PLACE.match(line.text))), None)
        self._tests[test] = Finding(
            Kind.TEST_FAILURE,
            (*body, verdict),
            _join_check(body) or verdict.text,
            test,
            location=make_location(place["path"], place["line"], self.facts.directory)
            if place
            else None,
        )

    def listed(self, hit: Hit, match: re.Match[str]) -> None:
        """The list at the end."""
        self._tests.setdefault(
            match["id"], Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, match["id"])
        )

    def died(self, hit: Hit, match: re.Match[str]) -> None:
        """The process went away in the middle of a test."""
        test, output = self._output(hit)
        if not test or test in self._tests:
            return
        words = find_last_words(output)
        lines = dict.fromkeys((*words, hit.line, *output[:1], *output[-6:]))
        message = words[0].text.strip() if words else match[1]
        place = next((m for line in words if (m := _ASSERTED_AT.search(line.text))), None)
        location = (
            make_location(place["path"], place["line"], self.facts.directory) if place else None
        )
        self._tests[test] = Finding(Kind.CRASH, tuple(lines), message, test, match[1], location)

    def reported(self, hit: Hit, match: re.Match[str]) -> None:
        """A sanitizer stopped the process in the middle of a test."""
        test, output = self._output(hit)
        if test:
            report = parse_report(hit, match, self.facts.directory)
            self._tests[test] = replace(report, lines=(*report.lines, *output[:1]), test=test)

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended += 1

    def finish(self) -> FormatResult | None:
        """The tests that did not pass."""
        if not self._started and not self._tests:
            return None
        hidden = tuple(dict.fromkeys(self._skipped)) or None
        run = TestRun(self.suite, self._ended >= max(1, self._started), hidden)
        return FormatResult(self.suite, tuple(self._tests.values()), (run,), seed=self._seed)


def _join_check(body: list[LogLine]) -> str:
    """The lines of one check as one: what was expected and what came."""
    texts = [line.text.strip() for line in body[1:5]]
    return "; ".join(text for text in texts if text)
