"""A JUnit file → the tests that failed in it.

Input: chunks of bytes. Output: a `FormatResult`. The file is read as it comes, in bounded memory:
of each failure the beginning and the end are kept. What may grow without end is refused: document
types, and with them entities; tags and attributes of over a megabyte.

Such a file says less than the console of the same run: not whether the run came to its end, nor
what never ran. So its run is never complete.
"""

from __future__ import annotations

from dataclasses import replace
from xml.parsers import expat

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import Finding, FormatResult
from bot.logs.formats.runner import find_kind
from bot.logs.identifiers import find_fixture_id, make_test_id
from bot.logs.lines import LogLine

_BEGIN = late(
    r"^\s{0,99}(?:<\?xml[^>]{0,200}\?>)?(?:\s{0,99}<!--[^>]{0,999}-->)?\s{0,99}<testsuites?[\s/>]"
)
_LONGEST_TOKEN = 1 << 20
_WIDTH = 4096
_LINES = 100  # of one failure: half of them from its beginning
_MOST = 5000  # failures
_FAILED = frozenset(
    {"failure", "error", "rerunFailure", "rerunError", "flakyFailure", "flakyError"}
)
_PRINTED = frozenset({"system-out", "system-err"})
_TOLD = _FAILED | _PRINTED | {"skipped"}
# ctest files tests under "skipped" that could not be run, and fails.
_NOT_RUN = late(r"^(?:Unable to find executable|Fixture dependency failed)")


def is_junit(start: bytes) -> bool:
    """True for the beginning of a JUnit file."""
    text = start.removeprefix(b"\xef\xbb\xbf")[:2000].decode("utf-8", "replace")
    return _BEGIN.match(text) is not None


class RefusedError(Exception):
    """The file holds what no test runner writes."""


