"""LLVM's lit."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule, take_until
from bot.logs.formats.native.lit_output import find_base, find_telling, find_why, split_shard
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

_LISTS = ("Failed", "Failing", "Timed Out", "Unresolved", "Unexpectedly Passed")


class Lit(Format):
    """LLVM's lit."""

    suite = "lit"
    absorbs = ("automake", "unittest")
    outranks = ("compiler", "linker", "build")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("TEST '", linear(r"^\*{10,} TEST '(?P<id>.+)' (?P<what>[A-Z]+)\b.*\*{10,}$"), "block"),
        rule("FAIL: ", linear(r"^(?P<what>FAIL): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$"), "verdict"),
        rule("TIMEOUT: ",
            linear(r"^(?P<what>TIMEOUT): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$"), "verdict"),
        rule("UNRESOLVED: ", linear(r"^(?P<what>UNRESOLVED): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$"),
            "verdict"),
        rule("XPASS: ",
            linear(r"^(?P<what>XPASS): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$"), "verdict"),
        *(rule(f"{what} Tests", rf"^(?P<what>{what}) Tests \(\d+\):$", "listed")
            for what in _LISTS),
        rule("Testing Time: ", r"^Testing Time: ", "footer"),
        rule("Total Discovered", r"^Total Discovered Tests: \d+", "footer"),
        rule("maximum number of", r"reached maximum number of test failures", "stopped"),
        rule(": fatal: ", r"^lit: \S+:\d+: fatal: ", "broken"),
    )  # fmt: skip
    _END = late(r"^\*{10,}$")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False
        self._cut_short = False

    def verdict(self, hit: Hit, match: re.Match[str]) -> None:
        """One line per test that did not pass."""
        kind = Kind.TIMEOUT if match["what"] == "TIMEOUT" else Kind.TEST_FAILURE
        test = find_base(match["id"]) or match["id"]
        message = f"{match['what']}: {test}"
        self._tests.setdefault(test, Finding(kind, (hit.line,), message, test))

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """What the test printed; of a shard, what each of its tests did."""
        body = take_until(hit.below(), self._END)
        base = find_base(match["id"])
        parts = list(split_shard(base, body)) if base else []
        for test, lines in parts or [(base or match["id"], list(body))]:
            timed_out = match["what"] == "TIMEOUT"
            self._tests[test] = self._explain(hit.line, test, lines, timed_out=timed_out)
        if base and parts:
            self._tests.pop(base, None)

    def _explain(
        self, head: LogLine, test: str, body: list[LogLine], *, timed_out: bool
    ) -> Finding:
        known = self._tests.get(test)
        telling = find_telling(body)
        why, message, kind = find_why(body, telling)
        limit = next((line for line in body if "Reached timeout" in line.text), None)
        if limit:
            why, message = limit, limit.text.strip("# |\t")
        if known and known.message.startswith("XPASS"):
            why, message = known.lines[0], known.message
        if limit or timed_out or (known and known.kind is Kind.TIMEOUT):
            kind = Kind.TIMEOUT
        first = (why,) if why else ()
        lines = dict.fromkeys((head, *first, *telling, *(known.lines if known else ())))
        return Finding(kind, tuple(lines), message or head.text, test)

    def listed(self, hit: Hit, match: re.Match[str]) -> None:
        """The list at the end, which may be all that a quiet run says."""
        kind = Kind.TIMEOUT if match["what"] == "Timed Out" else Kind.TEST_FAILURE
        for line in hit.below(1000):
            listed = re.match(r"^\s+(?P<id>\S.* :: \S.*)$", line.text)
            if not listed:
                break
            test = find_base(listed["id"]) or listed["id"]
            finding = Finding(kind, (line, hit.line), f"{match['what']}: {test}", test)
            self._tests.setdefault(test, finding)

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

    def finish(self) -> FormatResult | None:
        """The tests that did not pass."""
        findings = (*self._tests.values(), *self.findings)
        if not findings and not self._ended:
            return None
        run = TestRun(self.suite, self._ended and not self._cut_short)
        return FormatResult(self.suite, findings, (run,))
