"""jest and vitest."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.formats.javascript.shared import make_finding
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata


class Jest(Format):
    """jest and vitest: one `●` or ` FAIL ` paragraph per failure."""

    suite = "jest"
    stops_early = late(r"\s(?:--bail|-b)(?:\s|=[1-9]|$)")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("● ", r"^\s*● (?P<id>(?!Console$|Validation ).+)$", "bullet"),
        rule("FAIL ", r"^\s*FAIL\s+(?:\|?\w+\|? )?(?P<id>\S+\.[cm]?[jt]sx? > .+)$", "vitest"),
        rule("FAIL ",
            r"^\s*FAIL\s+(?:\|?\w+\|? )?(?P<id>\S+\.[cm]?[jt]sx?)(?: \(.*\)| \[ .* \])?$", "file"),
        rule("Test Suites: ", r"^Test Suites: ", "footer"),
        rule(" Test Files ", r"^\s+Test Files\s+\d", "vitest_footer"),
        rule("No tests found", r"^No tests found, exiting with code 1", "nothing"),
        rule("No test files", r"^No test files found, exiting with code 1", "nothing"),
        rule("Seed:", r"^\s*Seed:\s+(-?\d+)$", "random_seed"),
    )  # fmt: skip
    begins = late(r"^\s*RUNS\s+(?P<id>\S+\.[cm]?[jt]sx?)")
    ends = late(r"^\s*(?:PASS|FAIL) |^Tests: ")
    _END = late(r"^\s*● |^(?:PASS|FAIL|RUNS) |^Test Suites: |^\s*FAIL |⎯⎯\[\d+/\d+\]|^ Test Files")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._file = ""
        self._ended: str | None = None
        self._seed: str | None = None

    def _body(self, hit: Hit) -> list[LogLine]:
        body: list[LogLine] = []
        for line in hit.below(60):
            if self._END.search(line.text):
                break
            body.append(line)
        return body

    def file(self, hit: Hit, match: re.Match[str]) -> None:
        """The file that the paragraphs below belong to."""
        self._file = match["id"].removeprefix("./")
        below = next((line for line in hit.below(2) if not line.is_blank), None)
        if below and not below.text.lstrip().startswith(("●", "✕", "✓")) and "Error" in below.text:
            body = self._body(hit)
            self._tests.setdefault(
                self._file, make_finding(hit.line, body, self._file, self.facts.directory)
            )

    def bullet(self, hit: Hit, match: re.Match[str]) -> None:
        """Jest's paragraph; the summary repeats it."""
        name = match["id"].strip()
        test = self._file if name == "Test suite failed to run" else name
        body = self._body(hit)
        if test and test not in self._tests and any(not line.is_blank for line in body):
            thrown = next((line for line in body if "Exceeded timeout of" in line.text), None)
            self._tests[test] = make_finding(hit.line, body, test, self.facts.directory, thrown)

    def vitest(self, hit: Hit, match: re.Match[str]) -> None:
        """Vitest's paragraph."""
        test = match["id"].strip()
        body = self._body(hit)
        self._tests.setdefault(test, make_finding(hit.line, body, test, self.facts.directory))

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """An empty suite."""
        self.findings.append(Finding(Kind.NO_TESTS, (hit.line,), hit.line.text))

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of --randomize or --showSeed."""
        self._seed = match[1]

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Jest came to its end."""
        self._ended = "jest"

    def vitest_footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Vitest came to its end."""
        self._ended = "vitest"

    def finish(self) -> FormatResult | None:
        """Without a footer the same signs are somebody else's."""
        if not self._ended and not self.findings:
            return None
        run = TestRun(self._ended or self.suite, bool(self._ended))
        findings = (*self._tests.values(), *self.findings)
        return FormatResult(self._ended or self.suite, findings, (run,), seed=self._seed)
