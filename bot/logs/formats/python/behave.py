"""behave: scenarios of features, their steps with what went wrong below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import PROVOKED, Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.python_traceback import parse_raised, parse_traceback

_LISTED = late(r"^ {2}(?P<file>\S+\.feature):(?P<line>\d+) {1,2}(?P<name>\S.*)$")
_SCENARIO = late(r"^\s*Scenario(?: Outline)?: .+ # (?P<place>\S+\.feature:\d+)$")
_STEP = late(r"^\s+(?:Given|When|Then|And|But|\*) .+ # (?P<where>\S+)(?: [\d.]+s)?$")
_SECTION = late(r"^(?:---|CAPTURED |Captured |\s*$)")
# `--stop` and hooks that fail leave scenarios out.
_TOTALS = r"^\d+ scenarios? passed, \d+ failed(?:.* (?P<untested>[1-9]\d*) untested)?"


class Behave(Format):
    """`behave`. The lists at the end name what failed; the scenarios above say why."""

    suite = "behave"
    absorbs = ("python",)
    outranks = PROVOKED
    stops_early = late(r"behave\b.*\s--stop(?:\s|$)")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(r"/\.feature:\d/", _SCENARIO.pattern, "scenario"),
        rule("ASSERT FAILED: ", r"^\s+(?P<text>(?:ASSERT|Assertion) FAILED: .*)$", "reason"),
        rule("Assertion Failed: ", r"^\s+(?P<text>Assertion Failed: .*)$", "reason"),
        rule("Traceback (most", r"^\s+(?P<text>Traceback \(most recent call last\):)$", "reason"),
        rule("ailing scenarios:", r"^Failing scenarios:$", "list"),
        rule("rrored scenarios:", r"^Errored scenarios:$", "list"),
        rule("HOOK-ERROR ", r"^(?P<text>HOOK-ERROR in .*)$", "hook"),
        rule("ABORTED: By user", r"^ABORTED: By user", "aborted"),
        rule("scenarios passed, ", _TOTALS, "footer"),
        rule("scenario passed, ", _TOTALS, "footer"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._place: str | None = None  # of the scenario that is being told
        self._reasons: dict[str, Sequence[LogLine]] = {}
        self._tests: dict[str, tuple[str, tuple[LogLine, ...]]] = {}
        self._begun = self._ended = self._was_cut = False

    def scenario(self, _hit: Hit, match: re.Match[str]) -> None:
        """What follows is told of this one."""
        self._begun = True
        self._place = match["place"]

    def reason(self, hit: Hit, _match: re.Match[str]) -> None:
        """Why a step failed, below the step."""
        if self._place is None or self._place in self._reasons:
            return
        step = next((line for line in hit.above(3) if _STEP.match(line.text)), None)
        rest = takewhile(lambda line: not _SECTION.match(line.text), hit.below(60))
        self._reasons[self._place] = (*((step,) if step else ()), hit.line, *rest)

    def list(self, hit: Hit, _match: re.Match[str]) -> None:
        """The scenarios that failed, or that broke."""
        self._begun = True
        for line in hit.below():
            listed = _LISTED.match(line.text)
            if not listed:
                break
            place = f"{listed['file']}:{listed['line']}"
            self._tests.setdefault(f"{listed['file']}::{listed['name']}", (place, (line,)))

    def hook(self, hit: Hit, match: re.Match[str]) -> None:
        """What runs around the scenarios went wrong: of all, of a feature, or of one."""
        self._begun = True
        self._was_cut |= "before_" in match["text"]
        self.findings.append(Finding(Kind.TEST_FAILURE, (hit.line,), match["text"]))

    def aborted(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Also said of a `before_all` that failed."""
        self._was_cut = True

    def footer(self, _hit: Hit, match: re.Match[str]) -> None:
        """The totals."""
        self._ended = True
        self._was_cut |= match["untested"] is not None

    def finish(self) -> FormatResult | None:
        """The listed scenarios, with their reasons."""
        if not self._begun:
            return None
        tests = [self._make(test, *told) for test, told in self._tests.items()]
        run = TestRun(self.suite, self._ended and not self._was_cut)
        return FormatResult(self.suite, (*tests, *self.findings), (run,))

    def _make(self, test: str, place: str, listed: tuple[LogLine, ...]) -> Finding:
        lines = tuple(self._reasons.get(place, ()))
        told = [LogLine(line.number, line.text.strip()) for line in lines]
        raised = parse_traceback(_dedent(lines), self.facts.directory)
        said = next((line.text for line in told if "FAILED: " in line.text.upper()), None)
        text = raised.message if raised else said or test.partition("::")[2]
        return Finding(
            Kind.TEST_FAILURE,
            (*lines, *listed),
            text,
            test,
            raised.exception if raised else parse_raised(text)[0],
            raised.location if raised else place,
        )


def _dedent(lines: Sequence[LogLine]) -> list[LogLine]:
    """A traceback that stands below a step, as Python printed it."""
    start = next((line.text for line in lines if "Traceback (most" in line.text), "")
    indent = len(start) - len(start.lstrip())
    return [LogLine(line.number, line.text[indent:]) for line in lines]
