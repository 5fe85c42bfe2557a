"""automake's parallel test harness."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from bot.core.failures.paths import make_path
from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import PARTS, PRINTED, Finding, Format, FormatResult, Hit, Rule, rule
from bot.logs.formats.runner import find_kind
from bot.logs.identifiers import make_test_id
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

_NAME = r"(?P<file>\S+)(?: (?P<number>\d+))?(?: (?:- )?(?P<name>.+))?"
_MAKE = linear(r"^\S*make\S*: (?:Entering|Leaving) directory [`'](?P<path>.+)'$")
_UNDERLINE = late(r"^=+$")
_HEADING = late(r"^(?:X?FAIL|X?PASS|SKIP|ERROR): \S+$")
_STATUS = late(r"^(?:FAIL|ERROR|XPASS) \S+ \(exit status: \d+\)$")
_TELLING = late(r"(?i)\b(?:assert\w*|error|expected|panic|abort\w*)\b|^[\w./+-]+:\d+:")


class Automake(Format):
    """`FAIL: name` as they end; with VERBOSE=1 a report; a summary between rules."""

    suite = "automake"
    absorbs = PARTS
    outranks = PRINTED
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("FAIL: ", rf"^(?P<what>FAIL): {_NAME}$", "verdict"),
        rule("ERROR: ", rf"^(?P<what>ERROR): {_NAME}$", "verdict"),
        rule("XPASS: ", rf"^(?P<what>XPASS): {_NAME}$", "verdict"),
        rule("test-suite.log", r"^\s+\S.*: (?:\S*/)?test-suite\.log$", "report"),
        rule("Testsuite summary", r"^(?:# )?Testsuite summary for ", "footer"),
        rule("Entering directory", _MAKE, "enter"),
        rule("Leaving directory", _MAKE, "leave"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._folders: list[str] = []
        self._in_report = False
        self._ended = False

    def enter(self, _hit: Hit, match: re.Match[str]) -> None:
        """Names are relative to the folder that make is in."""
        self._folders.append(match["path"])

    def leave(self, _hit: Hit, match: re.Match[str]) -> None:
        """It goes back to the one before."""
        if match["path"] in self._folders:
            del self._folders[self._folders.index(match["path"]) :]

    def report(self, _hit: Hit, _match: re.Match[str]) -> None:
        """What follows is what tests printed, under headings of their names."""
        self._in_report = True

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Only this harness prints it."""
        self._ended = True
        self._in_report = False

    def verdict(self, hit: Hit, match: re.Match[str]) -> None:
        """One test script, or a point of one that speaks TAP."""
        if match["file"].endswith(":"):
            return
        # A rule of another length is the summary's.
        if any(line.text == "=" * len(hit.line.text) for line in hit.below(1)):
            self._explain(match["file"], hit)
        elif not self._in_report:
            self._add(hit, match)

    def _add(self, hit: Hit, match: re.Match[str]) -> None:
        test = self._prefix() + match["file"]
        name = match["name"] or ""
        if match["number"] and name:
            test = f"{test}: {make_test_id(name)}"
        is_plain = match["number"] or not name
        message = hit.line.text if is_plain else name
        finding = Finding(find_kind(message), (hit.line,), message, test)
        self._tests.setdefault(test, finding)

    def _prefix(self) -> str:
        if not self._folders or not self.facts.directory:
            return ""
        root = self.facts.directory.rstrip("/") + "/"
        folder = self._folders[-1]
        return make_path(folder, root) + "/" if folder.startswith(root) else ""

    def _explain(self, name: str, hit: Hit) -> None:
        """A paragraph of the report; the summary names tests without their extension."""
        body = list(_cut_paragraph(hit.below()))
        prefixed = self._prefix() + name
        mine = [test for test in self._tests if _is_of(test, prefixed)]
        for test in mine or [prefixed]:
            known = self._tests.get(test)
            self._tests[test] = _tell(test, hit.line, body, known)

    def finish(self) -> FormatResult | None:
        """Without the footer the same lines belong to some other tool."""
        if not self._ended:
            return None
        findings = tuple(sorted(self._tests.values(), key=lambda finding: finding.at))
        return FormatResult(self.suite, findings, (TestRun(self.suite, complete=True),))


def _is_of(test: str, name: str) -> bool:
    """True for `t/holes`, `t/holes.test` and `t/holes.test: keeps water` of `t/holes`."""
    rest = test.removeprefix(name)
    return (rest != test and bool(re.match(r"(?:\.\w+)?(?:$|: )", rest))) or test == name


def _cut_paragraph(lines: Iterable[LogLine]) -> Iterable[LogLine]:
    """Up to the next heading, which is known by the rule under it."""
    held: LogLine | None = None
    for n, line in enumerate(lines):
        if n == 0:
            continue
        if _UNDERLINE.match(line.text) and (held is None or _HEADING.match(held.text)):
            return
        if len(line.text) > 60 and _UNDERLINE.match(line.text):
            break
        if held is not None and not held.is_blank:
            yield held
        held = line
    if held is not None and not held.is_blank:
        yield held


def _tell(test: str, head: LogLine, body: list[LogLine], known: Finding | None) -> Finding:
    """The cause: what its point says, or a line with a place or an error, or the last one."""
    _, _, point = test.partition(": ")
    said = [line for line in body if not _STATUS.match(line.text)]
    at = next((n for n, line in enumerate(said) if point and point in line.text), None)
    if at is not None:
        said = said[at : at + 12]
    telling = [line for line in said if _TELLING.search(line.text)] or said[-1:]
    status = next((line.text for line in body if _STATUS.match(line.text)), "")
    first = telling[:1]
    lines = dict.fromkeys((*(known.lines if known else ()), head, *first, *said, *body[-1:]))
    message = first[0].text.strip() if first else head.text
    kind = find_kind(status) if find_kind(status) is not Kind.TEST_FAILURE else find_kind(message)
    finding = known or Finding(kind, (head,), message, test)
    return replace(finding, kind=kind, lines=tuple(lines), message=message)
