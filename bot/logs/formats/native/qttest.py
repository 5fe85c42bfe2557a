"""QtTest: a line per verdict, what was compared and where below."""

from __future__ import annotations

from dataclasses import replace

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.lines import LogLine

# The row of its data stands in the brackets, and may have some itself.
_TEST = r"(?P<id>\w+::\w+\((?:[^()]|\([^()]*\))*\))"
_FATAL = "Received a fatal error."


class QtTest(Runner):
    """A fatal message ends the whole program; its words stand above the verdict."""

    suite = "qttest"
    verdicts = (
        verdict("FAIL!  : ", linear(rf"^FAIL!  : {_TEST} (?P<text>.+)$"), below=5),
        verdict("XPASS  : ", linear(rf"^XPASS  : {_TEST} ?(?P<text>.*)$"), below=3),
        verdict("QFATAL : ", linear(rf"^QFATAL : {_TEST} (?P<text>.+)$")),
    )
    closing = (sign("Totals: ", r"^Totals: \d+ passed, \d+ failed"),)
    stop = late(r"^(?:PASS|FAIL!|XFAIL|XPASS|SKIP|BPASS|Q\w+|INFO|Totals:)(?:\s|:)")
    place = late(r"^\s+Loc: \[(?P<path>[^\s\]]+)\((?P<line>\d+)\)\]$")

    def make(
        self,
        head: LogLine,
        groups: dict[str, str | None],
        above: list[LogLine],
        below: list[LogLine],
        test: str,
    ) -> Finding:
        """What was compared says more than that it was."""
        finding = super().make(head, groups, above, below, test)
        if head.text.startswith("QFATAL"):
            kind = finding.kind if finding.kind is Kind.TIMEOUT else Kind.CRASH
            return replace(finding, kind=kind)
        values = [line.text.strip() for line in below if _VALUE.match(line.text)]
        return replace(finding, message="; ".join([finding.message, *values[:2]]))

    def add(self, finding: Finding) -> None:
        """The verdict on a fatal message repeats that there was one."""
        known = self.tests.get(finding.test or "")
        if known and finding.message == _FATAL:
            place = finding.location or known.location
            self.tests[known.test or ""] = replace(
                known, lines=(*known.lines, *finding.lines), location=place
            )
        else:
            super().add(finding)


_VALUE = late(r"^\s+(?:Actual|Expected|Baseline|Computed)\b")
