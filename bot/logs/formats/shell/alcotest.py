"""Alcotest, a framework of OCaml: a line per test, and one of those that failed in a box."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit, Rule, rule
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata


class Alcotest(Runner):
    """Alcotest, and what dune says of the program: that is how a test is run again."""

    suite = "alcotest"
    verdicts = (
        verdict(
            "[FAIL]",
            linear(r"^>?\s*(?P<text>\[FAIL\])\s+(?P<scope>\S.*?)\s+\d+\s+(?P<id>\S.*?)\.*\s*$"),
        ),
        verdict(
            "│ [FAIL]",
            linear(r"^│ \[FAIL\]\s+(?P<scope>\S.*?)\s+\d+\s+(?P<id>\S.*?)\.*\s*│$"),
            below=20,
        ),
    )
    closing = (sign(" failure", r"^\d+ failures?! in [\d.]+s\. \d+ tests? run\."),)
    more: ClassVar[tuple[Rule, ...]] = (
        rule("(cd _build/", r"^\(cd _build/default\S* && \./\S+\.exe\)$", "called_program"),
    )
    # Of the tests that failed only one is told in a box, with what it printed.
    stop = late(r"^ {0,2}[┌─]|^.? {0,4}\[(?:OK|FAIL|SKIP)\]|^(?:Logs|Full|Raised|Called) ")
    cause = late(r"^(?:FAIL|\[(?:failure|exception|invalid)\]) (?P<text>\S.*)$")
    message_lines = 3
    spelling = "{scope} > {id}"

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._program: LogLine | None = None

    def called_program(self, hit: Hit, _match: re.Match[str]) -> None:
        """Which dune ran, and where."""
        self._program = hit.line

    def add(self, finding: Finding) -> None:
        """With the program's line behind the others."""
        if self._program and self._program not in finding.lines:
            finding = replace(finding, lines=(*finding.lines, self._program))
        super().add(finding)
