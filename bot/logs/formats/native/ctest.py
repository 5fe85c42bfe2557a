"""CMake's ctest."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import PARTS, Finding, Format, FormatResult, Hit, Rule, rule, take_until
from bot.logs.log_metadata import LogMetadata


class Ctest(Format):
    """CMake's ctest."""

    suite = "ctest"
    stops_early = late(r"\s--stop-on-failure(?:\s|$)")
    absorbs = PARTS
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("***",
            linear(r"^\s*(?:\d+/\d+ )?Test\s+#\d+: (?P<id>.+?) ?\.*"
            r"(?P<how>(?:Subprocess|Child) \w+)?\*\*\*(?P<what>\S.*?)\s+[\d.]+ sec"),
            "test"),
        rule("The following tests FAILED", r"^The following tests FAILED:", "summary"),
        rule("No tests were found", r"^No tests were found!!!", "nothing"),
        rule("% tests passed", r"^\d+% tests passed(?:, \d+ tests? failed)? out of \d+", "footer"),
        # Its second verdict with --repeat has no count before it.
        rule("    Test ", linear(r"^    Test\s+#\d+: (?P<id>.+?) \.*\s+Passed\s"), "passed"),
    )  # fmt: skip
    begins = late(r"^\s+Start\s+\d+: (?P<id>.+)$")
    ends = late(r"^\s*\d+/\d+ Test\s+#|^\d+% tests passed")
    _LISTED = late(r"^\s+\d+ - (?P<id>.+?) \((?P<what>[^()]+)\)\s*(?:\S.*)?$")
    _NEXT = late(
        r"^\s*\d+/\d+ Test\s+#|^    Test\s+#\d+: |^\s+Start\s+\d+: |^\d+% tests passed|^test \d+$"
    )
    # They are marked with stars, as failures are, and fail nothing.
    _LEFT_OUT = late(r"^(?:Skipped|Not Run \(Disabled\)|Disabled)")
    _KINDS = (("SegFault", Kind.CRASH), ("SEGFAULT", Kind.CRASH), ("Exception", Kind.CRASH),
              ("Subprocess aborted", Kind.CRASH), ("Child aborted", Kind.CRASH),
              ("Subprocess killed", Kind.INFRA), ("Child killed", Kind.INFRA),
              ("Timeout", Kind.TIMEOUT))  # fmt: skip

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False

    def _kind(self, what: str) -> Kind:
        return next((kind for word, kind in self._KINDS if word in what), Kind.TEST_FAILURE)

    def test(self, hit: Hit, match: re.Match[str]) -> None:
        """The verdict, and with --output-on-failure the output below it."""
        what = match["how"] or match["what"]
        if self._LEFT_OUT.match(what):
            return
        body = [line for line in take_until(hit.below(), self._NEXT) if not line.is_blank]
        message = body[0].text.strip() if body else what
        lines = (hit.line, *body)
        self._tests[match["id"]] = Finding(self._kind(what), lines, message, match["id"])

    def summary(self, hit: Hit, _match: re.Match[str]) -> None:
        """The list at the end, which names the same tests again."""
        for line in hit.below():
            listed = self._LISTED.match(line.text)
            if not listed:
                return
            known = self._tests.get(listed["id"])
            lines = (*known.lines, line) if known else (line,)
            message = known.message if known else listed["what"]
            kind = known.kind if known else self._kind(listed["what"])
            self._tests[listed["id"]] = Finding(kind, lines, message, listed["id"])

    def passed(self, _hit: Hit, match: re.Match[str]) -> None:
        """A test passed when it was repeated."""
        known = self._tests.get(match["id"])
        if known:
            self._tests[match["id"]] = replace(known, passed_on_rerun=True)

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """An empty suite."""
        self.findings.append(Finding(Kind.NO_TESTS, (hit.line,), hit.line.text))

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def finish(self) -> FormatResult | None:
        """The tests that did not pass."""
        findings = (*self._tests.values(), *self.findings)
        if not findings and not self._ended:
            return None
        run = TestRun(self.suite, self._ended)
        return FormatResult(self.suite, findings, (run,))
