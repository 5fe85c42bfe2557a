"""Test runners of JavaScript: jest, vitest, mocha."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.formats.base import Finding, Format, Hit, LogFacts, Outcome, Rule, rule
from bot.logs.ids import make_location
from bot.logs.lines import Line

_FRAME = re.compile(
    r"(?:\(|at |❯ )(?:file://)?(?P<path>[^\s()]+\.[cm]?[jt]sx?):(?P<line>\d+):\d+\)?"
)
_RAISED = re.compile(r"^(?P<type>[A-Z]\w*(?:Error|Exception))(?: \[\w+\])?: ")


def _locate(lines: list[Line], directory: str | None) -> str | None:
    frames = [m for line in lines if (m := _FRAME.search(line.text))]
    own = [m for m in frames if "node_modules" not in m["path"] and "node:" not in m["path"]]
    return make_location(own[0]["path"], own[0]["line"], directory) if own else None


def _make(
    head: Line, body: list[Line], test: str | None, directory: str | None, first: Line | None = None
) -> Finding:
    telling = [line for line in body if not line.is_blank]
    stack = [line for line in telling if re.match(r"^\s*at ", line.text)]
    said = [line for line in telling if line not in stack]
    error = first or next(iter(said), head)
    text = error.text.strip()
    raised = _RAISED.match(text)
    kind = Kind.TIMEOUT if re.search(r"(?i)timeout of \d+ ?ms|timed out in \d+", text) else None
    return Finding(
        kind or Kind.TEST_FAILURE,
        (head, *said, *stack[:2]),
        text,
        test,
        raised["type"] if raised else None,
        _locate(body, directory),
    )


class Jest(Format):
    """jest and vitest: one `●` or ` FAIL ` paragraph per failure."""

    suite = "jest"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("● ", r"^\s*● (?P<id>(?!Console$|Validation ).+)$", "bullet"),
        rule("FAIL ", r"^\s*FAIL\s+(?:\|?\w+\|? )?(?P<id>\S+\.[cm]?[jt]sx? > .+)$", "vitest"),
        rule("FAIL ", r"^\s*FAIL\s+(?:\|?\w+\|? )?(?P<id>\S+\.[cm]?[jt]sx?)(?: \(.*\)| \[ .* \])?$", "file"),
        rule("Test Suites: ", r"^Test Suites: ", "footer"),
        rule(" Test Files ", r"^\s+Test Files\s+\d", "vitest_footer"),
        rule("No tests found", r"^No tests found, exiting with code 1", "nothing"),
        rule("No test files", r"^No test files found, exiting with code 1", "nothing"),
        rule("Seed:", r"^\s*Seed:\s+(-?\d+)$", "random_seed"),
    )  # fmt: skip
    _END = re.compile(
        r"^\s*● |^(?:PASS|FAIL|RUNS) |^Test Suites: |^\s*FAIL |⎯⎯\[\d+/\d+\]|^ Test Files"
    )

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._file = ""
        self._ended: str | None = None
        self._seed: str | None = None

    def _body(self, hit: Hit) -> list[Line]:
        body: list[Line] = []
        for line in hit.below(60):
            if self._END.search(line.text):
                break
            body.append(line)
        return body

    def file(self, hit: Hit, match: re.Match[str]) -> None:
        """The file that the paragraphs below belong to."""
        self._file = match["id"].removeprefix("./")
        below = next((line for line in hit.below(2) if not line.is_blank), None)
        if below and not below.text.lstrip().startswith(("●", "✕", "✓")) and "Error" in below.text:
            body = self._body(hit)
            self._tests.setdefault(
                self._file, _make(hit.line, body, self._file, self.facts.directory)
            )

    def bullet(self, hit: Hit, match: re.Match[str]) -> None:
        """Jest's paragraph; the summary repeats it."""
        name = match["id"].strip()
        test = self._file if name == "Test suite failed to run" else name
        body = self._body(hit)
        if test and test not in self._tests and any(not line.is_blank for line in body):
            thrown = next((line for line in body if "Exceeded timeout of" in line.text), None)
            self._tests[test] = _make(hit.line, body, test, self.facts.directory, thrown)

    def vitest(self, hit: Hit, match: re.Match[str]) -> None:
        """Vitest's paragraph."""
        test = match["id"].strip()
        body = self._body(hit)
        self._tests.setdefault(test, _make(hit.line, body, test, self.facts.directory))

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """An empty suite."""
        self.findings.append(Finding(Kind.NO_TESTS, (hit.line,), hit.line.text))

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of --randomize or --showSeed."""
        self._seed = match[1]

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Jest came to its end."""
        self._ended = "jest"

    def vitest_footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Vitest came to its end."""
        self._ended = "vitest"

    def finish(self) -> Outcome | None:
        """Without a footer the same signs are somebody else's."""
        if not self._ended and not self.findings:
            return None
        run = TestRun(self._ended or self.suite, bool(self._ended))
        findings = (*self._tests.values(), *self.findings)
        return Outcome(self._ended or self.suite, findings, (run,), seed=self._seed)


