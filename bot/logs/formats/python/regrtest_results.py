"""What regrtest's words come to: which tests failed for good, and what the second try said.

Input: findings of the first and the second try, and regrtest's own lists of files. Output: the
findings that count, the test run, and how the second try ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import Finding, Weight
from bot.logs.identifiers import find_unreached, make_file_id
from bot.logs.lines import LogLine

# Results of a whole run that are no matter of single tests.
_RESULTS = {"INTERRUPTED": Kind.INTERRUPTED, "NO TEST": Kind.NO_TESTS}
_COUNTED = frozenset({Kind.TEST_FAILURE, Kind.CRASH, Kind.TIMEOUT})

# A whole file, by its canonical id.
_FILE = late(r"test(?:\.test_\w+)+|test\.\w+")

Key = tuple[str, Kind]


class Verdicts:
    """Collects while the log is read; `judge` at its end."""

    def __init__(self) -> None:
        self._first: dict[Key, Finding] = {}
        self._again: dict[Key, Finding] = {}
        self.in_rerun = False
        self.matching: dict[str, str] = {}  # file → the one test that was run again
        # The last list of failed files, each with the heading and its own line.
        self.failed: dict[str, tuple[LogLine, ...]] = {}
        self.listed: set[str] = set()  # all that ever stood in such a list
        self._near: dict[Key, frozenset[str]] = {}  # the files of which a block may be
        self.env_changed: dict[str, tuple[LogLine, ...]] = {}
        self.no_tests: tuple[str, ...] = ()
        self.omitted: tuple[str, ...] = ()
        self.rerun_files: dict[str, tuple[LogLine, ...]] = {}
        self.ran: set[str] = set()  # files that failed in a test whose name is not known
        self.results: list[tuple[str, LogLine]] = []
        self._ended_again = False
        self.running: LogLine | None = None  # the file that was interrupted
        self.footer = False
        self.fails_fast = False

    def add(self, finding: Finding, near: frozenset[str] | None = None) -> None:
        """One more; of two that say the same of a test the stronger, or else the first.

        `near` are the files of which it may be, where its place tells.
        """
        found = self._again if self.in_rerun else self._first
        key = (finding.test or "", finding.kind)
        if near is not None:
            self._near.setdefault(key, near)
        known = found.get(key)
        if known is None or known.weight < finding.weight:
            found[key] = finding

    def add_result(self, text: str, line: LogLine) -> None:
        """The verdict over the whole run; the last one counts."""
        self.results.append((text, line))
        self._ended_again |= self.in_rerun or " then " in text

    @property
    def has_findings(self) -> bool:
        """True when anything was said of any test."""
        return bool(self._first or self._again)

    def find_counted(self) -> tuple[Finding, ...]:
        """The findings that count, in the order of the log."""
        found = [*self._diagnose_tests(), *self._find_silent(), *self._find_no_run()]
        if self._last_result == "SUCCESS":
            found = [finding for finding in found if self._counts(finding)]
        return tuple(sorted(found, key=lambda finding: finding.at))

    def find_rerun(self) -> str | None:
        """How the second try ended; None when there was none, or nobody knows."""
        last = self._last_result
        crashed = any(kind is Kind.CRASH for _, kind in self._again)
        if self._ended_again and last.endswith("then SUCCESS"):
            return "passed"
        if crashed and not last.endswith("then FAILURE"):
            return "crashed"
        return "failed" if self._ended_again or self._again else None

    def make_run(self, suite: str) -> TestRun:
        """Complete when the footer came and nothing was omitted.

        Who interrupts a run leaves whole files out; who stops it at the first failure also leaves
        the rest of the file that failed, of which nothing is told.
        """
        interrupted = any("INTERRUPTED" in text for text, _ in self.results)
        stopped = interrupted or self.omitted or (self.fails_fast and self.has_findings)
        missed = [make_file_id(name) for name in self.omitted] if interrupted else []
        complete = bool(self.results or self.footer) and not stopped
        if complete or missed:
            missed += self._find_unreached()
        return TestRun(suite, complete, tuple(dict.fromkeys(missed)) or None)

    def _find_unreached(self) -> Iterator[str]:
        """Files that died or of which no test is named, classes and modules not set up."""
        for finding in self.find_counted():
            test = finding.test or ""
            if finding.passed_on_rerun or finding.kind not in _COUNTED or not test:
                continue
            inside = find_unreached(test)
            if inside or (_FILE.fullmatch(test) and test not in self.ran):
                yield inside or test

    @property
    def _last_result(self) -> str:
        return self.results[-1][0] if self.results else ""

    def _find_result_line(self) -> LogLine:
        """Where the last result was said first: newer versions repeat it at the very end."""
        return next(line for text, line in self.results if text == self._last_result)

    def _diagnose_tests(self) -> Iterator[Finding]:
        rerun = self.find_rerun()
        every = dict.fromkeys((*self._first, *self._again))
        keys = {key: None for key in every if not self._is_printed(key)}
        for key in keys:
            finding = self._choose(key)
            if not self._is_covered(finding, keys):
                test = self.matching.get(key[0], key[0])
                passed = self._passed(key[0], rerun)
                lines = (*finding.lines, *self._find_verdict(key, passed=passed))
                yield replace(finding, lines=lines, test=test or None, passed_on_rerun=passed)

    def _is_printed(self, key: Key) -> bool:
        """True for a block of none of the files that failed: a test of a test runner printed it.

        A test may have the name of another file than the one that runs it (`datetimetester`), so
        that both its name and its place have to say so.
        """
        near = self._near.get(key)
        if near is None or key in self._again or not self.failed or "INTERR" in self._last_result:
            return False
        told = {*self.listed, *self.rerun_files, *self.env_changed, *self.no_tests}
        return not any(_is_in(key[0], name) or make_file_id(name) in near for name in told)

    def _find_verdict(self, key: Key, *, passed: bool | None) -> tuple[LogLine, ...]:
        """What regrtest itself says of a file that left something behind, or came through."""
        test, kind = key
        if kind is Kind.ENV_CHANGED:
            own = (lines for name, lines in self.env_changed.items() if _is_in(test, name))
            return next(own, ())
        return (self._find_result_line(),) if passed and self.results else ()

    def _choose(self, key: Key) -> Finding:
        first, again = self._first.get(key), self._again.get(key)
        if first and again:
            return again if again.weight > first.weight else first
        return first or self._again[key]

    def _is_covered(self, finding: Finding, keys: dict[Key, None]) -> bool:
        """True for a file whose failing methods are known, or of which something better is."""
        test = finding.test or ""
        if not test:
            return len(keys) > 1
        if finding.weight < Weight.CAUSE and sum(other == test for other, _ in keys) > 1:
            return True
        return finding.kind is Kind.TEST_FAILURE and any(
            other.startswith(f"{test}.") for other, _ in keys
        )

    def _passed(self, test: str, rerun: str | None) -> bool | None:
        """Whether a test passed when it was run again; None where that is not known."""
        if any(test == other for other, _ in self._again):
            return False
        if rerun is None or not self._ended_again:
            return None
        return rerun == "passed" or not any(_is_in(test, name) for name in self.failed)

    def _counts(self, finding: Finding) -> bool:
        """Of a run that ends well, failures are output of tests that test this very thing.

        But until 3.10 a file whose `setUpModule` fails only "ran no tests".
        """
        mine = any(_is_in(finding.test or "", name) for name in self.no_tests)
        return mine or finding.kind not in _COUNTED

    def _find_silent(self) -> Iterator[Finding]:
        """Files in regrtest's lists of which nothing else was said."""
        keys = [key for key in (*self._first, *self._again) if not self._is_printed(key)]
        known = {test for test, _ in keys}
        failed = {test for test, kind in keys if kind in _COUNTED or kind is Kind.REFLEAK}
        rerun = self.find_rerun()
        again = self.rerun_files if rerun == "passed" else {}
        changed = "altered the execution environment"
        yield from self._name_files(self.failed, failed, Kind.TEST_FAILURE, "failed", rerun)
        yield from self._name_files(self.env_changed, known, Kind.ENV_CHANGED, changed, None)
        left = {name: lines for name, lines in again.items() if name not in self.failed}
        yield from self._name_files(left, known, Kind.TEST_FAILURE, "was run again", rerun)

    def _name_files(
        self,
        files: Mapping[str, tuple[LogLine, ...]],
        known: Collection[str],
        kind: Kind,
        what: str,
        rerun: str | None,
    ) -> Iterator[Finding]:
        for name, lines in files.items():
            if not any(_is_in(test, name) for test in known):
                test = make_file_id(name)
                passed = self._passed(test, rerun)
                message = f"test {name} {what}"
                yield Finding(kind, lines, message, test, passed_on_rerun=passed)

    def _find_no_run(self) -> Iterator[Finding]:
        """A run that was stopped, or that ran nothing."""
        text = self._last_result
        kind = next((kind for word, kind in _RESULTS.items() if word in text), None)
        if kind:
            line = self._find_result_line()
            running = (self.running,) if self.running else ()
            yield Finding(kind, (line, *running), f"Tests result: {text}")


def _is_in(test: str, name: str) -> bool:
    """True for the file of that name and for all tests in it."""
    file = make_file_id(name)
    return test == file or test.startswith(f"{file}.")
