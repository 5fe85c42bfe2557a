"""What every format of a build log is made of.

A format is a class with `rules`. The scanner finds every line that holds a rule's `needle`, tries
the rule's `pattern` on that line, and calls the method named in `then` with the `Hit`, which lets
the method look at the lines around. `finish` is called at the end of the log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import Source, late
from bot.logs.lines import LogLine, Window
from bot.logs.log_metadata import LogMetadata, find_last_words

# How far a format may look. Tracebacks and sanitizer reports of more than 200 lines exist, but
# what a person wants of them stands at their ends.
REACH = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """Look at lines with `needle` that match `pattern` (searched).

    The needle is a literal; between slashes it is an expression of Hyperscan's. Choose one that
    lines of no interest do not hold: each hit costs some microseconds.
    """

    needle: str
    pattern: re.Pattern[str]
    then: str

    def __post_init__(self) -> None:
        if len(self.needle) < 2:
            raise ValueError(f"a needle of one letter hits every line: {self!r}")


def rule(needle: str, pattern: Source, then: str) -> Rule:
    """A `Rule`; the source of its pattern is compiled when a line has the needle."""
    return Rule(needle, late(pattern), then)


Follower = Callable[[bytes], bool]


class Hit:
    """A line that a rule matched, and what stands around it."""

    __slots__ = ("_end", "_window", "follower", "line", "rule", "start")

    def __init__(self, window: Window, start: int, end: int, line: LogLine) -> None:
        self._window, self.start, self._end = window, start, end
        self.line = line
        self.rule: Rule  # the one that matched
        self.follower: Follower | None = None

    def above(self, limit: int = REACH) -> Iterator[LogLine]:
        """The lines before, nearest first."""
        return self._window.above(self.start, limit)

    def indent(self, blanks: int) -> None:
        """A tool shows here the output of another, indented; or, of a negative number, its end."""
        self._window.indent(blanks)

    def below(self, limit: int = REACH) -> Iterator[LogLine]:
        """The lines after."""
        return self._window.below(self._end, limit)

    def follow(self, follower: Follower) -> None:
        """Hand this line and all after it to the follower, whole, for as long as it says True."""
        self.follower = follower


class Weight(IntEnum):
    """How close to the cause a finding stands; of a log only the strongest are shown."""

    NOISE = 0  # harmless more often than not
    WRAPPER = 1  # says that something before it failed: `make: *** …`, a bad exit code
    HINT = 2  # looks like an error, nobody vouches for it
    SYMPTOM = 3  # true, and may be a consequence: a killed step, a full disk
    CAUSE = 4  # a tool's own verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that went wrong, with its own lines: the one to see first comes first."""

    kind: Kind
    lines: tuple[LogLine, ...]
    message: str = ""
    test: str | None = None
    exception: str | None = None
    location: str | None = None
    passed_on_rerun: bool | None = None
    weight: Weight = Weight.CAUSE
    suite: str | None = None  # where one format reads several tools

    @property
    def at(self) -> int:
        """The line of the log where it is said first."""
        return self.lines[0].number


@dataclass(frozen=True, slots=True)
class LineSpan:
    """The lines of a log from a format's first to its last; open where its end never came."""

    first: int
    last: int | None

    def holds(self, number: int) -> bool:
        """True for a line of it."""
        return self.first <= number and (self.last is None or number <= self.last)


@dataclass(slots=True)
class FormatResult:
    """What one format has to say at the end of the log."""

    suite: str
    findings: tuple[Finding, ...] = ()
    runs: tuple[TestRun, ...] = ()
    rerun: str | None = None
    seed: str | None = None
    command: str | None = None
    # A command to make a reproduction from, where the log shows none.
    recipe: str | None = None
    # How a project says that tests are run again, with `{id}`, `{ids}` and `{seed}` in it.
    reproduce: str | None = None
    notes: tuple[str, ...] = ()
    # Of the format; `Format.say` puts them in.
    absorbs: tuple[str, ...] = ()
    outranks: tuple[str, ...] = ()
    span: LineSpan = LineSpan(0, None)
    # Nobody vouches for what it names.
    is_guess: bool = False


# What the programs print that tests run on purpose.
PROVOKED = ("compiler", "linker", "build", "lint", "docs", "go", "cargo", "tap", "node")
# Frameworks of unit tests that a runner of whole programs runs below itself: with their output they
# name the same failure once more, and without it nobody sees them.
PARTS = (
    "process", "tap", "glib", "check", "cmocka", "cunit", "cppunit", "criterion", "catch2",
    "doctest-cpp", "qttest",
)  # fmt: skip
# What tests of programs in any language print: errors, their ends, their words.
PRINTED = ("compiler", "linker", "build", "lint", "docs", "node", "process", "python", "ci")


