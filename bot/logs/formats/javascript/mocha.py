"""mocha's spec reporter."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import TestRun
from bot.core.patterns import late
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.formats.javascript.shared import make_finding
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata


class Mocha(Format):
    """mocha's spec reporter: a numbered paragraph per failure, the titles above each other."""

    suite = "mocha"
    stops_early = late(r"\s(?:--bail|-b)(?:\s|$)")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(r"/\d failing/", r"^  (?P<count>\d+) failing$", "failures"),
        rule(" passing (", r"^  \d+ passing \(", "footer"),
    )
    _HEAD = late(r"^  \d+\) (?P<title>.*)$")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._ended = False

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def failures(self, hit: Hit, match: re.Match[str]) -> None:
        """All paragraphs stand below."""
        paragraphs: list[list[LogLine]] = []
        for line in hit.below():
            if self._HEAD.match(line.text):
                if len(paragraphs) == int(match["count"]):
                    break
                paragraphs.append([])
            if paragraphs:
                paragraphs[-1].append(line)
        for paragraph in paragraphs:
            self._add(hit.line, paragraph)

    def _add(self, head: LogLine, paragraph: list[LogLine]) -> None:
        """The titles go on, deeper and deeper, up to a colon."""
        titles: list[str] = []
        for used, line in enumerate(paragraph, 1):
            text = line.text.strip()
            found = self._HEAD.match(line.text)
            titles.append((found["title"] if found else text).removesuffix(":"))
            if text.endswith(":") or used == 12:
                break
        test = " ".join(titles)
        body = _cut_behind_stack(paragraph[used:])
        finding = make_finding(head, body, test, self.facts.directory)
        titles_lines = paragraph[:used]
        self.findings.append(
            Finding(
                finding.kind,
                (head, *titles_lines, *finding.lines[1:]),
                finding.message,
                test,
                finding.exception,
                finding.location,
            )
        )

    def finish(self) -> FormatResult | None:
        """The tests that failed."""
        if not self.findings and not self._ended:
            return None
        return FormatResult(self.suite, tuple(self.findings), (TestRun(self.suite, complete=True),))


def _cut_behind_stack(body: list[LogLine]) -> list[LogLine]:
    """Mocha says nothing at its end: what stands at the margin below a stack is another's."""
    in_stack = False
    for n, line in enumerate(body):
        in_stack = in_stack or line.text.startswith("      at ")
        if in_stack and line.text[:1].strip():
            return body[:n]
    return body
