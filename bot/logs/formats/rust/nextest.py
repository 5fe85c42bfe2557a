"""cargo-nextest: each test in a process of its own, told by its binary and its path."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.patterns import late
from bot.logs.formats.base import Hit, rule
from bot.logs.formats.runner import Runner, sign, verdict

_TEST = r"\[[ >]*[\d.]+s\] (?:\(\s*\d+/\d+\) )?(?P<scope>\S+) (?P<id>\S+)$"


class Nextest(Runner):
    """`FAIL [ 0.010s] (1/2) binary path::of::test`, once above its output and once at the end."""

    suite = "nextest"
    verdicts = (
        *(verdict(f"{state} [", rf"^\s+(?:TRY \d+ )?(?:SIG|LEAK-)?{state} {_TEST}", below=60)
          for state in ("FAIL", "ABORT", "TIMEOUT", "SEGV", "ABRT", "BUS", "ILL", "KILL")),
    )  # fmt: skip
    closing = (sign("Summary [", r"^\s+Summary \[\s*[\d.]+s\] "),)
    opening = (sign("Nextest run ID", r"^\s*Nextest run ID "),)
    stop = late(r"^\s+(?:[A-Z]+(?: [\dA-Z]+)*) \[[ >]*[\d.]+s\] |^─{4,}|^error: test run")
    cause = late(
        r"^\s*(?:thread '.+' (?:\(\d+\) )?panicked at (?P<path>\S+?):(?P<line>\d+):\d+:"
        r"|(?P<text>\(test (?:aborted|timed out|failed with).*\)))$"
    )
    spelling = "{scope} {id}"
    more = (rule("FLAKY ", rf"^\s+FLAKY \d+/\d+ {_TEST}", "flaky"),)
    absorbs = ("process", "cargo")

    def flaky(self, _hit: Hit, match: re.Match[str]) -> None:
        """It passed when it was tried again."""
        test = f"{match['scope']} {match['id']}"
        if test in self.tests:
            self.tests[test] = replace(self.tests[test], passed_on_rerun=True)