class Format:
    """A test runner or tool; one object reads one log."""

    suite: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]]
    # Suites that only see parts of what this one knows.
    absorbs: ClassVar[tuple[str, ...]] = ()
    # Suites whose findings are output of tests: what is tested was built before, and tests print
    # errors on purpose. Where a run failed, they count nowhere; where it passed, not within it.
    outranks: ClassVar[tuple[str, ...]] = ()

    # A line that says which test (`id`) begins, and one that says that it is over: when a run dies
    # or hangs, the last one that began is the one.
    begins: ClassVar[re.Pattern[str] | None] = None
    ends: ClassVar[re.Pattern[str] | None] = None

    # How the command calls it: where it left with success and no word, nothing has passed.
    called: ClassVar[re.Pattern[str] | None] = None

    # An option of the command with which a run ends at its first failure, and looks as if it were
    # whole.
    stops_early: ClassVar[re.Pattern[str] | None] = None

    def __init__(self, facts: LogMetadata) -> None:
        self.facts = facts
        self.findings: list[Finding] = []
        self._seen_first = self._seen_last = 0

    def saw(self, number: int) -> None:
        """The scanner tells of each line that one of the rules takes."""
        self._seen_first = self._seen_first or number
        self._seen_last = number

    def finish(self) -> FormatResult | None:
        """What was found; `None` when the format does not occur in this log."""
        return FormatResult(self.suite, tuple(self.findings)) if self.findings else None

    def find_running(self) -> tuple[tuple[LogLine, str], ...]:
        """The tests, with their lines, that ran when the command was ended."""
        if self.begins is None:
            return ()
        for line in reversed(self.facts.tail):
            began = self.begins.search(line.text)
            if began:
                return ((line, began["id"]),)
            if self.ends and self.ends.search(line.text):
                break
        return ()

    def say(self) -> FormatResult | None:
        """What was found, with whose findings it explains, and where in the log it stands."""
        outcome = self.finish() or self._find_quiet_end()
        ended = outcome is not None and all(run.complete for run in outcome.runs)
        unfinished = () if outcome and outcome.runs and ended else self._find_unfinished()
        if outcome is None:
            if not unfinished:
                return None
            outcome = FormatResult(self.suite, runs=(TestRun(self.suite, complete=False),))
        known = {finding.test for finding in outcome.findings}
        new = (finding for finding in unfinished if finding.test not in known)
        outcome.findings = (*outcome.findings, *new)
        outcome.span = LineSpan(self._seen_first, self._seen_last if ended else None)
        outcome.absorbs, outcome.outranks = self.absorbs, self.outranks
        if outcome.findings and self._stops_early():
            outcome.runs = tuple(replace(run, complete=False) for run in outcome.runs)
        return outcome

    def find_left(self) -> tuple[Finding, ...]:
        """A test that ended the whole process without a word, and not with success."""
        status = self.facts.exit_status
        if not status or self.facts.end_kind is not None:
            return ()
        return tuple(
            Finding(
                Kind.CRASH,
                (line,),
                f"the run ended in {test} with exit status {status}",
                test,
                weight=Weight.SYMPTOM,
            )
            for line, test in self.find_running()
        )

    def find_silence(self) -> FormatResult | None:
        """A run that was called, ended well, and of which nothing is to be seen."""
        is_called = self.called and self.called.search(self.facts.command or "")
        if not is_called or self.facts.exit_status != 0:
            return None
        return FormatResult(self.suite, runs=(TestRun(self.suite, complete=False),))

    def _find_quiet_end(self) -> FormatResult | None:
        """A run that left in the middle with success: nothing failed, and nothing has passed."""
        left = self.facts.exit_status == 0 and self.find_running()
        return (
            FormatResult(self.suite, runs=(TestRun(self.suite, complete=False),)) if left else None
        )

    def _stops_early(self) -> bool:
        command = self.facts.command or ""
        return self.stops_early is not None and self.stops_early.search(command) is not None

    def _find_unfinished(self) -> tuple[Finding, ...]:
        """The tests in which the command hung or died."""
        kind, timed_out = self.facts.end_kind, self.facts.timed_out
        if kind not in (Kind.TIMEOUT, Kind.CRASH):
            return ()
        found = []
        for line, test in self.find_running():
            after = [other for other in self.facts.tail if other.number > line.number]
            head = (timed_out,) if timed_out else find_last_words(after)
            message = head[0].text.strip() if head else f"exit status {self.facts.exit_status}"
            weight = Weight.CAUSE if head and not timed_out else Weight.SYMPTOM
            found.append(Finding(kind, (*head, line), message, test, weight=weight))
        return tuple(found)


def take_until(lines: Iterable[LogLine], stop: re.Pattern[str]) -> tuple[LogLine, ...]:
    """Lines up to the first that matches `stop`, blank ends cut off."""
    taken: list[LogLine] = []
    for line in lines:
        if stop.search(line.text):
            break
        taken.append(line)
    while taken and taken[-1].is_blank:
        taken.pop()
    return tuple(taken)
