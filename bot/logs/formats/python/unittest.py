"""Python's unittest: `FAIL:` and `ERROR:` blocks between rules of `=` and `-`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import ClassVar

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late, linear
from bot.logs.formats.base import (
    PROVOKED,
    Finding,
    Format,
    FormatResult,
    Hit,
    Rule,
    rule,
    take_until,
)
from bot.logs.formats.python.faulthandler import parse_stack
from bot.logs.formats.python.regrtest_progress import find_begun
from bot.logs.identifiers import find_unittest_id, find_unreached, is_unloaded
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.python_traceback import START, ParsedException, parse_traceback

# `name (module.Class)`, a doctest, or the whole id.
_NAMED = r"(\S+ \(\S+\)|Doctest: \S+|[A-Za-z_]\w*\.\S+|_ErrorHolder)"
_WORDS = ("FAIL", "ERROR", "UNEXPECTED SUCCESS")
# On a terminal 3.14 changes the colour between the word and its colon.
BLOCK_RULES = tuple(
    rule(word + end, rf"^({word}): {_NAMED}", "block") for word in _WORDS for end in (": ", "\x1b[")
)
# Tests whose own lines were not ended, because of subtests, may stand before it. Since 3.4 it is a
# failure, and the status 1. 2.7 ends with `OK` and 0 where all else passed, and there its footer is
# believed; where other tests failed, nothing tells the versions apart, and it is listed with them.
XPASS = linear(r"^(?:.*\.\.\. )?(?P<name>\S+ \(\S+\))(?: \.\.\.|.*) unexpected success$")
# Dots, or a line that was not ended, may stand before the rule.
_ABOVE = linear(r"={50,}\s*$")
_BELOW = late(r"^-{50,}\s*$")
_END = linear(r"^.*={60,}\s*$|^-{50,}\s*$|^\d+:\d\d:\d\d |^test \S+ failed$|^Ran \d+ tests? in ")
# What testtools attaches to a failure beside its traceback.
_DETAIL = late(r"^\S.*: \{\{\{$")
_DETAIL_END = late(r"^\}\}\}$")


def parse_block(hit: Hit, match: re.Match[str], directory: str | None) -> Finding | None:
    """The failure of one block; `None` when it only looks like one.

    A rule of `-` stands below; what tests print seldom has one.
    """
    head = hit.line.text[match.start(2) :]
    test = find_unittest_id(head.removeprefix("Doctest: ")) or match[2].removeprefix("Doctest: ")
    if match[1] == "UNEXPECTED SUCCESS":
        return Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, test)
    below = hit.below()
    # A docstring may stand between the name and the rule.
    if not any(_BELOW.match(line.text) for line in islice(below, 4)):
        return None
    body = _without_details(take_until(below, _END))
    return _make_finding(hit.line, test, body, directory)


def is_ruled(hit: Hit) -> bool:
    """True for a head right below a rule of `=`, as unittest's own are."""
    return any(_ABOVE.search(line.text) for line in hit.above(1))


def _without_details(body: tuple[LogLine, ...]) -> tuple[LogLine, ...]:
    """Without what a test logged, where its traceback stands apart from it."""
    kept: list[LogLine] = []
    inside = False
    for line in body:
        inside = inside or bool(_DETAIL.match(line.text))
        if not inside:
            kept.append(line)
        inside = inside and not _DETAIL_END.match(line.text)
    return tuple(kept) if any(START.search(line.text) for line in kept) else body


def _make_finding(
    head: LogLine, test: str, body: tuple[LogLine, ...], directory: str | None
) -> Finding:
    raised = parse_traceback(body, directory)
    if raised is None:
        return Finding(Kind.TEST_FAILURE, (head, *body), head.text, test)
    if test == "_ErrorHolder":
        test = _find_fixture(raised) or test
    return Finding(
        Kind.TEST_FAILURE,
        (head, *raised.lines),
        raised.message,
        test,
        raised.exception,
        raised.location,
    )


def _find_fixture(raised: ParsedException) -> str | None:
    """Nose2 names neither class nor module of a set-up that failed: its file is known."""
    path = (raised.location or "").rpartition(":")[0].removesuffix(".py")
    return f"{path.rpartition('/')[2]}.{raised.function}" if path and raised.function else None


# A test of `-v` in whose line the interpreter dies.
_DIES = r"^(?P<name>\w+ \(\S+\)) \.\.\. .*?"
_QUOTED = late(r"^(?P<type>(?!KeyError)\w+)\('(?P<text>.*)'\)$")
# Behind the closing line: `OK` or `FAILED (…)`, and a wrapper's word on it.
_FOOTER_LINES = 2


