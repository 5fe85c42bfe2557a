"""TAP, perl's prove, and node's own runner in both of its reporters."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import (
    PRINTED,
    Finding,
    Format,
    FormatResult,
    Hit,
    Rule,
    rule,
    take_until,
)
from bot.logs.formats.generic.prove import (
    DIAGNOSTIC,
    HEADER,
    read_diagnostic,
    read_dubious,
    read_report,
)
from bot.logs.formats.generic.tap_points import POINT, Point, make_point, parse_point
from bot.logs.identifiers import make_location, make_test_id
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

# A paragraph of node's is indented; what stands at the margin is no part of it.
_MARGIN = late(r"^\S")
_HEADING = late(r"^# (?P<id>\S.*)$")
_PLAN = late(r"^(?P<indent>\s*)1\.\.\d")


class Tap(Format):
    """The Test Anything Protocol."""

    suite = "tap"
    absorbs = ("process",)
    outranks = PRINTED
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("not ok", POINT, "not_ok"),
        rule("# Subtest: ", r"^(?P<indent>\s*)# Subtest: (?P<id>.+)$", "subtest"),
        rule("Failed test '", DIAGNOSTIC, "diagnostic"),
        rule("Test Summary Report", r"^Test Summary Report$", "prove"),
        rule("Dubious, test", r"^Dubious, test returned", "dubious"),
        rule("▶ ", r"^(?P<indent>\s*)▶ (?P<id>.+?)(?: \([\d.]+m?s\))?$", "branch"),
        rule("/✖/", r"^(?P<indent>\s+)✖ (?P<id>.+?) \([\d.]+m?s\)$", "leaf"),
        rule("failing tests:", r"^✖ failing tests:$", "node_spec"),
        rule("Failed tests:", r"^Failed tests:$", "node_spec"),
        rule("# tests ", r"^(?:#|ℹ) tests \d+$", "footer"),
        rule("ℹ tests ", r"^(?:#|ℹ) tests \d+$", "footer"),
        rule("Result: ", r"^Result: (?:PASS|FAIL|NOTESTS)$", "footer"),
        rule(" tests failed.", r"^# \d+ of \d+ tests failed\.", "footer"),
        rule("TAP version ", r"^(?:\[ *\d+\.\d+\] )?K?TAP version 1[34]?$", "start"),
        rule("Bail out!", r"^Bail out!", "bail_out"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._points: dict[str, Finding] = {}
        self._explained: dict[str, Finding] = {}  # by Test::More
        self._files: dict[str, Finding] = {}  # what prove only knows by its file
        self._listed: dict[str, Finding] = {}  # what node tells people instead of TAP
        self._branch: list[tuple[int, str]] = []
        self._leaves: dict[str, list[str]] = {}  # name → its groups, in the order of the log
        self._said: dict[str, list[LogLine]] = {}
        self._subtests: list[tuple[int, str, bool]] = []  # indent, name, whether points are beside
        self._inner: list[tuple[int, Finding]] = []  # assertions, until their test's own point
        self._bailed: LogLine | None = None
        self._is_tap = False
        self._is_proves = False
        self._signs = 0
        self._ended = False

    def start(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The protocol's first line."""
        self._signs += 1
        self._is_tap = True

    def subtest(self, hit: Hit, match: re.Match[str]) -> None:
        """A test begins; the kernel names a group so, beside its points."""
        indent = len(match["indent"])
        plan = next((m for line in hit.below(2) if (m := _PLAN.match(line.text))), None)
        beside = plan is not None and len(plan["indent"]) == indent and indent > 0
        self._subtests = [sub for sub in self._subtests if sub[0] < indent]
        self._subtests.append((indent, match["id"].strip(), beside))

    def not_ok(self, hit: Hit, match: re.Match[str]) -> None:
        """A test, or an assertion within one."""
        point = parse_point(hit, match)
        if point is None or point.is_cut:
            return
        self._signs += 1
        self._subtests = [sub for sub in self._subtests if sub[0] <= point.indent]
        is_test = any(sub[:2] == (point.indent, point.name) for sub in self._subtests)
        beside = any(sub[2] and sub[0] == point.indent for sub in self._subtests)
        test = self._make_id(hit, point)
        if point.is_parent or any(known.startswith(f"{test} > ") for known in self._points):
            self._inner.clear()
            return
        finding = make_point(hit.line, point, test, self.facts.directory)
        if point.indent and not is_test and not beside and not point.is_nodes:
            self._inner.append((point.indent, finding))
        elif point.name or not self._is_proves:
            self._keep(test, self._take_inner(finding, point.indent))

    def _make_id(self, hit: Hit, point: Point) -> str:
        """With the tests around it, and the file where it is told."""
        around = [name for indent, name, beside in self._subtests
                  if indent < point.indent or (beside and indent == point.indent)]  # fmt: skip
        name = point.name or f"point {point.number}"
        if point.is_assertion and not point.is_nodes:
            heads = (m for line in hit.above() if (m := _HEADING.match(line.text)))
            around += [make_test_id(head["id"]) for head in heads][:1]
        if point.is_nodes:
            place = make_point(hit.line, point, "", self.facts.directory).location
            file = place.rpartition(":")[0] if place else ""
            if file and name.endswith(file.rpartition("/")[2]) and "/" in name:
                return file
            around = [file, *(n for n in around if not n.endswith(file))] if file else around
        elif not around and not point.indent:
            header = next((m for line in hit.above(100) if (m := HEADER.match(line.text))), None)
            around = [make_test_id(header["file"], self.facts.directory)] if header else []
            self._is_proves = self._is_proves or header is not None
        return " > ".join((*around, name))

    def _take_inner(self, finding: Finding, indent: int) -> Finding:
        """An assertion that failed within says why."""
        mine = [inner for depth, inner in self._inner if depth > indent]
        self._inner.clear()
        if not mine:
            return finding
        lines = dict.fromkeys((*finding.lines[:1], *(line for f in mine for line in f.lines)))
        kind, message, place = mine[0].kind, mine[0].message, mine[0].location
        return replace(finding, kind=kind, message=message, lines=tuple(lines), location=place)

    def _keep(self, test: str, finding: Finding) -> None:
        known = self._points.get(test)
        if known is None or len(known.lines) < len(finding.lines):
            self._points[test] = finding

    def diagnostic(self, hit: Hit, match: re.Match[str]) -> None:
        """Test::More explains on stderr."""
        self._signs += 1
        finding = read_diagnostic(hit, match, self.facts.directory)
        if finding.test:
            self._explained.setdefault(finding.test, finding)

    def prove(self, hit: Hit, _match: re.Match[str]) -> None:
        """The files that failed, with numbers of tests."""
        self._signs += 1
        self._is_proves = True
        self._files.update(read_report(hit, self.facts.directory))

    def dubious(self, hit: Hit, _match: re.Match[str]) -> None:
        """What a file printed before it died."""
        file, said = read_dubious(hit, self.facts.directory)
        if file:
            self._said[file] = said

    def branch(self, _hit: Hit, match: re.Match[str]) -> None:
        """Node's tree for people: a group of tests begins."""
        self._branch = [group for group in self._branch if group[0] < len(match["indent"])]
        self._branch.append((len(match["indent"]), match["id"]))

    def leaf(self, _hit: Hit, match: re.Match[str]) -> None:
        """A test failed in a group; the list at the end does not tell in which."""
        around = [name for indent, name in self._branch if indent < len(match["indent"])]
        self._leaves.setdefault(match["id"], []).append(" > ".join(around))

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
                self._add_listed(line, lines[n + 1 : n + 8], name["id"], place)

    def _add_listed(
        self, head: LogLine, below: list[LogLine], name: str, place: str | None
    ) -> None:
        body = [more for more in take_until(below, _MARGIN) if not more.is_blank]
        message = body[0].text.strip() if body else head.text
        if "subtest" in message and "failed" in message:
            return
        file = place.rpartition(":")[0] if place else ""
        groups = self._leaves.get(name)
        parts = (file, groups.pop(0) if groups else "", name)
        test = file if file and name.endswith(file) else " > ".join(part for part in parts if part)
        lines = (head, *body[:6])
        self._listed[test] = Finding(Kind.TEST_FAILURE, lines, message, test, location=place)

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._signs += 1
        self._ended = True

    def bail_out(self, hit: Hit, _match: re.Match[str]) -> None:
        """A program gave up; what else it had to test, it did not."""
        self._signs += 1
        self._bailed = self._bailed or hit.line

    def finish(self) -> FormatResult | None:
        """Named tests; a file of prove only where none of its tests is named."""
        if not self._signs:
            return None
        if not self._ended and self.facts.exit_status != 0:
            for _, finding in self._inner:  # their test's own point never came
                test = (finding.test or "").rpartition(" > ")[0] or finding.test or ""
                self._keep(test, replace(finding, test=test))
        points = self._points if self._is_tap or not self._listed else {}
        points = self._without_explained(points)
        if self._is_proves:
            points = self._hand_to_files(points)
        tests = {**points, **self._explained, **self._listed}
        for file, finding in self._files.items():
            if not any(test.startswith(f"{file} > ") for test in tests):
                said = self._said.get(file, [])
                tests[file] = replace(finding, lines=(*finding.lines, *said))
        findings = sorted(tests.values(), key=lambda finding: finding.at)
        if self._bailed and not findings and "ERROR:" not in self._bailed.text:
            findings.append(Finding(Kind.TEST_FAILURE, (self._bailed,), self._bailed.text))
        complete = self._ended and self._bailed is None
        return FormatResult(self.suite, tuple(findings), (TestRun(self.suite, complete),))

    def _hand_to_files(self, points: dict[str, Finding]) -> dict[str, Finding]:
        """Without -v prove shows no points: what nobody explains is its file's."""
        files: dict[str, Finding] = {}
        for test, finding in points.items():
            file = test.partition(" > ")[0]
            if file in self._files:
                lines = (*self._files[file].lines, *finding.lines)
                self._files[file] = replace(self._files[file], lines=lines)
            elif file != test and not self._files:  # the log was cut
                files.setdefault(file, replace(finding, test=file))
        return files

    def _without_explained(self, points: dict[str, Finding]) -> dict[str, Finding]:
        """Where Test::More explains a file's failures, its points are the same once more."""
        files = {test.partition(" > ")[0] for test in self._explained}
        names = {test.rpartition(" > ")[2] for test in self._explained}
        return {
            test: finding
            for test, finding in points.items()
            if test.partition(" > ")[0] not in files and test not in names
        }
