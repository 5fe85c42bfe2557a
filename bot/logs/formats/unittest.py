"""Python's unittest: `FAIL:` and `ERROR:` blocks between rules of `=` and `-`."""

from __future__ import annotations

import re
from itertools import islice
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.facts import LogFacts
from bot.logs.formats.base import (
    PROVOKED,
    Finding,
    Format,
    Hit,
    Outcome,
    Rule,
    rule,
    take_until,
)
from bot.logs.formats.regrtest_progress import find_begun
from bot.logs.ids import find_unittest_id
from bot.logs.lines import Line
from bot.logs.traceback import parse_traceback

_HEADS = (
    ("FAIL", r"^(FAIL): (\S+ \(\S+\)|Doctest: \S+)"),
    ("ERROR", r"^(ERROR): (\S+ \(\S+\)|Doctest: \S+)"),
    ("UNEXPECTED SUCCESS", r"^(UNEXPECTED SUCCESS): (\S+ \(\S+\))"),
)
# On a terminal 3.14 changes the colour between the word and its colon.
BLOCK_RULES = tuple(
    rule(word + end, pattern, "block") for word, pattern in _HEADS for end in (": ", "\x1b[")
)
# Tests whose own lines were not ended, because of subtests, may stand before it. Since 3.4 it is a
# failure, and the status 1. 2.7 ends with `OK` and 0 where all else passed, and there its footer is
# believed; where other tests failed, nothing tells the versions apart, and it is listed with them.
XPASS = r"^(?:.*\.\.\. )?(?P<name>\S+ \(\S+\))(?: \.\.\.|.*) unexpected success$"
_RULED = re.compile(r"^(?:={50,}|-{50,})\s*$")
_END = re.compile(r"^(?:={50,}|-{50,}|\d+:\d\d:\d\d )|^test \S+ failed$")


def parse_block(hit: Hit, match: re.Match[str], directory: str | None) -> Finding | None:
    """The failure of one block; `None` when it only looks like one."""
    test = find_unittest_id(match[2].removeprefix("Doctest: ")) or match[2].removeprefix(
        "Doctest: "
    )
    if match[1] == "UNEXPECTED SUCCESS":
        return Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, test)
    below = hit.below()
    # A docstring may stand between the name and the rule.
    if not any(_RULED.match(line.text) for line in islice(below, 4)):
        return None
    body = take_until(below, _END)
    return _make_finding(hit.line, test, body, directory)


def _make_finding(head: Line, test: str, body: tuple[Line, ...], directory: str | None) -> Finding:
    raised = parse_traceback(body, directory)
    if raised is None:
        return Finding(Kind.TEST_FAILURE, (head, *body), head.text, test)
    return Finding(
        Kind.TEST_FAILURE,
        (head, *raised.lines),
        raised.message,
        test,
        raised.exception,
        raised.location,
    )


class Unittest(Format):
    """`python -m unittest`, alone."""

    suite = "unittest"
    absorbs = ("python",)
    outranks = PROVOKED
    rules: ClassVar[tuple[Rule, ...]] = (
        *BLOCK_RULES,
        rule(r"/Ran \d/", r"^Ran (\d+) tests? in ", "footer"),
        # Before 3.11 only `-v` names a test that was expected to fail.
        rule("unexpected succ", XPASS, "xpass"),
        rule("OK (", r"^OK \(.*\bunexpected successes=\d", "ended_well"),
        rule("FAILED (", r"^FAILED \(.*\bunexpected successes=\d", "ended_badly"),
        rule("NO TESTS RAN", r"^NO TESTS RAN", "nothing"),
        # The command, as Buildbot or make prints it.
        rule("--failfast", r"\s--failfast(?:[\s'\"]|$)", "fails_fast"),
        rule(" unittest ", r"-m unittest .*?(?<=\s)-[bcqv]*f[bcfqv]*(?:[\s'\"]|$)", "fails_fast"),
    )

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._runs = 0
        self._unexpected: list[Finding] = []  # of the run that has no footer yet
        self._fails_fast = False

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """A test that failed."""
        finding = parse_block(hit, match, self.facts.directory)
        if finding:
            self.findings.append(finding)

    def xpass(self, hit: Hit, match: re.Match[str]) -> None:
        """A test passed that was expected to fail."""
        test = find_unittest_id(match["name"])
        self._unexpected.append(Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, test))

    def ended_well(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Of 2.7, where a test that passes unexpectedly fails nothing."""
        self._unexpected.clear()

    def ended_badly(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Of any version."""
        self.findings += self._unexpected
        self._unexpected.clear()

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._runs += 1

    def fails_fast(self, _hit: Hit, _match: re.Match[str]) -> None:
        """`-f`: it stops at the first failure, and its footer does not say so."""
        self._fails_fast = True

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """A pattern that matched nothing (since 3.12 this is an error)."""
        above = [line for line in hit.above(3) if line.text.startswith("Ran ")]
        self.findings.append(Finding(Kind.NO_TESTS, (hit.line, *above), hit.line.text))

    def find_running(self) -> tuple[tuple[Line, str], ...]:
        """The test of `-v` that has no verdict."""
        begun = find_begun(self.facts.tail)
        return (begun,) if begun else ()

    def finish(self) -> Outcome | None:
        """Subtests of one test are one failure."""
        self.findings += self._unexpected
        if not self.findings and not self._runs:
            return None
        latest_first = sorted(self.findings, key=lambda finding: finding.at, reverse=True)
        kept = {finding.test: finding for finding in latest_first}
        findings = tuple(sorted(kept.values(), key=lambda finding: finding.at))
        stopped = self._fails_fast and bool(findings)
        runs = (TestRun(self.suite, complete=not stopped),) if self._runs else ()
        return Outcome(self.suite, findings, runs)
