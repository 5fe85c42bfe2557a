"""Test runners of C and C++: lit, ctest, GoogleTest, Boost.Test, automake."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.formats.base import Finding, Format, Hit, LogFacts, Outcome, Rule, rule, take_until
from bot.logs.ids import make_location
from bot.logs.lines import Line


class Lit(Format):
    """LLVM's lit."""

    suite = "lit"
    absorbs = ("gcc", "automake", "unittest")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("TEST '", r"^\*{10,} TEST '(?P<id>.+)' (?P<what>[A-Z]+)\b.*\*{10,}$", "block"),
        rule("FAIL: ", r"^(?P<what>FAIL): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$", "verdict"),
        rule("TIMEOUT: ", r"^(?P<what>TIMEOUT): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$", "verdict"),
        rule("UNRESOLVED: ", r"^(?P<what>UNRESOLVED): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$", "verdict"),
        rule("XPASS: ", r"^(?P<what>XPASS): (?P<id>\S.* :: .+?) \(\d+ of \d+\)$", "verdict"),
        rule("Testing Time: ", r"^Testing Time: ", "footer"),
        rule(": fatal: ", r"^lit: \S+:\d+: fatal: ", "broken"),
    )  # fmt: skip
    _END = re.compile(r"^\*{10,}$")
    _NOISE = re.compile(r"^(?:--|Command Output|Exit Code: \d+$|# RUN: at line|# executed command)")

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False

    def verdict(self, hit: Hit, match: re.Match[str]) -> None:
        """One line per test that did not pass."""
        kind = Kind.TIMEOUT if match["what"] == "TIMEOUT" else Kind.TEST_FAILURE
        test = match["id"]
        self._tests.setdefault(test, Finding(kind, (hit.line,), hit.line.text, test))

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """What the test printed."""
        body = take_until(hit.below(), self._END)
        telling = [line for line in body if not self._NOISE.match(line.text) and not line.is_blank]
        error = next((line for line in telling if re.search(r"\berror\b", line.text)), None)
        known = self._tests.get(match["id"])
        limit = next((line for line in body if "Reached timeout" in line.text), None)
        if limit:
            telling = [limit, *(line for line in telling if line is not limit)]
            error = limit
        kind = known.kind if known else Kind.TEST_FAILURE
        self._tests[match["id"]] = Finding(
            Kind.TIMEOUT if limit or match["what"] == "TIMEOUT" else kind,
            (hit.line, *telling, *(known.lines if known else ())),
            (error or (telling or [hit.line])[0]).text.strip("# |\t"),
            match["id"],
        )

    def broken(self, hit: Hit, _match: re.Match[str]) -> None:
        """The test suite's own configuration."""
        below = take_until(hit.below(30), re.compile(r"^\s*$"))
        self.findings.append(Finding(Kind.CONFIG_ERROR, (hit.line, *below[-2:]), hit.line.text))

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def finish(self) -> Outcome | None:
        """The tests that did not pass."""
        findings = (*self._tests.values(), *self.findings)
        if not findings and not self._ended:
            return None
        run = TestRun(self.suite, self._ended)
        return Outcome(self.suite, findings, (run,), absorbs=self.absorbs)