class Unittest(Format):
    """`python -m unittest`, and what runs tests like it: Django, testtools, nose2."""

    suite = "unittest"
    absorbs = ("python",)
    outranks = PROVOKED
    called = late(r"-m unittest(?:\s|$)")
    rules: ClassVar[tuple[Rule, ...]] = (
        *BLOCK_RULES,
        rule(r"/Ran \d/", r"^Ran (?P<tests>\d+) tests? in ", "footer"),
        # Before 3.11 only `-v` names a test that was expected to fail.
        rule("unexpected succ", XPASS, "xpass"),
        rule("OK (", r"^OK \(.*\bunexpected successes=\d", "ended_well"),
        rule("FAILED (", r"^FAILED \(.*\bunexpected successes=\d", "ended_badly"),
        rule("NO TESTS RAN", r"^NO TESTS RAN", "nothing"),
        rule("Fatal Python error: ", _DIES + r"(?P<text>Fatal Python error: .*)$", "fatal"),
        rule("Windows fatal exc", _DIES + r"(?P<text>Windows fatal exception: .*)$", "fatal"),
        rule("test database for alias", r"^(?:Creating|Cloning|Using existing) test database for",
            "django"),
        rule("manage.py test", r"^(?:\+ )?(?P<command>\S*python\S* \S*manage\.py test(?: .*)?)$",
            "django"),
        rule(") failed:", r"^(?P<name>\w+ \(\S+\)) failed:$", "unpicklable"),
        # The command, as Buildbot or make prints it.
        rule("--failfast", r"\s--failfast(?:[\s'\"]|$)", "fails_fast"),
        rule(" unittest ",
            linear(r"-m unittest (?:.*\s)?-[bcqv]*f[bcfqv]*(?:[\s'\"]|$)"), "fails_fast"),
    )  # fmt: skip

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._ran = 0  # tests, over all runs
        self._ended: LogLine | None = None  # the last closing line
        self._doubtful: list[Finding] = []  # heads without the rule above
        self._unexpected: list[Finding] = []  # of the run that has no footer yet
        self._fails_fast = self._is_broken = False
        self._recipe: str | None = None

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """A test that failed."""
        finding = parse_block(hit, match, self.facts.directory)
        if finding:
            (self.findings if is_ruled(hit) else self._doubtful).append(finding)

    def xpass(self, hit: Hit, match: re.Match[str]) -> None:
        """A test passed that was expected to fail."""
        test = find_unittest_id(match["name"])
        self._unexpected.append(Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, test))

    def ended_well(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Of 2.7, where a test that passes unexpectedly fails nothing."""
        self._unexpected.clear()

    def ended_badly(self, _hit: Hit, _match: re.Match[str]) -> None:
        """Of any version."""
        self.findings += self._unexpected
        self._unexpected.clear()

    def footer(self, hit: Hit, match: re.Match[str]) -> None:
        """The run came to its end."""
        self._ran += int(match["tests"])
        self._ended = hit.line

    def fails_fast(self, _hit: Hit, _match: re.Match[str]) -> None:
        """`-f`: it stops at the first failure, and its footer does not say so."""
        self._fails_fast = True

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """A pattern that matched nothing (since 3.12 this is an error)."""
        above = [line for line in hit.above(3) if line.text.startswith("Ran ")]
        self.findings.append(Finding(Kind.NO_TESTS, (hit.line, *above), hit.line.text))

    def fatal(self, hit: Hit, match: re.Match[str]) -> None:
        """The interpreter died in a test that `-v` has just named."""
        stack = parse_stack(hit, match["text"], self.facts.directory)
        test = find_unittest_id(match["name"])
        exception = match["text"].partition(":")[0]
        self.findings.append(
            Finding(Kind.CRASH, stack.lines, stack.message, test, exception, stack.location)
        )

    def django(self, _hit: Hit, match: re.Match[str]) -> None:
        """Django's runner: its tests need its settings and its databases."""
        named = match.groupdict().get("command")
        self._recipe = named or self._recipe or "python manage.py test"

    def unpicklable(self, hit: Hit, match: re.Match[str]) -> None:
        """Django's parallel runner dies of a failure that cannot be sent between processes."""
        told = takewhile(lambda line: line.is_blank or line.text[0] == " ", hit.below(20))
        lines = [line for line in told if not line.is_blank]
        said = " ".join(line.text.strip() for line in lines)
        # As the same failure is told where it was not sent: `OSError('cold')` is `OSError: cold`.
        message = _QUOTED.sub(r"\g<type>: \g<text>", said) or hit.line.text
        test = find_unittest_id(match["name"])
        exception = said.partition("(")[0] or None
        self.findings.append(
            Finding(Kind.TEST_FAILURE, (hit.line, *lines), message, test, exception)
        )
        self._is_broken = True

    def find_running(self) -> tuple[tuple[LogLine, str], ...]:
        """The test of `-v` that has no verdict."""
        begun = find_begun(self.facts.tail)
        return (begun,) if begun else ()

    def finish(self) -> FormatResult | None:
        """Subtests of one test are one failure; classes within tests are run on purpose."""
        self.findings += self._unexpected
        self.findings = self.findings or self._doubtful
        self.findings += () if self._ended else self.find_left()
        if not self.findings and not self._ended:
            return self.find_silence()
        outer = [f for f in self.findings if "<locals>" not in (f.test or "")]
        latest_first = sorted(outer or self.findings, key=lambda finding: finding.at, reverse=True)
        kept = {finding.test: finding for finding in latest_first}
        findings = tuple(sorted(kept.values(), key=lambda finding: finding.at))
        return FormatResult(self.suite, findings, self._make_runs(findings), recipe=self._recipe)

    def _make_runs(self, findings: Sequence[Finding]) -> tuple[TestRun, ...]:
        """One for all; a run of no tests passed none, and one that died passed we know not what."""
        died = self._is_broken or any(finding.kind is Kind.CRASH for finding in findings)
        if not self._ended and not died:
            return ()
        whole = bool(self._ran) and not died and not self._was_cut()
        stopped = self._fails_fast and bool(findings)
        hidden = dict.fromkeys(
            place for f in findings if f.test and (place := self._find_unreached(f))
        )
        complete = whole and not stopped
        return (TestRun(self.suite, complete, tuple(hidden) if hidden and complete else None),)

    def _find_unreached(self, finding: Finding) -> str | None:
        """What is in a module that could not be imported did not run, either."""
        if is_unloaded(finding.lines[0].text):
            return finding.test
        return find_unreached(finding.test or "")

    def _was_cut(self) -> bool:
        """True where somebody ended a further run, of which something is to be seen."""
        if not self.facts.was_ended or self._ended is None:
            return False
        after = [line for line in self.facts.tail if line.number > self._ended.number]
        return sum(not line.is_blank and not line.is_workers for line in after) > _FOOTER_LINES
