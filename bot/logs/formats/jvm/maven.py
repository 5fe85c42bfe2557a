"""Maven with surefire, and Gradle's test lines."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, Weight, rule
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

_RAISED = late(r"^(?P<type>(?:[a-z_]\w*\.)+[A-Z]\w*)(?:: (?P<text>.*))?$")
_FRAME = late(r"^\s+at (?:[\w.$]+/)?(?P<where>[\w.$<>]+)\((?P<file>[\w$]+\.\w+):(?P<line>\d+)\)")
_FOREIGN = late(
    r"^\s+at (?:[\w.$]+/)?"
    r"(?:java|jdk|sun|org\.junit|org\.opentest4j|org\.apache\.maven|org\.testng)\b"
)


class Maven(Format):
    """`mvn test`: a paragraph per failure, a list at the end, `BUILD FAILURE`."""

    suite = "maven"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("<<< ", r"^(?:\[ERROR\] )?(?P<id>\S+)\s+(?:-- )?Time elapsed: .*<<< (?P<what>FAILURE"
            r"|ERROR)!$", "test"),
        rule("[ERROR] ",
            r"^\[ERROR\] (?P<path>\S+\.(?:java|kt|scala)):\[(?P<line>\d+),\d+\] (?P<text>.+)$",
            "compile_error"),
        rule("[ERROR] ", r"^\[ERROR\] Failed to execute goal (?P<text>.+)$", "goal"),
        rule("Tests run: ",
            r"^(?:\[\w+\] )?Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+\s*$",
            "footer"),
        rule("No tests were exec", r"No tests were executed!", "nothing"),
        rule(" FAILED", r"^(?P<class>[A-Za-z_][\w.$]*) > (?P<method>\S.*) FAILED$", "gradle"),
        rule("There was a timeout", r"There was a timeout(?: or other error)? in the fork", "fork"),
        rule("forked VM terminated", r"The forked VM terminated without properly saying goodbye",
            "fork"),
        rule(" SKIPPED", linear(r"^\[INFO\] \S.* \.+ SKIPPED(?: \[.*\])?$"), "skipped"),
    )  # fmt: skip
    begins = late(r"^(?:\[INFO\] )?Running (?P<id>(?:[a-z_]\w*\.)*[A-Z]\w*)$")
    ends = late(r"^(?:\[\w+\] )?Tests run: ")
    _OLD = late(r"^(?P<method>[^(]+)\((?P<class>[\w.$]+)\)$")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._tests: dict[str, Finding] = {}
        self._ended = False
        self._cut_short = False

    def test(self, hit: Hit, match: re.Match[str]) -> None:
        """`x.CartTest.total -- … <<< FAILURE!`; old versions write `total(x.CartTest)`."""
        old = self._OLD.match(match["id"])
        test = f"{old['class']}.{old['method']}" if old else match["id"].removesuffix("()")
        if test.startswith("Tests"):
            return
        self._add(hit, test)

    def gradle(self, hit: Hit, match: re.Match[str]) -> None:
        """`CartTest > total() FAILED`."""
        method = match["method"].removesuffix("()")
        self._ended = True
        self._add(hit, f"{match['class']}.{method}", suite="gradle")

    def _add(self, hit: Hit, test: str, suite: str | None = None) -> None:
        body: list[LogLine] = []
        for line in hit.below(40):
            if line.is_blank or line.text.startswith("[ERROR]"):
                break
            body.append(line)
        raised = next((m for line in body if (m := _RAISED.match(line.text.strip()))), None)
        frames = [line for line in body if _FRAME.match(line.text)]
        own = [line for line in frames if not _FOREIGN.match(line.text)]
        frame = _FRAME.match(own[0].text) if own else None
        said = [line for line in body if line not in frames]
        self._tests[test] = Finding(
            Kind.TEST_FAILURE,
            (hit.line, *said[:8], *own[:2]),
            said[0].text.strip() if said else hit.line.text,
            test,
            raised["type"].rpartition(".")[2] if raised else None,
            make_location(frame["file"], frame["line"]) if frame else None,
            suite=suite,
        )

    def compile_error(self, hit: Hit, match: re.Match[str]) -> None:
        """One error of javac, once above and once in the end."""
        place = make_location(match["path"], match["line"], self.facts.directory)
        if any(finding.location == place for finding in self.findings):
            return
        details = [line for line in hit.below(2) if line.text.startswith("  ")]
        self.findings.append(
            Finding(Kind.COMPILE_ERROR, (hit.line, *details), match["text"], location=place)
        )

    def goal(self, hit: Hit, match: re.Match[str]) -> None:
        """What Maven says in the end of anything that failed."""
        text = match["text"]
        network = re.search(
            r"Could not (?:transfer|resolve)|could not be resolved|Unknown host", text
        )
        kind = Kind.INFRA if network else Kind.BUILD_FAILURE
        weight = Weight.SYMPTOM if network else Weight.WRAPPER
        self.findings.append(Finding(kind, (hit.line,), text[:300], weight=weight))

    def fork(self, hit: Hit, match: re.Match[str]) -> None:
        """The tests' own JVM died or hung."""
        kind = Kind.TIMEOUT if "timeout" in match[0] else Kind.CRASH
        self._cut_short = True
        if not any(finding.kind is kind for finding in self.findings):
            self.findings.append(Finding(kind, (hit.line,), match[0]))

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """A filter that matched nothing."""
        self.findings.append(Finding(Kind.NO_TESTS, (hit.line,), hit.line.text))

    def skipped(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A module behind the one that failed."""
        self._cut_short = True

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The sum over all classes."""
        self._ended = True

    def finish(self) -> FormatResult | None:
        """The tests that failed, and what did not compile."""
        findings = sorted([*self._tests.values(), *self.findings], key=lambda f: f.at)
        if not findings and not self._ended:
            return None
        # Every module has a sum of its own: more of them may have been to come when it was killed.
        complete = self._ended and not (self._cut_short or self.facts.was_ended)
        runs = (TestRun(self.suite, complete),) if self._ended or self._tests else ()
        return FormatResult(self.suite, tuple(findings), runs)
