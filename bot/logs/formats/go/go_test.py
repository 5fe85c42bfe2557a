"""go test, go build and go vet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, rule, take_until
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

_PLACE = late(r"^\s*(?P<path>[^\s:]+\.(?:go|s|y)):(?P<line>\d+)(?::\d+)?:? ?(?P<text>.*)$")
# What vet says and the compiler never does.
_VET = late(
    r"rintf? format|ln arg list ends|composite literal uses unkeyed|(?:copies|passes) lock by value"
    r"|unreachable code|struct field tag|self-assignment of|should have signature|unusedresult"
)
# What follows a real panic, whatever GOTRACEBACK says.
_DUMP = late(r"^(?:goroutine \d|exit status \d|\[signal |running tests:)")
_NEXT = late(r"^(?:panic: |fatal error: |--- |=== |ok\s)")
_ENDED = late(r"^(?:signal: \S.*|exit status \d+)$")
_VERDICT = late(r"^\s*(?:--- |=== |FAIL\b|ok\s|PASS$|exit status )")


class Go(Format):
    """The go tool. A test's id is its package, a dot, and its name with subtests after slashes."""

    suite = "go"
    stops_early = late(r"\s--?(?:test\.)?failfast(?:\s|=true|$)")
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("--- FAIL: ", r"^(?P<indent>\s*)--- FAIL: (?P<id>\S+) \([\d.]+s\)$", "failed"),
        rule("FAIL\t", r"^FAIL\t(?P<package>\S+)\t[\d.]+s$", "package_failed"),
        rule("FAIL\t", r"^FAIL\t(?P<package>\S+) \[(?:build|setup) failed\]$", "build_failed"),
        rule("ok  \t", r"^ok  \t(?P<package>\S+)\t", "passed"),
        rule("panic: ", r"^panic: (?P<text>.+?)(?: \[recovered\])?$", "panic"),
        rule("fatal error: ", r"^fatal error: (?P<text>.+)$", "panic"),
        rule("DATA RACE", r"^WARNING: DATA RACE$", "race"),
        rule(".go:", r"^(?:vet: )?(?P<path>[^\s:]+\.go):(?P<line>\d+):\d+: (?P<text>.+)$",
            "diagnostic"),
        rule("test.shuffle ", r"^-test\.shuffle (\d+)$", "random_seed"),
        rule("no test files", r"^no test files$|^go: warning: .* matched no packages", "nothing"),
    )  # fmt: skip
    begins = late(r"^=== (?:RUN|CONT|NAME)\s+(?P<id>\S+)$")
    ends = late(r"^\s*--- |^(?:ok|FAIL|PASS)\b")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._pending: list[Finding] = []  # tests whose package is not named yet
        self._diagnostics: list[Finding] = []
        self._packages = 0
        self._failed_builds = 0
        self._panicked = False  # in the package that runs
        self._cut_short = False  # tests behind a panic did not run
        self._seed: str | None = None
        self._race: tuple[LogLine, ...] = ()

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A test; what it said stands below, or above with -v."""
        body = _find_output(hit, match["id"])
        place = next((m for line in (*self._race, *body) if (m := find_place(line))), None)
        said = next((m for line in body if (m := _PLACE.match(line.text))), None)
        message = said["text"] if said else hit.line.text.strip()
        self._pending.append(
            Finding(
                Kind.TEST_FAILURE,
                (hit.line, *self._race, *body),
                message or hit.line.text.strip(),
                match["id"],
                location=self._locate(place) if place else None,
            )
        )
        self._race = ()

    def passed(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A package whose tests passed: what looked like one that did not, was printed."""
        self._packages += 1
        self._pending.clear()
        self._panicked, self._race = False, ()

    def package_failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A package whose program ended badly; mostly a test of it says why."""
        above = [line for line in hit.above(3) if not line.is_blank]
        ended = next((line for line in above if _ENDED.match(line.text)), None)
        if ended and not self._pending:
            kind = Kind.CRASH if ended.text.startswith("signal: ") else Kind.TEST_FAILURE
            self.findings.append(Finding(kind, (hit.line, ended), f"{ended.text}: {match[1]}"))
        self._packages += 1
        self._flush(match["package"])

    def build_failed(self, hit: Hit, match: re.Match[str]) -> None:
        """A package whose tests did not compile."""
        self._failed_builds += 1
        self._flush(match["package"])
        if not self._diagnostics:
            self.findings.append(Finding(Kind.COMPILE_ERROR, (hit.line,), hit.line.text))

    def panic(self, hit: Hit, match: re.Match[str]) -> None:
        """The test that panicked ends its package; outside of tests it is a crash."""
        below = list(hit.below(120))
        if not any(_DUMP.match(line.text) for line in take_until(below[:8], _NEXT)):
            return  # only a word of some test's
        stack = [line for line in below if is_own_frame(line)][:4]
        timed_out = match["text"].startswith("test timed out after")
        kind = Kind.TIMEOUT if timed_out else Kind.CRASH
        self._panicked = True
        place = next((m for line in stack if (m := find_place(line))), None)
        finding = Finding(
            kind,
            (hit.line, *_with_callers(below, stack)),
            hit.line.text,
            None,
            "panic",
            self._locate(place) if place else None,
        )
        if self._pending and not timed_out:
            last = self._pending.pop()
            self._pending.append(
                replace(finding, lines=(*last.lines, *finding.lines), test=last.test)
            )
            return
        running = _find_running_tests(below)
        began = next((m[1] for line in hit.above(40) if (m := _BEGAN.match(line.text))), "")
        if len(running) == 1 and began.startswith(f"{running[0]}/"):
            running = [began]
        if running:
            self._pending += [replace(finding, test=test) for test in running]
        elif any(line.text.startswith("goroutine ") for line in below[:6]):
            self._pending.append(finding)

    def race(self, hit: Hit, _match: re.Match[str]) -> None:
        """The race detector's report stands above the verdict of the test."""
        places = [line for line in hit.below(30) if is_own_frame(line)]
        self._race = (hit.line, *places[:3])

    def diagnostic(self, hit: Hit, match: re.Match[str]) -> None:
        """The compiler's or vet's line, under the name of a package."""
        if not any(line.text.startswith("# ") for line in hit.above(12)):
            return
        vet = (
            "go vet" in (self.facts.command or "")
            or match[0].startswith("vet: ")
            or _VET.search(match["text"])
        )
        kind = Kind.LINT if vet else Kind.COMPILE_ERROR
        place = make_location(match["path"], match["line"], self.facts.directory)
        self._diagnostics.append(Finding(kind, (hit.line,), match["text"], location=place))

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of -shuffle."""
        self._seed = match[1]

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """A pattern that matched nothing."""
        self.findings.append(Finding(Kind.NO_TESTS, (hit.line,), hit.line.text))

    def finish(self) -> FormatResult | None:
        """The innermost tests that failed, and what did not compile."""
        self._flush("")
        findings = [*self.findings, *self._diagnostics]
        if not findings and not self._packages:
            return None
        # The go tool has no last line: without a kill it came to its end.
        ended = self.facts.was_ended
        runs = (
            (TestRun(self.suite, not (self._failed_builds or self._cut_short or ended)),)
            if self._packages
            else ()
        )
        findings.sort(key=lambda finding: finding.at)
        return FormatResult(self.suite, tuple(findings), runs, seed=self._seed)

    def _flush(self, package: str) -> None:
        """Name the waiting tests: their package came to its end."""
        for finding in without_parents(self._pending):
            test = finding.test
            full = f"{package}.{test}" if package and test else test
            self.findings.append(replace(finding, test=full))
        self._pending.clear()
        self._cut_short |= self._panicked
        self._panicked = False

    def _locate(self, place: re.Match[str]) -> str:
        return make_location(place["path"], place["line"], self.facts.directory)


def without_parents(findings: Sequence[Finding]) -> list[Finding]:
    """A test with failed subtests only repeats them."""
    names = {finding.test for finding in findings if finding.test}
    parents = {name[:at] for name in names for at in _find_slashes(name)}
    return [finding for finding in findings if finding.test not in parents]


def _find_slashes(name: str) -> list[int]:
    return [at for at, letter in enumerate(name) if letter == "/"]


def _find_output(hit: Hit, name: str) -> list[LogLine]:
    """Without -v the output is indented below the verdict; with -v it stands below `=== RUN`."""
    below: list[LogLine] = []
    for line in hit.below(20):
        if not line.text.startswith("    ") or _VERDICT.match(line.text):
            break
        below.append(line)
    if below:
        return below
    output: list[LogLine] = []
    own = False
    for line in reversed(list(hit.above())):
        if re.match(r"^=== (?:RUN|CONT|NAME)\s", line.text):
            own = line.text.split()[-1] == name
        elif own and line.text.startswith("    ") and not _VERDICT.match(line.text):
            output.append(line)
    return output[-8:]


def find_place(line: LogLine) -> re.Match[str] | None:
    """`path`, `line` and `text` of a line that begins with a place in a source."""
    return _PLACE.match(line.text.split(" +0x")[0])


def is_own_frame(line: LogLine) -> bool:
    """A place outside of Go's own tree."""
    return bool(re.match(r"^\s+\S+\.go:\d+", line.text)) and not re.search(
        r"/(?:go|go-[\d.]+|golang|goroot)/src/|_testmain\.go", line.text
    )


def _with_callers(below: list[LogLine], stack: list[LogLine]) -> list[LogLine]:
    """Every place with the function that stands above it."""
    numbers = {line.number for line in stack}
    return [line for line in below if {line.number, line.number + 1} & numbers]


# The list that newer versions print of what was running; older ones show only the frames.
_LISTED = late(r"^\s+(?P<id>(?:Test|Fuzz|Example)\S*) \((?:[\d.]+(?:h|m|s|ms|µs))+\)$")
_BEGAN = late(r"^=== RUN\s+(\S+)$")
_FRAME = late(r"^(?:[^\s(]+\.)?(?P<id>(?:Test|Fuzz|Example)\w+)(?:\.func\d+)*\(")


def _find_running_tests(below: list[LogLine]) -> list[str]:
    """All that are listed, or the innermost of the first goroutine that is in one."""
    listed = [m["id"] for line in below if (m := _LISTED.match(line.text))]
    if listed:
        return listed
    return [m["id"] for line in below if (m := _FRAME.match(line.text))][:1]
