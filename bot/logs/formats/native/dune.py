"""dune's own words: tests that failed, outputs that differ, what does not compile."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import PRINTED, Finding, Format, FormatResult, Hit, Rule, Weight, rule
from bot.logs.formats.runner import find_kind
from bot.logs.identifiers import make_location, make_test_id
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

_PLACE = r'^File "(?P<path>[^"]+)", lines? (?P<line>[\d-]+), characters [\d-]+:$'
_NEXT = late(rf"{_PLACE}|^\s{{5,}}\S+ .*\((?:exit \d+|got signal \w+)\)$|^program finished")
_DIFFERS = late(r"^(?:diff --git |--- |\s+git \(internal\)|\+\+\+ )")
_CHANGED = late(r"^[-+](?![-+]{2} )\s?.*\S")
_ERROR = late(r"^Error(?: \(.*?\))?: (?P<text>\S.*)$")
# A framework below that names its tests itself.
_FRAMEWORK = late(r"^(?:Testing [`'\"]|.{0,4}\[(?:FAIL|OK)\]|Ran: \d+ tests in: )")
_FATAL = late(r"^(?:Fatal error: )?[Ee]xception:? (?P<text>\S.*)$")


class Dune(Format):
    """`dune runtest` and `dune build`."""

    suite = "dune"
    absorbs = ("process", "ci")
    outranks = PRINTED
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(", characters ", _PLACE, "place"),
        rule(
            " alias ",
            linear(
                r"^\s{5,}(?P<id>\S+) alias (?P<scope>\S*runtest\S*)"
                r" \((?P<text>exit \d+|got signal \w+)\)$"
            ),
            "failed",
        ),
        rule("(exit ", linear(r"^\s{8,}(?P<text>\w\S* \S.* \(exit [1-9]\d*\))$"), "action"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}

    def place(self, hit: Hit, match: re.Match[str]) -> None:
        """Either what differs from the expected, or what does not compile."""
        body = _take(hit.below(60))
        path = make_test_id(match["path"], self.facts.directory)
        if any(_DIFFERS.match(line.text) for line in body[:3]):
            changed = [line.text.strip() for line in body if _CHANGED.match(line.text)]
            message = "; ".join(changed[:2]) or "the output differs"
            self._tests[path] = Finding(Kind.TEST_FAILURE, (hit.line, *body), message, path)
            return
        error = next((m for line in body if (m := _ERROR.match(line.text))), None)
        if error is None:
            return
        is_config = path.rpartition("/")[2] in ("dune", "dune-project", "dune-workspace")
        kind = Kind.CONFIG_ERROR if is_config else Kind.COMPILE_ERROR
        place = make_location(match["path"], match["line"].partition("-")[0], self.facts.directory)
        self.findings.append(Finding(kind, (hit.line, *body), error["text"], location=place))

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A program of tests; where it names its tests itself, its reader tells of them."""
        body = _take(hit.below(60))
        if any(_FRAMEWORK.match(line.text) for line in body):
            return
        folder = match["scope"].rpartition("/")[0]
        test = f"{folder}/{match['id']}" if folder else match["id"]
        fatal = next((m["text"] for line in body if (m := _FATAL.match(line.text))), None)
        said = [line.text.strip() for line in body[1:] if not line.is_blank]
        text = fatal or (said[-1] if said else match["text"])
        kind = find_kind(f"{match['text'].replace('got signal ', 'SIG')} {text}")
        self._tests[test] = Finding(kind, (hit.line, *body), text, test)

    def action(self, hit: Hit, match: re.Match[str]) -> None:
        """A rule whose program failed."""
        body = _take(hit.below(20))
        if " alias " in hit.line.text or not body or not body[0].text.startswith("(cd _build/"):
            return
        said = [line.text.strip() for line in body[1:] if not line.is_blank]
        text = said[-1] if said else match["text"]
        lines = (hit.line, *body)
        self.findings.append(Finding(Kind.BUILD_FAILURE, lines, text, weight=Weight.SYMPTOM))

    def finish(self) -> FormatResult | None:
        """Tests and what does not compile; dune has no last line."""
        findings = (*self._tests.values(), *self.findings)
        if not findings:
            return None
        ran = (TestRun(self.suite, complete=False),) if self._tests else ()
        ordered = tuple(sorted(findings, key=lambda finding: finding.at))
        return FormatResult(self.suite, ordered, ran)


def _take(lines: Iterable[LogLine]) -> list[LogLine]:
    taken: list[LogLine] = []
    for line in lines:
        if line.is_workers or (_NEXT.match(line.text) and not _DIFFERS.match(line.text)):
            break
        taken.append(line)
    return taken