class Node(Format):
    """node itself: an exception that nobody caught."""

    suite = "node"
    rules: ClassVar[tuple[Rule, ...]] = (rule("Node.js v", r"^Node\.js v\d+\.\d+\.\d+$", "died"),)
    _ERROR = re.compile(r"^(?:Uncaught )?(?P<text>(?P<type>[A-Z]\w*(?:Error|Exception))\b.*)$")

    def died(self, hit: Hit, _match: re.Match[str]) -> None:
        """The last line names the version; the error and its stack stand above."""
        above = list(hit.above(30))[::-1]
        error = next((n for n, line in enumerate(above) if self._ERROR.match(line.text)), None)
        found = self._ERROR.match(above[error].text) if error is not None else None
        if error is None or found is None:
            return
        stack = above[error:]
        self.findings.append(
            Finding(
                Kind.CRASH,
                tuple(stack[:4]),
                found["text"],
                None,
                found["type"],
                _locate(stack, self.facts.directory),
            )
        )


class Mocha(Format):
    """mocha's spec reporter: a numbered paragraph per failure, the titles above each other."""

    suite = "mocha"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(" failing", r"^  (?P<count>\d+) failing$", "failures"),
        rule(" passing (", r"^  \d+ passing \(", "footer"),
    )
    _HEAD = re.compile(r"^  \d+\) (?P<title>.*)$")

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._ended = False

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def failures(self, hit: Hit, match: re.Match[str]) -> None:
        """All paragraphs stand below."""
        paragraphs: list[list[Line]] = []
        for line in hit.below():
            if self._HEAD.match(line.text):
                if len(paragraphs) == int(match["count"]):
                    break
                paragraphs.append([])
            if paragraphs:
                paragraphs[-1].append(line)
        for paragraph in paragraphs:
            self._add(hit.line, paragraph)

    def _add(self, head: Line, paragraph: list[Line]) -> None:
        """The titles go on, deeper and deeper, up to a colon."""
        titles: list[str] = []
        for used, line in enumerate(paragraph, 1):
            text = line.text.strip()
            found = self._HEAD.match(line.text)
            titles.append((found["title"] if found else text).removesuffix(":"))
            if text.endswith(":") or used == 12:
                break
        test = " ".join(titles)
        body = paragraph[used:]
        finding = _make(head, body, test, self.facts.directory)
        titles_lines = paragraph[:used]
        self.findings.append(
            Finding(
                finding.kind,
                (head, *titles_lines, *finding.lines[1:]),
                finding.message,
                test,
                finding.exception,
                finding.location,
            )
        )

    def finish(self) -> Outcome | None:
        """The tests that failed."""
        if not self.findings and not self._ended:
            return None
        return Outcome(self.suite, tuple(self.findings), (TestRun(self.suite, complete=True),))
