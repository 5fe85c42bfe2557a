"""LLVM's lit."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.facts import LogFacts
from bot.logs.formats.base import Finding, Format, Hit, Outcome, Rule, rule, take_until

_LISTS = ("Failed", "Failing", "Timed Out", "Unresolved", "Unexpectedly Passed")


class Lit(Format):
    """LLVM's lit."""

    suite = "lit"
    absorbs = ("automake", "unittest")
    outranks = ("compiler", "linker", "build")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("TEST '", r"^\*{10,} TEST '(?P<id>.+)' (?P<what>[A-Z]+)\b.*\*{10,}$", "block"),
        rule("FAIL: ", r"^(?P<what>FAIL): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$", "verdict"),
        rule("TIMEOUT: ", r"^(?P<what>TIMEOUT): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$", "verdict"),
        rule("UNRESOLVED: ", r"^(?P<what>UNRESOLVED): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$",
            "verdict"),
        rule("XPASS: ", r"^(?P<what>XPASS): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$", "verdict"),
        *(rule(f"{what} Tests", rf"^(?P<what>{what}) Tests \(\d+\):$", "listed")
            for what in _LISTS),
        rule("Testing Time: ", r"^Testing Time: ", "footer"),
        rule("Total Discovered", r"^Total Discovered Tests: \d+", "footer"),
        rule("maximum number of", r"reached maximum number of test failures", "stopped"),
        rule(": fatal: ", r"^lit: \S+:\d+: fatal: ", "broken"),
    )  # fmt: skip
    _END = re.compile(r"^\*{10,}$")
    _NOISE = re.compile(r"^(?:--|Command Output|Exit Code: \d+$|# RUN: at line|# executed command)")

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False
        self._cut_short = False

    def verdict(self, hit: Hit, match: re.Match[str]) -> None:
        """One line per test that did not pass."""
        kind = Kind.TIMEOUT if match["what"] == "TIMEOUT" else Kind.TEST_FAILURE
        test = match["id"]
        self._tests.setdefault(test, Finding(kind, (hit.line,), hit.line.text, test))

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """What the test printed."""
        body = take_until(hit.below(), self._END)
        telling = [line for line in body if not self._NOISE.match(line.text) and not line.is_blank]
        error = next((line for line in telling if re.search(r"\berror\b", line.text)), None)
        known = self._tests.get(match["id"])
        limit = next((line for line in body if "Reached timeout" in line.text), None)
        if limit:
            telling = [limit, *(line for line in telling if line is not limit)]
            error = limit
        kind = known.kind if known else Kind.TEST_FAILURE
        self._tests[match["id"]] = Finding(
            Kind.TIMEOUT if limit or match["what"] == "TIMEOUT" else kind,
            (hit.line, *telling, *(known.lines if known else ())),
            (error or (telling or [hit.line])[0]).text.strip("# |\t"),
            match["id"],
        )

    def listed(self, hit: Hit, match: re.Match[str]) -> None:
        """The list at the end, which may be all that a quiet run says."""
        kind = Kind.TIMEOUT if match["what"] == "Timed Out" else Kind.TEST_FAILURE
        for line in hit.below(1000):
            test = re.match(r"^\s+(?P<id>\S.* :: \S.*)$", line.text)
            if not test:
                break
            finding = Finding(kind, (line, hit.line), f"{match['what']}: {test['id']}", test["id"])
            self._tests.setdefault(test["id"], finding)

    def broken(self, hit: Hit, _match: re.Match[str]) -> None:
        """The test suite's own configuration."""
        below = take_until(hit.below(30), re.compile(r"^\s*$"))
        self.findings.append(Finding(Kind.CONFIG_ERROR, (hit.line, *below[-2:]), hit.line.text))

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def stopped(self, _hit: Hit, _match: re.Match[str]) -> None:
        """With `--max-failures` the rest is skipped."""
        self._cut_short = True

    def finish(self) -> Outcome | None:
        """The tests that did not pass."""
        findings = (*self._tests.values(), *self.findings)
        if not findings and not self._ended:
            return None
        run = TestRun(self.suite, self._ended and not self._cut_short)
        return Outcome(self.suite, findings, (run,))
