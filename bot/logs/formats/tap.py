"""TAP, perl's prove, and node's own runner in both of its reporters."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.facts import LogFacts
from bot.logs.formats.base import Finding, Format, Hit, Outcome, Rule, rule, take_until
from bot.logs.ids import make_location
from bot.logs.lines import Line

_YAML_ERROR = re.compile(r"^\s*error: (?:\|-?)?['\"]?(?P<text>.*?)['\"]?$")
_YAML_PLACE = re.compile(r"^\s*(?:location|at): ['\"]?(?P<path>.+?):(?P<line>\d+)(?::\d+)?['\"]?$")
_AT = re.compile(r"^#\s+at (?P<path>\S+) line (?P<line>\d+)\.$")
_BORING = re.compile(r"^\s*(?:duration_ms|type|failureType|code|stack|---|\.\.\.|location|name)\b")
# A paragraph of node's is indented; what stands at the margin is no part of it.
_MARGIN = re.compile(r"^\S")


class Tap(Format):
    """The Test Anything Protocol."""

    suite = "tap"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("not ok ", r"^(?P<indent>\s*)not ok \d+(?: -)? (?P<id>.+?)(?: # time=.*)?$", "not_ok"),
        rule("Failed test '", r"^#\s+Failed test '(?P<id>.+)'$", "diagnostic"),
        rule("Test Summary Report", r"^Test Summary Report$", "prove"),
        rule("failing tests:", r"^✖ failing tests:$", "node_spec"),
        rule("Failed tests:", r"^Failed tests:$", "node_spec"),
        rule("# tests ", r"^(?:#|ℹ) tests \d+$", "footer"),
        rule("ℹ tests ", r"^(?:#|ℹ) tests \d+$", "footer"),
        rule("Result: ", r"^Result: (?:PASS|FAIL|NOTESTS)$", "footer"),
        rule("TAP version ", r"^TAP version 1[34]$", "start"),
    )

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._files: list[Finding] = []  # what prove only knows by its file
        self._depths: dict[str, int] = {}
        self._is_tap = False
        self._listed: dict[str, Finding] = {}  # what node tells people instead of TAP
        self._signs = 0
        self._ended = False

    def start(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The protocol's first line."""
        self._signs += 1
        self._is_tap = True

    def not_ok(self, hit: Hit, match: re.Match[str]) -> None:
        """A test point; its details are YAML below."""
        test = match["id"].strip()
        if re.search(r"# (?:TODO|SKIP)\b", test, re.IGNORECASE):
            return
        self._signs += 1
        body = _find_yaml(hit)
        depth = len(match["indent"])
        if _is_parent(body) or any(line.startswith(f"{test} > ") for line in self._tests):
            return
        self._depths[test] = depth
        known = self._tests.get(test)
        finding = _make_point(hit.line, body, test, self.facts.directory)
        if known is None or len(known.lines) < len(finding.lines):
            self._tests[test] = finding

    def diagnostic(self, hit: Hit, match: re.Match[str]) -> None:
        """Test::More explains on stderr."""
        body: list[Line] = []
        for line in hit.below(12):
            if not line.text.startswith("#") or "Looks like you failed" in line.text:
                break
            body.append(line)
        place = next((m for line in body if (m := _AT.match(line.text))), None)
        self._signs += 1
        self._tests[match["id"]] = Finding(
            Kind.TEST_FAILURE,
            (hit.line, *body),
            "; ".join(line.text.strip("# ").strip() for line in (hit.line, *body[1:3])),
            match["id"],
            location=make_location(place["path"], place["line"], self.facts.directory)
            if place
            else None,
        )

    def prove(self, hit: Hit, _match: re.Match[str]) -> None:
        """The files that failed, with numbers of tests."""
        self._signs += 1
        report = list(hit.below(100))
        for n, line in enumerate(report):
            found = re.match(r"^(?P<file>\S+)\s+\(Wstat: (?P<wait>\d+)", line.text)
            if found:
                details = [more for more in report[n + 1 : n + 4] if more.text.startswith("  ")]
                self._files.append(
                    Finding(Kind.TEST_FAILURE, (line, *details), line.text.strip(), found["file"])
                )

    def node_spec(self, hit: Hit, _match: re.Match[str]) -> None:
        """Node --test for people: paragraphs of `test at file:line:col` and `✖ name`."""
        self._signs += 1
        place: str | None = None
        lines = list(hit.below())
        for n, line in enumerate(lines):
            at = re.match(r"^test at (?P<path>.+?):(?P<line>\d+):\d+$", line.text)
            if at:
                place = make_location(at["path"], at["line"], self.facts.directory)
            name = re.match(r"^✖ (?P<id>.+?)(?: \([\d.]+m?s\))?(?P<todo> # \w+)?$", line.text)
            if name and not name["todo"]:
                below = take_until(lines[n + 1 : n + 8], _MARGIN)
                body = [more for more in below if not more.is_blank]
                message = body[0].text.strip() if body else line.text
                if "subtest" in message and "failed" in message:
                    continue
                self._listed[name["id"]] = Finding(
                    Kind.TEST_FAILURE, (line, *body[:6]), message, name["id"], location=place
                )

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def finish(self) -> Outcome | None:
        """Named tests; a file of prove only where none of its tests is named."""
        if not self._signs:
            return None
        tests = self._tests if self._is_tap or not self._listed else {}
        findings = [*{**tests, **self._listed}.values()]
        nameless = [f for f in self._files if not findings or _has_no_points(f)]
        findings += nameless
        findings.sort(key=lambda finding: finding.at)
        return Outcome(self.suite, tuple(findings), (TestRun(self.suite, self._ended),))


def _has_no_points(finding: Finding) -> bool:
    return not any("Failed test" in line.text for line in finding.lines)


def _find_yaml(hit: Hit) -> list[Line]:
    body: list[Line] = []
    for line in hit.below(40):
        if not body and line.text.strip() != "---":
            break
        body.append(line)
        if line.text.strip() == "...":
            break
    return body


def _is_parent(body: list[Line]) -> bool:
    """Node repeats a failed subtest in the tests around it."""
    return any("failureType: 'subtestsFailed'" in line.text for line in body)


def _make_point(head: Line, body: list[Line], test: str, directory: str | None) -> Finding:
    telling = [line for line in body if not _BORING.match(line.text) and not line.is_blank]
    error = next((m for line in body if (m := _YAML_ERROR.match(line.text))), None)
    text = error["text"] if error else ""
    if error and not text:
        at = next(n for n, line in enumerate(telling) if _YAML_ERROR.match(line.text))
        text = "; ".join(line.text.strip() for line in telling[at + 1 : at + 3])
    place = next((m for line in body if (m := _YAML_PLACE.match(line.text))), None)
    return Finding(
        Kind.TEST_FAILURE,
        (head, *telling[:10]),
        text or head.text.strip(),
        test,
        location=make_location(place["path"], place["line"], directory) if place else None,
    )