class JunitReader:
    """Reads one file: `feed` it, then `finish`."""

    def __init__(self, first_line: int = 1) -> None:
        """`first_line` is where in a log it begins."""
        parser = self._parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add_text
        parser.StartDoctypeDeclHandler = self._refuse
        self._above = first_line - 1
        self._fed = 0
        self._depth = 0
        self.is_closed = False  # its last tag has come
        self._suites: list[dict[str, str]] = []
        self._case: dict[str, str] = {}
        self._failures: list[tuple[str, dict[str, str], list[LogLine]]] = []  # of the open case
        self._text: list[LogLine] | None = None
        self._line, self._number = "", 0  # of which only the beginning has come
        self._tests: dict[str, Finding] = {}
        self._counted = 0
        self._runner = "junit"
        self._trouble = ""

    def feed(self, chunk: bytes) -> None:
        """The next bytes; nothing is read behind a fault."""
        if self._trouble:
            return
        self._fed += len(chunk)
        self._parse(chunk)
        if self._fed - self._parser.CurrentByteIndex > _LONGEST_TOKEN + len(chunk):
            self._trouble = "the JUnit file holds a tag of over a megabyte"

    def finish(self) -> FormatResult:
        """What failed; where only a count says so, that."""
        if not self._trouble:
            self._parse(b"", final=True)
        findings = list(self._tests.values())
        if self._counted and not findings:
            line = LogLine(1, f"the file counts {self._counted} failures, and shows none")
            findings.append(Finding(Kind.TEST_FAILURE, (line,), line.text))
        notes = (self._trouble,) if self._trouble else ()
        run = TestRun(self._runner, complete=False)
        return FormatResult(self._runner, tuple(findings), (run,), notes=notes)

    @property
    def is_broken(self) -> bool:
        """True when not all of it could be read."""
        return bool(self._trouble)

    def _parse(self, chunk: bytes, *, final: bool = False) -> None:
        try:
            self._parser.Parse(chunk, final)
        except (expat.ExpatError, RefusedError) as error:
            self._trouble = f"the JUnit file is broken: {error}"

    def _refuse(self, *_: object) -> None:
        raise RefusedError("it has a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if name == "testsuite":
            self._suites.append(attributes)
            self._runner = _find_runner(attributes) or self._runner
        elif name == "testcase":
            self._case, self._failures = attributes, []
        elif name in _TOLD and self._case:
            self._text, self._line = [], ""
            self._failures.append((name, attributes, self._text))

    def _add_text(self, text: str) -> None:
        """Expat hands over pieces of lines, and each newline by itself."""
        if self._text is None:
            return
        for n, part in enumerate(text.split("\n")):
            if n:
                self._end_line()
            if not self._line:
                self._number = self._above + self._parser.CurrentLineNumber + n
            self._line += part[: _WIDTH - len(self._line)]

    def _end_line(self) -> None:
        if self._text is not None and self._line.strip():
            self._text.append(LogLine(self._number, self._line.rstrip()))
            del self._text[_LINES // 2 : -_LINES // 2]
        self._line = ""

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.is_closed = not self._depth
        if name in _TOLD:
            self._end_line()
            self._text = None
        elif name == "testcase":
            self._close_case()
            self._case = {}
        elif name == "testsuite" and self._suites:
            suite = self._suites.pop()
            counts = [suite.get(key, "") for key in ("failures", "errors")]
            if not self._suites:
                self._counted += sum(int(count) for count in counts if count.isdecimal())

    def _close_case(self) -> None:
        failed = [told for told in self._failures if _is_failure(*told)]
        if not failed or len(self._tests) >= _MOST:
            return
        test = self._make_id()
        number = self._above + self._parser.CurrentLineNumber
        printed = [line for name, _, lines in self._failures if name in _PRINTED for line in lines]
        finding = _make_finding(test, failed[0], printed, number)
        if all(name.startswith("flaky") for name, _, _ in failed):
            finding = replace(finding, passed_on_rerun=True)
        known = self._tests.get(test)
        # A test that failed, and whose fixture did afterwards, is there twice.
        if known is None or (known.passed_on_rerun and not finding.passed_on_rerun):
            self._tests[test] = finding

    def _make_id(self) -> str:
        """As the console of the same run would name it."""
        case = self._case
        name, scope = case.get("name", ""), case.get("classname", "")
        if self._runner == "pytest":
            return _make_pytest_id(case.get("file"), scope, name)
        if not scope or scope == name or name.startswith(f"{scope}."):
            return find_fixture_id(name) or make_test_id(name)
        return find_fixture_id(f"{scope}.{name}") or make_test_id(f"{scope}.{name}")


def _find_runner(suite: dict[str, str]) -> str | None:
    if suite.get("name") == "pytest":
        return "pytest"
    return None


def _is_failure(name: str, attributes: dict[str, str], _text: list[LogLine]) -> bool:
    if name == "skipped":
        return bool(_NOT_RUN.match(attributes.get("message", "")))
    return name in _FAILED


def _make_finding(
    test: str, told: tuple[str, dict[str, str], list[LogLine]], printed: list[LogLine], number: int
) -> Finding:
    """Its own words, or what the test printed last; `number` is the line where it ends."""
    _, attributes, lines = told
    said = attributes.get("message", "").strip().split("\n", 1)[0][:_WIDTH]
    if not said and not lines:
        lines = printed[-_LINES:]
    message = said or (lines[-1].text.strip() if lines else f"{test} failed")
    if not any(message in line.text for line in lines):
        lines = [LogLine(lines[0].number if lines else number, message), *lines]
    kind = find_kind(message)
    return Finding(kind, tuple(lines), message, test, exception=attributes.get("type") or None)


_CLASS = late(r"^[A-Z]")


def _make_pytest_id(file: str | None, scope: str, name: str) -> str:
    """`tests.test_a.TestLid` and `test_shut` → `tests/test_a.py::TestLid::test_shut`."""
    parts = scope.split(".") if scope else []
    at = next((n for n, part in enumerate(parts) if n and _CLASS.match(part)), len(parts))
    path = file or f"{'/'.join(parts[:at])}.py"
    return "::".join([path, *parts[at:], name]) if parts else name
