"""oe-selftest of OpenEmbedded: Python's unittest behind a logger."""

from __future__ import annotations

import re

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.formats.base import Finding, Hit
from bot.logs.formats.runner import Runner, sign, verdict
from bot.logs.identifiers import find_unittest_id
from bot.logs.lines import LogLine
from bot.logs.python_traceback import parse_traceback

_LOGGED = late(r"^\d{4}-\d\d-\d\d [\d:,]+ - oe-\w+ - \w+ - ")


class OeSelftest(Runner):
    """The paragraphs of unittest, each of their first lines logged."""

    suite = "oe-selftest"
    verdicts = (
        verdict(" - FAIL: ", r" - oe-\w+ - \w+ - (?:FAIL): (?P<id>\S+ \(\S+\))$", below=40),
        verdict(" - ERROR: ", r" - oe-\w+ - \w+ - (?:ERROR): (?P<id>\S+ \(\S+\))$", below=40),
        verdict("RESULTS - ", r"RESULTS - (?P<id>\S+): (?P<text>FAILED|ERROR) \("),
    )
    closing = (sign("SUMMARY:", r" - oe-\w+ - \w+ - SUMMARY:$"),)
    stop = late(r" - (?:={50,}|Ran \d+ tests? in .*)$")
    absorbs = ("python", "unittest", "process")

    def make_id(self, _hit: Hit, match: re.Match[str]) -> str | None:
        """As unittest's."""
        return find_unittest_id(match["id"]) or str(match["id"])

    def make(
        self,
        head: LogLine,
        groups: dict[str, str | None],
        above: list[LogLine],
        below: list[LogLine],
        test: str,
    ) -> Finding:
        """The traceback, without what the logger writes before its first line."""
        lines = [LogLine(line.number, _LOGGED.sub("", line.text)) for line in below]
        raised = parse_traceback(lines, self.facts.directory)
        if raised is None:
            return super().make(head, groups, above, [], test)
        kept = {line.number for line in raised.lines}
        own = (line for line in below if line.number in kept and not line.is_blank)
        return Finding(
            Kind.TEST_FAILURE,
            (head, *own),
            raised.message,
            test,
            raised.exception,
            raised.location,
        )
