"""pytest, with xdist, pytest-timeout, rerunfailures, randomly and coverage."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import ClassVar

from bot.core.model import Kind, TestRun
from bot.logs.facts import LogFacts
from bot.logs.formats.base import PROVOKED, Finding, Format, Hit, Outcome, Rule
from bot.logs.formats.faulthandler import parse_stack
from bot.logs.formats.pytest_blocks import (
    Block,
    find_own_frames,
    find_running,
    find_test_frame,
    is_captured,
)
from bot.logs.formats.pytest_rules import RULES
from bot.logs.ids import make_location
from bot.logs.lines import Line
from bot.logs.traceback import parse_raised

_TIMEOUT = re.compile(r"Timeout (?:\(?>|\(?[\d.]+s)")
_HEAD = re.compile(
    r"^(?:ERROR (?:at \w+ of|collecting) )?(?:\[doctest\] )?(?P<name>.+?)"
    r"(?: \[[^\]]*\])?(?: \(\w+=.*\))?$"  # a subtest's
)


class Pytest(Format):
    """`pytest`, whatever its plugins."""

    suite = "pytest"
    absorbs = ("unittest", "python", "faulthandler", "doctest")
    outranks = PROVOKED
    rules: ClassVar[tuple[Rule, ...]] = RULES
    begins = re.compile(r"^(?P<id>[^\s:]+\.py(?:::\S.*?)?)(?: <- \S+)? [.FERsxX,]*\s*$")
    ends = re.compile(r"\S")

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._blocks: dict[str, list[Block]] = defaultdict(list)
        self._order: list[Block] = []
        self._said: dict[str, Finding] = {}  # what is known of each failed test
        self._early: dict[str, Finding] = {}  # the same, said where only a test may have said it
        self._summaries = 0
        self._failed: Line | None = None  # the footer that counts failures
        self._reruns: dict[str, Line] = {}
        self._tried_again = False
        self._stack: Finding | None = None  # of a crash whose test is not known yet
        self._watched: Finding | None = None  # a test that took long
        self._sessions = 0
        self._footers = 0
        self._cut_short = False
        self._seed: str | None = None

    # ------------------------------------------------------------ what the log says

    def start(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A run begins."""
        self._sessions += 1

    def begin_summary(self, _hit: Hit, _match: re.Match[str]) -> None:
        """From here on the verdicts are pytest's own."""
        self._summaries += 1

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The order of the tests."""
        self._seed = self._seed or match[1]

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """A failure with its code; only its own name is given, not its file."""
        head = _HEAD.match(match["head"])
        block = Block(hit, head["name"] if head else match["head"], self.facts.directory)
        if block.message:
            self._blocks[block.name].append(block)
            self._order.append(block)

    def summary(self, hit: Hit, match: re.Match[str]) -> None:
        """`FAILED file::test - message`; before the summary it is what some test printed."""
        test, text = match["id"], match["text"] or ""
        said = self._said if self._summaries else self._early
        known = said.get(test)
        if (known is None or not known.message) and not is_captured(hit):
            said[test] = self._make(hit.line, test, text)

    def progress(self, hit: Hit, match: re.Match[str]) -> None:
        """The verdict of `-v`; the summary may never come."""
        self._said.setdefault(match["id"], self._make(hit.line, match["id"], ""))

    def rerun(self, hit: Hit, match: re.Match[str]) -> None:
        """Rerunfailures tries again."""
        self._reruns.setdefault(match["id"], hit.line)

    def crash(self, hit: Hit, match: re.Match[str]) -> None:
        """A worker of xdist died."""
        stack = self._stack
        finding = Finding(
            Kind.CRASH,
            (*stack.lines, hit.line) if stack else (hit.line,),
            stack.message if stack else match[1],
            match["id"],
            stack.exception if stack else None,
            stack.location if stack else None,
        )
        self._said[match["id"]] = finding
        self._stack = None

    def fatal(self, hit: Hit, match: re.Match[str]) -> None:
        """The interpreter died; `-v` has just said in which test."""
        stack = parse_stack(hit, match["text"], self.facts.directory)
        finding = Finding(
            Kind.CRASH,
            stack.lines,
            stack.message,
            None,
            match["text"].partition(":")[0],
            stack.location,
        )
        test = find_running(match["before"])
        if test:
            self._said[test] = replace(finding, test=test)
            self._cut_short = True
        else:
            self._stack = finding

    def timeout(self, hit: Hit, match: re.Match[str]) -> None:
        """pytest-timeout's thread method ends the whole run."""
        running = find_running(match["before"])
        frame = find_test_frame(hit)
        if not running and not frame:
            return
        test = running if running and "::" in running else None
        if frame:
            path = make_location(frame["path"], None, self.facts.directory)
            test = test or f"{running or path}::{frame['name']}"
            place = make_location(frame["path"], frame["line"], self.facts.directory)
        self._said[test or running or ""] = Finding(
            Kind.TIMEOUT,
            (hit.line, *find_own_frames(hit)),
            "Timeout",
            test or running,
            "Timeout",
            place if frame else None,
        )
        self._cut_short = True

    def watchdog(self, hit: Hit, match: re.Match[str]) -> None:
        """Faulthandler_timeout only shows where a test is; it may go on, and pass."""
        test = find_running(match["before"])
        stack = parse_stack(hit, "Timeout", self.facts.directory)
        finding = Finding(Kind.TIMEOUT, stack.lines, "Timeout", test, "Timeout", stack.location)
        self._watched = finding if test else None

    def internal(self, hit: Hit, match: re.Match[str]) -> None:
        """Pytest itself or a plugin failed."""
        if not parse_raised(match["text"])[0]:
            return
        frames = [line for line in hit.above(12) if 'File "' in line.text][:2]
        self._add(Kind.PYTHON_ERROR, (hit.line, *reversed(frames)), match["text"])

    def conftest(self, hit: Hit, match: re.Match[str]) -> None:
        """Nothing can be collected."""
        below = [line for line in hit.below(40) if not line.is_blank]
        errors = [line for line in below if line.text.startswith("E ")]
        lines = (*errors[:3], hit.line)
        self._add(Kind.PYTHON_ERROR, lines, errors[0].text[1:].strip() if errors else match[1])

    def usage(self, hit: Hit, _match: re.Match[str]) -> None:
        """A wrong command line."""
        self._add(Kind.CONFIG_ERROR, (hit.line,), hit.line.text.strip())

    def coverage(self, hit: Hit, _match: re.Match[str]) -> None:
        """All passed, but too little was covered."""
        self._add(Kind.COVERAGE, (hit.line,), hit.line.text.strip())

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """The footer of a run without tests."""
        self._footers += 1
        if not self._cut_short and not self.findings:
            above = [line for line in hit.above(4) if not line.is_blank]
            self._add(Kind.NO_TESTS, (hit.line, *above[:1]), hit.line.text.strip("= "))

    def footer(self, hit: Hit, _match: re.Match[str]) -> None:
        """The run came to its end."""
        self._footers += 1
        if re.search(r"\b\d+ (?:failed|errors?)\b", hit.line.text):
            self._failed = hit.line
        self._tried_again |= bool(re.search(r"\b\d+ rerun\b", hit.line.text))

    def interrupted(self, hit: Hit, _match: re.Match[str]) -> None:
        """Ctrl-C, or a test that raised it."""
        self._cut_short = True
        below = [line for line in hit.below(2) if not line.is_blank]
        self._add(Kind.INTERRUPTED, (hit.line, *below), hit.line.text.strip("! "))

    def stopped(self, _hit: Hit, _match: re.Match[str]) -> None:
        """`-x`, or errors while collecting: the rest did not run."""
        self._cut_short = True

    # ------------------------------------------------------------ what it comes to

    def finish(self) -> Outcome | None:
        """Blocks and verdicts brought together."""
        if not self._summaries:
            self._said = {**self._early, **self._said}
        seen = self._sessions or self._said or self.findings or (self._order and self._footers)
        if not seen:
            return None
        tests = [self._with_block(test, finding) for test, finding in self._said.items()]
        tests += [self._from_block(block) for block in self._order if self._is_left(block)]
        if self._stack:
            tests.append(self._stack)
        if self._failed and not tests:
            message = self._failed.text.strip("= ")
            tests.append(Finding(Kind.TEST_FAILURE, (self._failed,), message))
        tests += self._flaky()
        sessions = self._sessions or 1
        complete = self._footers >= sessions and not self._cut_short
        if self._watched and self._footers < sessions:
            tests.append(_with_end(self._watched, self.facts))
        return Outcome(
            self.suite,
            tuple(sorted([*tests, *self.findings], key=lambda finding: finding.at)),
            (TestRun(self.suite, complete),),
            rerun=self._find_rerun(),
            seed=self._seed,
        )

    def _make(self, line: Line, test: str, text: str) -> Finding:
        exception, message = parse_raised(text)
        return Finding(_choose_kind(text), (line,), message, test, exception)

    def _add(self, kind: Kind, lines: tuple[Line, ...], message: str) -> None:
        exception = parse_raised(message)[0]
        self.findings.append(Finding(kind, lines, message, None, exception))

    def _with_block(self, test: str, finding: Finding) -> Finding:
        again = False if test in self._reruns else None
        finding = replace(finding, passed_on_rerun=again)
        if finding.kind is Kind.CRASH or len(finding.lines) > 1:
            return finding
        path, _, inner = test.partition("::")
        name = inner.replace("::", ".") or path
        blocks = self._blocks.get(name) or []
        if not blocks:
            return finding
        block = blocks.pop(0)
        self._order.remove(block)
        return replace(
            finding,
            kind=_choose_kind(block.message) if finding.kind is Kind.TEST_FAILURE else finding.kind,
            lines=(*block.lines, *finding.lines),
            message=block.message,
            exception=block.exception or finding.exception,
            location=block.location,
        )

    def _is_left(self, block: Block) -> bool:
        """Without a summary the blocks are all there is."""
        return not self._said and block.path is not None

    def _from_block(self, block: Block) -> Finding:
        test = f"{block.path}::{block.name.replace('.', '::')}"
        return Finding(
            _choose_kind(block.message),
            block.lines,
            block.message,
            test,
            block.exception,
            block.location,
        )

    def _flaky(self) -> list[Finding]:
        """Tests that failed and passed when tried again."""
        return [
            Finding(Kind.TEST_FAILURE, (line,), line.text.strip(), test, passed_on_rerun=True)
            for test, line in self._reruns.items()
            if test not in self._said
        ]

    def _find_rerun(self) -> str | None:
        if not self._reruns and not self._tried_again:
            return None
        again = self._reruns or self._said
        return "failed" if any(test in self._said for test in again) else "passed"


def _with_end(finding: Finding, facts: LogFacts) -> Finding:
    """With the line of the one who lost patience, where there is one."""
    ends = (facts.timed_out,) if facts.timed_out else ()
    return replace(finding, lines=(*finding.lines, *ends))


def _choose_kind(text: str) -> Kind:
    return Kind.TIMEOUT if _TIMEOUT.search(text) else Kind.TEST_FAILURE
