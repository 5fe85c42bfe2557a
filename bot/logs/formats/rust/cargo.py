"""Rust: the test harness of cargo, rustc's errors, panics."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Format, FormatResult, Hit, Rule, Weight, rule
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata, find_last_words

_PANIC = linear(
    r"thread '(?P<thread>[^']*)'(?: \(\d+\))? panicked at (?:'(?P<old>.*)', )?"
    r"(?P<path>[^\s:'\"]+):(?P<line>\d+)(?::\d+)?:?$"
)
_OUTPUT_END = late(r"^---- \S+ .* ----$|^failures:$|^test result: |^note: |^stack backtrace:$")


_DIED = linear(
    r"process didn't exit successfully: .*"
    r"\((?P<how>signal: (?P<signal>\d+).*|exit code: 0xc\w+.*)\)"
)
# The harness names a test before it runs only where tests run one by one.
_BEGUN = late(r"^test (?P<id>\S+) \.\.\. (?!ok$|FAILED$|ignored)")
_THREAD = late(r"^thread '(?P<id>(?!main')[^'<]+)'.* (?:has overflowed its stack|panicked at )")


class Cargo(Format):
    """`cargo test` and what runs below it."""

    suite = "cargo"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("... FAILED", r"^test (?P<id>.+?)(?: - should panic)? \.\.\. FAILED$", "failed"),
        rule(" panicked at ", linear(r"thread '.*' (?:\(\d+\) )?panicked at "), "panic"),
        rule("test result: ", r"^test result: (?:ok|FAILED)\. (?P<passed>\d+) passed", "footer"),
        rule("failures:", r"^failures:$", "listed"),
        rule("---- ", r"^---- (?P<id>.+?) stdout ----$", "output"),
        rule("error[E", r"^error\[E\d+\]: (?P<text>.+)$", "error"),
        rule("error: ",
            r"^error: (?P<text>(?!could not compile|test failed|aborting due|process didn't"
            r"|\d+ target).+)$", "maybe_error"),
        rule("could not compile", r"^error: could not compile ", "wrapper"),
        rule("test failed, to rerun", r"\berror: test failed, to rerun pass ", "stopped"),
        rule("process didn't exit", _DIED, "died"),
        rule("shuffle seed: ", r"shuffle seed: (\d+)", "random_seed"),
    )  # fmt: skip

    begins = late(r"^test (?P<id>\S+) has been running for over \d+ seconds$")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._failed: dict[str, LogLine] = {}
        self._listed: dict[str, LogLine] = {}  # the same, in the list at the end
        self._outputs: dict[str, Finding] = {}
        self._panics: list[Finding] = []
        self._threads: dict[str, Finding] = {}  # the last panic of each; tests run in their own
        self._footers = 0
        self._died = False
        self._stopped = False
        self._seed: str | None = None

    def failed(self, hit: Hit, match: re.Match[str]) -> None:
        """One line per test."""
        self._failed.setdefault(match["id"], hit.line)

    def listed(self, hit: Hit, _match: re.Match[str]) -> None:
        """All that failed; a heading of the same words stands above their output."""
        for line in hit.below(1000):
            test = re.match(r"^    (\S.*)$", line.text)
            if not test:
                break
            self._listed.setdefault(test[1], line)

    def output(self, hit: Hit, match: re.Match[str]) -> None:
        """What a failed test printed, a panic mostly."""
        body: list[LogLine] = []
        for line in hit.below(60):
            if _OUTPUT_END.match(line.text):
                break
            body.append(line)
        at = next((n for n, line in enumerate(body) if _PANIC.search(line.text)), None)
        panic = _PANIC.search(body[at].text) if at is not None else None
        telling = [line for line in body[at or 0 :] if not line.is_blank]
        telling = telling or [line for line in hit.below(1) if line.text.startswith("note: ")]
        message = (panic["old"] if panic else None) or _join(telling[1:4] if panic else telling[:3])
        place = make_location(panic["path"], panic["line"]) if panic else None
        self._outputs[match["id"]] = Finding(
            Kind.TEST_FAILURE,
            tuple(telling[:12]) or (hit.line,),
            message or hit.line.text,
            match["id"],
            "panic" if panic else None,
            place,
        )

    def panic(self, hit: Hit, _match: re.Match[str]) -> None:
        """A panic; of a failed test it is told with its output."""
        panic = _PANIC.search(hit.line.text)
        if not panic:
            return
        below = [line for line in hit.below(4) if not _OUTPUT_END.match(line.text)]
        body = below[:1] if not panic["old"] else []
        finding = Finding(
            Kind.CRASH,
            (hit.line, *body),
            panic["old"] or _join(body) or hit.line.text,
            None,
            "panic",
            make_location(panic["path"], panic["line"]),
        )
        self._panics.append(finding)
        self._threads[panic["thread"]] = finding

    def died(self, hit: Hit, match: re.Match[str]) -> None:
        """A binary of tests was ended by a signal; its last words may name the test."""
        self._died = True
        above: list[LogLine] = []
        for line in hit.above():
            if line.text.startswith("     Running "):
                break
            above.append(line)
        begun = next((m for line in above if (m := _BEGUN.match(line.text))), None)
        thread = next((m for line in above if (m := _THREAD.match(line.text))), None)
        named = begun or thread
        words = find_last_words(above[::-1])
        said = [line for line in above if _THREAD.match(line.text) or _BEGUN.match(line.text)]
        lines = dict.fromkeys((*words, *said[::-1][-3:], hit.line))
        message = words[0].text.strip() if words else match["how"]
        test = named["id"] if named else None
        self.findings.append(Finding(Kind.CRASH, tuple(lines), message, test, match["how"]))

    def error(self, hit: Hit, _match: re.Match[str]) -> None:
        """A diagnostic of rustc, its place in the line below."""
        self.findings.append(_make_error(hit))

    def maybe_error(self, hit: Hit, _match: re.Match[str]) -> None:
        """Rustc has errors without a number too; they are known by the arrow below."""
        if any(re.match(r"^\s*-->", line.text) for line in hit.below(2)):
            self.findings.append(_make_error(hit))

    def wrapper(self, hit: Hit, _match: re.Match[str]) -> None:
        """Cargo repeats that rustc failed."""
        self.findings.append(
            Finding(Kind.COMPILE_ERROR, (hit.line,), hit.line.text, weight=Weight.WRAPPER)
        )

    def stopped(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Cargo goes no further than the first binary whose tests fail, nor to the doctests."""
        self._stopped = "--no-fail-fast" not in (self.facts.command or "")

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of --shuffle."""
        self._seed = match[1]

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """One binary's tests are done."""
        self._footers += 1

    def finish(self) -> FormatResult | None:
        """Verdicts with their output; panics outside of tests are crashes."""
        failed = {t: self._failed.get(t, line) for t, line in self._listed.items()}
        tests = [self._join_test(test, line) for test, line in (failed or self._failed).items()]
        findings = [*self.findings, *tests]
        if not self._footers and not tests and not self._died:
            findings += self._panics
        if not findings and not self._footers:
            return None
        findings.sort(key=lambda finding: finding.at)
        ran = self._footers or self._died
        # Cargo has no last line: without a kill it came to its end.
        complete = not (self._died or self._stopped or self.facts.was_ended)
        runs = (TestRun(self.suite, complete),) if ran else ()
        return FormatResult(self.suite, tuple(findings), runs, seed=self._seed)

    def _join_test(self, test: str, line: LogLine) -> Finding:
        output = self._outputs.get(test) or self._threads.get(test)
        if output is None:
            return Finding(Kind.TEST_FAILURE, (line,), line.text, test)
        return Finding(
            Kind.TEST_FAILURE,
            (*output.lines, line),
            output.message,
            test,
            output.exception,
            output.location,
        )


def _make_error(hit: Hit) -> Finding:
    body: list[LogLine] = []
    for line in hit.below(12):
        if line.is_blank:
            break
        body.append(line)
    arrow = next(
        (m for line in body if (m := re.match(r"^\s*--> (.+?):(\d+):\d+$", line.text))), None
    )
    place = make_location(arrow[1], arrow[2]) if arrow else None
    return Finding(Kind.COMPILE_ERROR, (hit.line, *body), hit.line.text, location=place)


def _join(lines: list[LogLine]) -> str:
    return "; ".join(line.text.strip() for line in lines)
