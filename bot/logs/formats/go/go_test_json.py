"""`go test -json`: an event a line, each with its package and its test."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.formats.go.go_test import find_place, is_own_frame, without_parents
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

_VERDICT = late(r"^\s*(?:---|===) |^(?:PASS|FAIL)\b")
# Of a panic's stack only the first of our own frames is shown; of what a test printed the end.
_SHOWN = 8


class GoJson(Format):
    """The events of test2json. Packages run side by side, so that their events are mixed."""

    suite = "go"
    stops_early = late(r"\s--?(?:test\.)?failfast(?:\s|=true|$)")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule('"Action":"fail"', r"^\{.*\}$", "failed"),
        # As one needle this took forty megabytes, so each test's end is a hit, too.
        rule(
            '","Elapsed":',
            linear(r'^\{.*"Action":"(?:pass|skip)","Package":"[^"]*","Elapsed".*\}$'),
            "passed",
        ),
        rule('"Action":"build-output"', r"^\{.*\}$", "build_output"),
        rule("FAIL\t", r"^FAIL\t\S+ \[(?:build|setup) failed\]$", "build_failed"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._pending: dict[str, list[Finding]] = {}  # by package, until its own verdict
        self._packages = 0
        self._cut_short = False

    def failed(self, hit: Hit, _match: re.Match[str]) -> None:
        """A test, or after its tests a package."""
        event = _parse_event(hit.line)
        package = event.get("Package")
        if not isinstance(package, str):
            return
        if isinstance(event.get("Test"), str):
            finding = self._make_finding(hit, package, event["Test"])
            self._pending.setdefault(package, []).append(finding)
            return
        self._packages += 1
        pending = self._pending.pop(package, [])
        is_unbuilt = "FailedBuild" in event
        # Where it panicked or was not built, tests did not run.
        self._cut_short |= is_unbuilt or any(f.kind is not Kind.TEST_FAILURE for f in pending)
        if not pending and not is_unbuilt:
            self._cut_short = True
            pending = [self._make_finding(hit, package, _find_panicked(hit, package))]
        self.findings += without_parents(pending)

    def passed(self, hit: Hit, _match: re.Match[str]) -> None:
        """A package: what looked like a test of it that failed, was printed."""
        self._packages += 1
        self._pending.pop(str(_parse_event(hit.line).get("Package")), None)

    def build_output(self, hit: Hit, _match: re.Match[str]) -> None:
        """The compiler's line."""
        text = str(_parse_event(hit.line).get("Output", "")).rstrip("\n")
        place = find_place(LogLine(hit.line.number, text))
        if place:
            location = make_location(place["path"], place["line"], self.facts.directory)
            message = place["text"] or text
            finding = Finding(Kind.COMPILE_ERROR, (hit.line,), message, location=location)
            self.findings.append(finding)

    def build_failed(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Before 1.24 this is no event."""
        self._cut_short = True

    def _make_finding(self, hit: Hit, package: str, test: str | None) -> Finding:
        """The failure with what was printed by the test, or by the package outside of tests."""
        raw, said = _find_output(hit, package, test)
        panic = next((line for line in said if line.text.startswith("panic: ")), None)
        frames = [line for line in said if is_own_frame(line)] if panic else said
        place = next((m for line in frames if (m := find_place(line))), None)
        if panic:
            timed_out = panic.text.startswith("panic: test timed out")
            kind = Kind.TIMEOUT if timed_out else Kind.CRASH
            message, wanted = panic.text, {panic.number, *(line.number for line in frames[:3])}
        else:
            kind = Kind.TEST_FAILURE
            message = (place and place["text"]) or (said[-1].text.strip() if said else "")
            wanted = {line.number for line in said[-_SHOWN:]}
        return Finding(
            kind,
            (*(line for line in raw if line.number in wanted), hit.line),
            message or f"{test or package} failed",
            test and f"{package}.{test}",
            "panic" if panic else None,
            make_location(place["path"], place["line"], self.facts.directory) if place else None,
        )

    def finish(self) -> FormatResult | None:
        """The innermost tests that failed; of a package without a verdict, what was told."""
        left = [finding for pending in self._pending.values() for finding in pending]
        findings = [*self.findings, *without_parents(left)]
        if not findings and not self._packages:
            return None
        complete = not (left or self._cut_short or self.facts.was_ended)
        findings.sort(key=lambda finding: finding.at)
        runs = (TestRun(self.suite, complete),) if self._packages or left else ()
        return FormatResult(self.suite, tuple(replace(f, suite="go") for f in findings), runs)


def _parse_event(line: LogLine) -> dict[str, Any]:
    """The event of a line; empty where it is none, or was cut."""
    try:
        event = json.loads(line.text)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _find_panicked(hit: Hit, package: str) -> str | None:
    """The test that ended its package: until 1.20 it has no verdict of its own."""
    for line in hit.above():
        event = _parse_event(line) if '"Output":"panic: ' in line.text else {}
        if event.get("Package") == package and isinstance(event.get("Test"), str):
            return str(event["Test"])
    return None


def _find_output(hit: Hit, package: str, test: str | None) -> tuple[list[LogLine], list[LogLine]]:
    """The lines above with output of a test, as they stand there and as they were printed."""
    raw: list[LogLine] = []
    said: list[LogLine] = []
    for line in reversed(list(hit.above())):
        event = _parse_event(line) if '"output"' in line.text else {}
        text = event.get("Output")
        if (event.get("Package"), event.get("Test")) != (package, test):
            continue
        if isinstance(text, str) and text.strip() and not _VERDICT.match(text):
            raw.append(line)
            said.append(LogLine(line.number, text.rstrip("\n")))
    return raw, said
