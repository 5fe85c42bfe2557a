"""pytest, with xdist, pytest-timeout, rerunfailures, randomly and coverage."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import PROVOKED, Finding, Format, FormatResult, Hit, Rule
from bot.logs.formats.python.pytest_blocks import Block, is_captured
from bot.logs.formats.python.pytest_deaths import make_fatal, make_timeout, make_watched, with_end
from bot.logs.formats.python.pytest_ids import FILE, make_head, split_id
from bot.logs.formats.python.pytest_rules import RULES
from bot.logs.formats.python.pytest_sessions import Sessions
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.python_traceback import parse_raised

_TIMEOUT = late(r"Timeout (?:\(?>|\(?[\d.]+s)")
_BUT = late(r"/ (\d+) (\w+)")
# The lines of xdist's `-v`: a bare id where a test begins, its worker and verdict where it ends.
_ENDED = late(rf"^\[gw\d+\] \[[ \d%]+\] [A-Z]+ (?P<id>{FILE}::.*?)\s*$")
_PHASES = {"FAILED": (None,), "ERROR": ("setup", "teardown", "collecting")}


class Pytest(Format):
    """`pytest`, whatever its plugins."""

    suite = "pytest"
    absorbs = ("unittest", "python", "faulthandler", "doctest")
    outranks = PROVOKED
    rules: ClassVar[tuple[Rule, ...]] = RULES
    called = late(r"(?:^|[;&|(]\s*|/|-m )py\.?test(?:\s|$)")
    begins = linear(rf"^(?P<id>{FILE}(?:::\S.*?)?)(?: <- \S+)? [.FERsxX,]*\s*$")
    ends = late(r"\S")

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._blocks: dict[str, list[Block]] = defaultdict(list)
        self._order: list[Block] = []
        self._phases: dict[str, str] = {}  # of a test, the word that the summary has for it
        self._said: dict[str, Finding] = {}  # what is known of each failed test
        self._early: dict[str, Finding] = {}  # the same, said where only a test may have said it
        self._summaries = 0
        self._failed: LogLine | None = None  # the footer that counts failures
        self._reruns: dict[str, LogLine] = {}
        self._tried_again = False
        self._stack: Finding | None = None  # of a crash whose test is not known yet
        self._watched: Finding | None = None  # a test that took long
        self._sessions = Sessions()
        self._root: str | None = None
        self._interrupting: Finding | None = None  # what pytest-timeout prints: an end, or not
        self._seed: str | None = None

    # ------------------------------------------------------------ what the log says

    def start(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A run begins."""
        self._sessions.begun += 1

    def root(self, hit: Hit, match: re.Match[str]) -> None:
        """Ids are relative to it."""
        if not is_captured(hit):
            self._root = match["path"]

    def collected(self, hit: Hit, match: re.Match[str]) -> None:
        """How many tests will run; errors and skipped files are counted at the end, too."""
        if is_captured(hit):
            return
        but = {word: int(number) for number, word in _BUT.findall(match["but"])}
        tests = but.get("selected", int(match["items"]) - but.get("deselected", 0))
        errors = but.get("error", 0) + but.get("errors", 0)
        self._sessions.collect(tests + errors + but.get("skipped", 0))

    def whole(self, _hit: Hit, _match: re.Match[str]) -> None:
        """The progress came to its end."""
        self._sessions.reach_all()

    def begin_summary(self, _hit: Hit, _match: re.Match[str]) -> None:
        """From here on the verdicts are pytest's own."""
        self._summaries += 1

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The order of the tests."""
        self._seed = self._seed or match[1]

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """A failure with its code; only its own name is given, not its file."""
        block = Block(hit, match["head"], self._directory)
        if block.message:
            self._blocks[block.name].append(block)
            self._order.append(block)

    def summary(self, hit: Hit, match: re.Match[str]) -> None:
        """`FAILED file::test - message`; before the summary it is what some test printed."""
        test, rest = split_id(match["rest"], self._blocks, any_file=True)
        if not test or (rest and not rest.startswith(" - ") and not self._summaries):
            return
        said = self._said if self._summaries else self._early
        is_better = match["what"] == "FAILED" and self._phases.get(test) == "ERROR"
        is_new = test not in said or not said[test].message or is_better
        if is_new and not is_captured(hit):
            text = rest.removeprefix(" - ") if rest.startswith(" - ") else ""
            said[test] = self._make(hit.line, test, text)
            self._phases[test] = match["what"]
            if match["what"] == "ERROR" and "::" not in test:
                self._sessions.hide(test)

    def progress(self, hit: Hit, match: re.Match[str]) -> None:
        """The verdict of `-v`; the summary may never come."""
        test, _ = split_id(match["rest"])
        self._said.setdefault(test, self._make(hit.line, test, ""))

    def rerun(self, hit: Hit, match: re.Match[str]) -> None:
        """Rerunfailures tries again."""
        self._reruns.setdefault(split_id(match["rest"])[0], hit.line)

    def crash(self, hit: Hit, match: re.Match[str]) -> None:
        """A worker of xdist died; pytest-timeout may have ended it."""
        ended, stack = self._interrupting, self._stack
        if ended and ended.test == match["id"]:
            self._said[match["id"]] = replace(ended, lines=(*ended.lines, hit.line))
            return
        self._said[match["id"]] = Finding(
            Kind.CRASH,
            (*stack.lines, hit.line) if stack else (hit.line,),
            stack.message if stack else match[1],
            match["id"],
            stack.exception if stack else None,
            stack.location if stack else None,
        )
        self._stack = None

    def fatal(self, hit: Hit, match: re.Match[str]) -> None:
        """The interpreter died."""
        finding = make_fatal(hit, match, self._directory)
        if finding.test:
            self._said[finding.test] = finding
            self._sessions.was_cut = True
        else:
            self._stack = finding

    def timeout(self, hit: Hit, match: re.Match[str]) -> None:
        """pytest-timeout's thread method ends the whole run; its other method goes on."""
        self._interrupting = make_timeout(hit, match, self._directory) or self._interrupting

    def watchdog(self, hit: Hit, match: re.Match[str]) -> None:
        """Faulthandler_timeout only shows where a test is."""
        self._watched = make_watched(hit, match, self._directory)

    def internal(self, hit: Hit, match: re.Match[str]) -> None:
        """Pytest itself or a plugin failed."""
        if parse_raised(match["text"])[0] and not is_captured(hit):
            frames = [line for line in hit.above(12) if 'File "' in line.text][:2]
            self._add(Kind.PYTHON_ERROR, (hit.line, *reversed(frames)), match["text"])

    def broke(self, hit: Hit, _match: re.Match[str]) -> None:
        """The run is over, though a closing line follows."""
        self._sessions.was_cut |= not is_captured(hit)

    def conftest(self, hit: Hit, match: re.Match[str]) -> None:
        """Nothing can be collected."""
        below = [line for line in hit.below(40) if not line.is_blank]
        errors = [line for line in below if line.text.startswith("E ")]
        lines = (*errors[:3], hit.line)
        self._add(Kind.PYTHON_ERROR, lines, errors[0].text[1:].strip() if errors else match[1])

    def usage(self, hit: Hit, match: re.Match[str]) -> None:
        """A wrong command line, or a test that is not there: nothing runs."""
        if is_captured(hit):
            return
        self._sessions.was_cut = True
        self._add(Kind.CONFIG_ERROR, (hit.line,), match["text"].removeprefix("ERROR: "))

    def coverage(self, hit: Hit, _match: re.Match[str]) -> None:
        """All passed, but too little was covered."""
        self._add(Kind.COVERAGE, (hit.line,), hit.line.text.strip())

    def nothing(self, hit: Hit, _match: re.Match[str]) -> None:
        """The footer of a run without tests: nothing passed."""
        is_short = self._sessions.is_short
        self._sessions.end("")
        if not is_short and not self.findings:
            above = [line for line in hit.above(4) if not line.is_blank]
            self._add(Kind.NO_TESTS, (hit.line, *above[:1]), hit.line.text.strip("= "))

    def footer(self, hit: Hit, match: re.Match[str]) -> None:
        """The run came to its end."""
        if is_captured(hit):
            return
        self._sessions.end(match["counts"])
        self._interrupting = None
        if re.search(r"\b\d+ (?:failed|errors?)\b", hit.line.text):
            self._failed = hit.line
        self._tried_again |= bool(re.search(r"\b\d+ rerun\b", hit.line.text))

    def interrupted(self, hit: Hit, _match: re.Match[str]) -> None:
        """Ctrl-C, or a test that raised it."""
        if not is_captured(hit):
            self._sessions.was_cut = True
            below = [line for line in hit.below(2) if not line.is_blank]
            self._add(Kind.INTERRUPTED, (hit.line, *below), hit.line.text.strip("! "))

    def stopped(self, hit: Hit, _match: re.Match[str]) -> None:
        """`-x`, or errors while collecting: the rest did not run."""
        self._sessions.was_cut |= not is_captured(hit)

    # ------------------------------------------------------------ what it comes to

    def finish(self) -> FormatResult | None:
        """Blocks and verdicts brought together."""
        if not self._summaries:
            self._said = {**self._early, **self._said}
        sessions = self._sessions
        ended = self._order and sessions.ended
        if not (sessions.begun or self._said or self.findings or ended or self._interrupting):
            return self.find_silence() if sessions.is_open else None
        tests = [*self._find_tests(), *self._find_broken_off(), *self._flaky()]
        if self._failed and not tests:
            message = self._failed.text.strip("= ")
            tests.append(Finding(Kind.TEST_FAILURE, (self._failed,), message))
        findings = self._without_consequences([*tests, *self.findings])
        return FormatResult(
            self.suite,
            tuple(sorted(findings, key=lambda finding: finding.at)),
            (sessions.make_run(self.suite, self.facts.exit_status),),
            rerun=self._find_rerun(),
            seed=self._seed,
        )

    def find_running(self) -> tuple[tuple[LogLine, str], ...]:
        """Of xdist all that began and have no verdict; else the last that began."""
        tail = self.facts.tail
        ended = {m["id"] for line in tail if (m := _ENDED.match(line.text))}
        if not ended:
            return super().find_running()
        began = ((line, m) for line in tail if self.begins and (m := self.begins.match(line.text)))
        running = {m["id"]: line for line, m in began if "::" in m["id"] and m["id"] not in ended}
        return tuple((line, test) for test, line in running.items())

    def _find_tests(self) -> list[Finding]:
        if self._said:
            return [self._with_block(test, finding) for test, finding in self._said.items()]
        found: dict[str | None, Finding] = {}
        # What went wrong in the test itself before what did when it was torn down.
        for block in sorted(self._order, key=lambda block: block.phase == "teardown"):
            if block.phase == "collecting":
                self._sessions.hide(block.name)
            if block.path is not None or block.phase == "collecting":
                finding = self._from_block(block)
                found.setdefault(finding.test, finding)
        return list(found.values())

    def _find_broken_off(self) -> list[Finding]:
        """Where a run without an end was: what hung, what the interpreter died in, what left."""
        if not self._sessions.is_open:
            return []
        ended = self._interrupting
        found = [ended] if ended and ended.test not in self._said else []
        if self._stack:
            found.append(self._stack)
        if self._watched:
            found.append(with_end(self._watched, self.facts))
        return found or ([] if self._said or self.findings else list(self.find_left()))

    def _without_consequences(self, findings: list[Finding]) -> list[Finding]:
        """A wrong command line explains that no test ran."""
        wrong = any(finding.kind is Kind.CONFIG_ERROR for finding in findings)
        return [f for f in findings if not (wrong and f.kind is Kind.NO_TESTS)]

    @property
    def _directory(self) -> str | None:
        return self._root or self.facts.directory

    def _make(self, line: LogLine, test: str, text: str) -> Finding:
        exception, message = parse_raised(text)
        return Finding(_choose_kind(text), (line,), message, test, exception)

    def _add(self, kind: Kind, lines: tuple[LogLine, ...], message: str) -> None:
        exception = parse_raised(message)[0]
        self.findings.append(Finding(kind, lines, message, None, exception))

    def _with_block(self, test: str, finding: Finding) -> Finding:
        again = False if test in self._reruns else None
        finding = replace(finding, passed_on_rerun=again)
        if finding.kind is Kind.CRASH or len(finding.lines) > 1:
            return finding
        block = self._take_block(test)
        if block is None:
            return finding
        return replace(
            finding,
            kind=_choose_kind(block.message) if finding.kind is Kind.TEST_FAILURE else finding.kind,
            # What went wrong in the test itself goes before what did afterwards.
            lines=(*finding.lines, *block.lines)
            if block.phase == "teardown"
            else (*block.lines, *finding.lines),
            message=block.message,
            exception=block.exception or finding.exception,
            location=block.location,
        )

    def _take_block(self, test: str) -> Block | None:
        """The block of a test: of its file where that is told, of the phase the summary names."""
        blocks = self._blocks.get(make_head(test)) or []
        path = test.partition("::")[0]
        phases = _PHASES.get(self._phases.get(test, ""), ())
        if not blocks:
            return None
        block = max(blocks, key=lambda block: (block.phase in phases, block.path == path))
        if block.phase == "teardown" and phases == _PHASES["FAILED"]:
            return None
        blocks.remove(block)
        self._order.remove(block)
        return block

    def _from_block(self, block: Block) -> Finding:
        names, bracket, parameters = block.name.partition("[")
        test = f"{block.path}::{names.replace('.', '::')}{bracket}{parameters}"
        if block.phase == "collecting":
            test = block.name
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


def _choose_kind(text: str) -> Kind:
    return Kind.TIMEOUT if _TIMEOUT.search(text) else Kind.TEST_FAILURE
