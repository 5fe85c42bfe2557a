"""Avocado, which QEMU and the kernel's people use: a line per test, and a list at the end."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit
from bot.logs.formats.runner import Runner, sign, verdict

# ` (2/7) test_lid.py:Lid.test_shut:  FAIL: 'open' != 'shut'\n- open\n (0.11 s)`; what is raised
# stands in one line, with its ends of lines as two letters.
_TOLD = linear(
    r"^ \(\d+/\d+\) (?P<id>\S.*?): {1,2}(?P<what>FAIL|ERROR|INTERRUPTED)"
    r"(?:: (?P<text>.*?))?(?:\\n)* \([\d.]+ s\)$"
)
_LISTED = late(r"^\d+-(?P<id>\S.*): (?P<what>FAIL|ERROR|INTERRUPTED)$")


class Avocado(Runner):
    """`avocado run`."""

    suite = "avocado"
    verdicts = (
        verdict(": FAIL", _TOLD),
        verdict(":  FAIL", _TOLD),
        verdict(":  ERROR", _TOLD),
        verdict(":  INTERRUPTED", _TOLD),
        verdict(": INTERRUPTED", _LISTED),
        verdict(": ERROR", _LISTED),
        verdict(": FAIL", _LISTED),
    )
    opening = (sign("JOB ID", r"^JOB ID +: [0-9a-f]{40}$"),)
    closing = (sign("RESULTS  ", r"^RESULTS +: PASS \d+ \| ERROR \d+"),)
    begins = late(r"^ \(\d+/\d+\) (?P<id>\S.*): STARTED$")
    ends = late(r"^ \(\d+/\d+\) \S.*:  [A-Z]+")

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """What the list at the end repeats says nothing new."""
        test = match["id"]
        said = (match.groupdict().get("text") or "").split("\\n", 1)[0]
        kind = Kind.TIMEOUT if "Timeout reached" in said else Kind.TEST_FAILURE
        text = said or match["what"]
        if test not in self.tests or self.tests[test].message == text:
            finding = Finding(kind, (hit.line,), text, test)
            known = self.tests.get(test)
            self.tests[test] = replace(known, kind=kind) if known else finding