class Ctest(Format):
    """CMake's ctest."""

    suite = "ctest"
    absorbs = ("process",)
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("***", r"^\s*\d+/\d+ Test\s+#\d+: (?P<id>.+?) ?\.*\*\*\*(?P<what>\S.*?)\s+[\d.]+ sec", "test"),
        rule("The following tests FAILED", r"^The following tests FAILED:", "summary"),
        rule("No tests were found", r"^No tests were found!!!", "nothing"),
        rule("% tests passed", r"^\d+% tests passed, \d+ tests failed out of \d+", "footer"),
    )  # fmt: skip
    _LISTED = re.compile(r"^\s+\d+ - (?P<id>.+?) \((?P<what>[^()]+)\)\s*(?:\S.*)?$")
    _NEXT = re.compile(r"^\s*\d+/\d+ Test\s+#|^\s+Start\s+\d+: |^\d+% tests passed|^test \d+$")
    _KINDS = (("SegFault", Kind.CRASH), ("SEGFAULT", Kind.CRASH), ("Exception", Kind.CRASH),
              ("Subprocess aborted", Kind.CRASH), ("Child aborted", Kind.CRASH),
              ("Timeout", Kind.TIMEOUT))  # fmt: skip

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False

    def _kind(self, what: str) -> Kind:
        return next((kind for word, kind in self._KINDS if word in what), Kind.TEST_FAILURE)

    def test(self, hit: Hit, match: re.Match[str]) -> None:
        """The verdict, and with --output-on-failure the output below it."""
        body = [line for line in take_until(hit.below(), self._NEXT) if not line.is_blank]
        message = body[0].text.strip() if body else match["what"]
        lines = (hit.line, *body)
        self._tests[match["id"]] = Finding(self._kind(match["what"]), lines, message, match["id"])

    def summary(self, hit: Hit, _match: re.Match[str]) -> None:
        """The list at the end, which names the same tests again."""
        for line in hit.below():
            listed = self._LISTED.match(line.text)
            if not listed:
                return
            known = self._tests.get(listed["id"])
            lines = (*known.lines, line) if known else (line,)
            message = known.message if known else listed["what"]
            kind = known.kind if known else self._kind(listed["what"])
            self._tests[listed["id"]] = Finding(kind, lines, message, listed["id"])

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """An empty suite."""
        self.findings.append(Finding(Kind.NO_TESTS, (hit.line,), hit.line.text))

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def finish(self) -> Outcome | None:
        """The tests that did not pass."""
        findings = (*self._tests.values(), *self.findings)
        if not findings and not self._ended:
            return None
        run = TestRun(self.suite, self._ended)
        return Outcome(self.suite, findings, (run,), absorbs=self.absorbs)


class Gtest(Format):
    """GoogleTest; when it dies, the last `[ RUN ]` names the test."""

    suite = "gtest"
    absorbs = ("process",)
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("[  FAILED  ] ", r"^\[  FAILED  \] (?P<id>[\w/.<>]+?\.[\w/<>.]+)(?:, where .*?)? \(\d+ ms\)$", "failed"),
        rule("[  FAILED  ] ", r"^\[  FAILED  \] (?P<id>[\w/]+\.[\w/]+)(?:, where .*)?$", "listed"),
        rule("tests ran.", r"^\[==========\] \d+ tests? from \d+ test (?:suites?|cases?) ran\.", "footer"),
        rule("test suite ran.", r"^\[==========\] \d+ tests? from \d+ test (?:suites?|cases?) ran\.", "footer"),
        rule("test suites ran.", r"^\[==========\] \d+ tests? from \d+ test (?:suites?|cases?) ran\.", "footer"),
        rule("test case ran.", r"^\[==========\] \d+ tests? from \d+ test (?:suites?|cases?) ran\.", "footer"),
        rule("test cases ran.", r"^\[==========\] \d+ tests? from \d+ test (?:suites?|cases?) ran\.", "footer"),
        rule("[==========] Running", r"^\[==========\] Running \d+ test", "start"),
        rule("with a seed of", r"Randomizing tests' orders with a seed of (\d+)", "random_seed"),
        rule("Segmentation fault", r"^(?:.*: line \d+: +\d+ )?(Segmentation fault|Aborted)\b", "died"),
        rule("Aborted", r"^(?:.*: line \d+: +\d+ )?(Aborted)\b", "died"),
        rule("killed by signal", r"^(process killed by signal (?:4|6|7|8|11))$", "died"),
        rule("ERROR: AddressS", r"(ERROR: AddressSanitizer: .*)$", "died"),
    )  # fmt: skip
    _RUN = re.compile(r"^\[ RUN      \] (?P<id>\S+)$")
    _DONE = re.compile(r"^\[       OK \] |^\[  FAILED  \] |^\[----------\]|^\[==========\]")
    _PLACE = re.compile(r"^(?P<path>[^\s:(]\S*?)(?::|\()(?P<line>\d+)\)?: (?:Failure|error)")

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._started = 0
        self._ended = 0
        self._seed: str | None = None

    def start(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A run begins."""
        self._started += 1

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of --gtest_shuffle."""
        self._seed = match[1]

    def _output(self, hit: Hit) -> tuple[str | None, list[Line]]:
        """The running test, and what it printed up to here."""
        output: list[Line] = []
        for line in hit.above():
            running = self._RUN.match(line.text)
            if running:
                return running["id"], [line, *output[::-1]]
            if self._DONE.match(line.text):
                return None, output[::-1]
            output.append(line)
        return None, output[::-1]

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """The verdict; the failed check stands above."""
        _, output = self._output(hit)
        first = next((n for n, line in enumerate(output) if "Failure" in line.text), 0)
        body = output[first:]
        place = next((m for line in body if (m := self._PLACE.match(line.text))), None)
        self._tests[match["id"]] = Finding(
            Kind.TEST_FAILURE,
            (*body, hit.line),
            _join_check(body) or hit.line.text,
            match["id"],
            location=make_location(place["path"], place["line"], self.facts.directory)
            if place
            else None,
        )

    def listed(self, hit: Hit, match: re.Match[str]) -> None:
        """The list at the end."""
        self._tests.setdefault(
            match["id"], Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, match["id"])
        )

    def died(self, hit: Hit, match: re.Match[str]) -> None:
        """The process went away in the middle of a test."""
        test, output = self._output(hit)
        if test and test not in self._tests:
            self._tests[test] = Finding(
                Kind.CRASH, (hit.line, *output[-6:]), match[1], test, match[1].split(":")[0]
            )

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended += 1

    def finish(self) -> Outcome | None:
        """The tests that did not pass."""
        if not self._started and not self._tests:
            return None
        run = TestRun(self.suite, self._ended >= max(1, self._started))
        return Outcome(
            self.suite, tuple(self._tests.values()), (run,), seed=self._seed, absorbs=self.absorbs
        )


