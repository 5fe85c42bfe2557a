"""automake's parallel test harness."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.facts import LogFacts
from bot.logs.formats.base import Finding, Format, Hit, Outcome, Rule, rule


class Automake(Format):
    """automake's parallel test harness: `FAIL: name`, and a summary between rules."""

    suite = "automake"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("FAIL: ", r"^(?P<what>X?FAIL): (?P<id>\S+(?: \d+ - \S.*)?)$", "verdict"),
        rule("ERROR: ", r"^(?P<what>ERROR): (?P<id>\S+)$", "verdict"),
        rule("Testsuite summary", r"^(?:# )?Testsuite summary for ", "footer"),
    )

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._ended = False

    def verdict(self, hit: Hit, match: re.Match[str]) -> None:
        """One test script; its output may stand above, in its own file mostly."""
        if match["what"] == "XFAIL" or match["id"].endswith(":"):
            return
        self.findings.append(Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, match["id"]))

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Only this harness prints it."""
        self._ended = True

    def finish(self) -> Outcome | None:
        """Without the footer the same lines belong to some other tool."""
        if not self._ended:
            return None
        kept = {finding.test: finding for finding in reversed(self.findings)}
        findings = tuple(sorted(kept.values(), key=lambda finding: finding.at))
        return Outcome(self.suite, findings, (TestRun(self.suite, complete=True),))