def _join_check(body: list[Line]) -> str:
    """The lines of one check as one: what was expected and what came."""
    texts = [line.text.strip() for line in body[1:5]]
    return "; ".join(text for text in texts if text)


class Boost(Format):
    """Boost.Test."""

    suite = "boost.test"
    absorbs = ("gcc", "tool")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule('error: in "', r'^(?P<path>.+?)\((?P<line>\d+)\): (?:fatal )?error: in "(?P<id>[^"]+)": (?P<text>.*)$', "error"),
        rule("failures are detected", r"^\*\*\* \d+ failures? (?:is|are) detected", "footer"),
        rule("failure is detected", r"^\*\*\* \d+ failures? (?:is|are) detected", "footer"),
        rule("shuffled using seed", r"order is shuffled using seed: (\d+)", "random_seed"),
    )  # fmt: skip

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False
        self._seed: str | None = None

    def error(self, hit: Hit, match: re.Match[str]) -> None:
        """A check that failed, or an exception."""
        known = self._tests.get(match["id"])
        if known:
            return
        known_place = match["path"] != "unknown location"
        place = make_location(match["path"], match["line"], self.facts.directory)
        crash = "memory access violation" in match["text"] or "signal: SIG" in match["text"]
        kind = Kind.CRASH if crash else Kind.TEST_FAILURE
        self._tests[match["id"]] = Finding(
            kind, (hit.line,), match["text"], match["id"], location=place if known_place else None
        )

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of --random."""
        self._seed = match[1]

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ended = True

    def finish(self) -> Outcome | None:
        """The tests that did not pass."""
        if not self._tests:
            return None
        run = TestRun(self.suite, self._ended)
        findings = tuple(self._tests.values())
        return Outcome(self.suite, findings, (run,), seed=self._seed, absorbs=self.absorbs)


class Automake(Format):
    """automake's parallel test harness: `FAIL: name`, and a summary between rules."""

    suite = "automake"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("FAIL: ", r"^(?P<what>X?FAIL): (?P<id>\S+(?: \d+ - \S.*)?)$", "verdict"),
        rule("ERROR: ", r"^(?P<what>ERROR): (?P<id>\S+)$", "verdict"),
        rule("Testsuite summary", r"^(?:# )?Testsuite summary for ", "footer"),
    )

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._ended = False

    def verdict(self, hit: Hit, match: re.Match[str]) -> None:
        """One test script; its output may stand above, in its own file mostly."""
        if match["what"] == "XFAIL" or match["id"].endswith(":"):
            return
        self.findings.append(Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, match["id"]))

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Only this harness prints it."""
        self._ended = True

    def finish(self) -> Outcome | None:
        """Without the footer the same lines belong to some other tool."""
        if not self._ended:
            return None
        kept = {finding.test: finding for finding in reversed(self.findings)}
        findings = tuple(sorted(kept.values(), key=lambda finding: finding.at))
        return Outcome(self.suite, findings, (TestRun(self.suite, complete=True),))
