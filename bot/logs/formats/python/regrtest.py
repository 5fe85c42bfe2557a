"""CPython's regrtest, 2.7 and 3.6 to 3.14: verdicts per test file, blocks of unittest inside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.formats.base import (
    PROVOKED,
    Finding,
    Format,
    FormatResult,
    Hit,
    Rule,
    Weight,
    take_until,
)
from bot.logs.formats.python.faulthandler import parse_stack
from bot.logs.formats.python.regrtest_blocks import Blocks
from bot.logs.formats.python.regrtest_progress import (
    DIED,
    PROGRESS,
    find_begun,
    find_current,
    find_file,
    find_neighbours,
)
from bot.logs.formats.python.regrtest_results import Verdicts
from bot.logs.formats.python.regrtest_rules import RULES
from bot.logs.formats.python.unittest import is_ruled, parse_block
from bot.logs.identifiers import find_unittest_id, make_file_id
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata
from bot.logs.python_traceback import parse_raised, parse_traceback

_NEXT = late(
    r"^\d+:\d\d:\d\d |^\[\s*\d+/\s*\d+|^== Tests result|^test \S+ (?:failed|crashed)"
    r"|^(?:All )?\d+ tests? (?:OK|failed)|^make(?:\[\d+\])?: \*\*\*|^(?:Ran|Re-running) "
)
# The runner's own files, and CPython's tests, in a stack.
_OWN_FRAME = late(r"[/\\]libregrtest[/\\]|[/\\]regrtest\.py|[/\\][Ll]ib[/\\]test[/\\]")
# Where more blocks than this stand, nobody printed them for fun.
_MAX_PRINTED = 200
_NAMES_END = late(r"^\S|^\s*$")
_REASON = late(r"^\s{5,}\S")


class Regrtest(Format):
    """`python -m test`."""

    suite = "regrtest"
    absorbs = ("unittest", "python", "faulthandler", "doctest")
    outranks = PROVOKED
    rules: ClassVar[tuple[Rule, ...]] = RULES

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._functions: dict[str, str] = {}  # file → the function its quiet traceback ends in
        self._verdicts = Verdicts()
        self._inside = Blocks()
        self._signs = 0
        self._blocks = 0
        self._seed: str | None = None
        self._command: str | None = None

    # ------------------------------------------------------------ what the log says

    def start(self, _hit: Hit, match: re.Match[str]) -> None:
        """Regrtest's command line, as make prints it."""
        self._signs += 1
        self._command = self._command or match[1]

    def sign(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A line that nothing else prints."""
        self._signs += 1

    def fails_fast(self, _hit: Hit, _match: re.Match[str]) -> None:
        """`-G`: the file that fails is left at its first failure, and so is the whole run."""
        self._verdicts.fails_fast = True

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of `-r`."""
        self._seed = self._seed or match[1]

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """`FAIL: test_x (test.test_y.Cls)`."""
        finding = parse_block(hit, match, self.facts.directory)
        if finding:
            self._blocks += 1
            near = find_neighbours(hit) if self._blocks <= _MAX_PRINTED else None
            self._inside.add(finding, near, ruled=is_ruled(hit))

    def inner_footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """A run of unittest is over: the file's own, or one within a test."""
        self._inside.end_run()

    def _flush(self) -> None:
        """What is known of the first try, before the second begins or the log ends."""
        for finding, near in self._inside.take():
            self._verdicts.add(finding, near)

    def quiet_block(self, hit: Hit, match: re.Match[str]) -> None:
        """`test test_x failed -- Traceback …`: the only words when there is one failure."""
        self._signs += 1
        body = (hit.line, *take_until(hit.below(), _NEXT))
        raised = parse_traceback(body, self.facts.directory)
        test = make_file_id(match[1])
        if raised or "run in verbose mode" in match[3]:
            self._inside.drop(test, raised.message if raised else None)
        if match[2] == "failed":
            self._verdicts.ran.add(test)
        if raised is None:
            exception = parse_raised(match[3])[0]
            self._verdicts.add(Finding(Kind.TEST_FAILURE, (hit.line,), match[3], test, exception))
            return
        self._functions[test] = raised.function or ""
        self._verdicts.add(
            Finding(
                Kind.TEST_FAILURE,
                raised.lines,
                raised.message,
                test,
                raised.exception,
                raised.location,
            )
        )

    def begin_rerun(self, _hit: Hit, _match: re.Match[str]) -> None:
        """From here on failures are those of the second try."""
        self._signs += 1
        self._flush()
        self._verdicts.in_rerun = True

    def rerun_file(self, hit: Hit, match: re.Match[str]) -> None:
        """One file is run again, perhaps only the one test of it that failed."""
        self._signs += 1
        self._flush()
        self._verdicts.in_rerun = True
        file = make_file_id(match[1].strip("'"))
        wanted = (match[2] or "").split(" (")[0] or self._functions.get(file)
        for line in hit.below(20):
            name, dots, _ = line.text.partition(" ... ")
            test = find_unittest_id(name) if dots else None
            if test and wanted and test.endswith(f".{wanted}"):
                self._verdicts.matching[file] = test
                return

    def crash(self, hit: Hit, match: re.Match[str]) -> None:
        """The interpreter died; what C had to say of it stands above."""
        stack = parse_stack(hit, match[1], self.facts.directory)
        test = find_file(hit) or stack.test_file
        self._recognise(stack.lines, test)
        exception = match[1].partition(":")[0]
        self._verdicts.add(
            Finding(Kind.CRASH, stack.lines, stack.message, test, exception, stack.location)
        )

    def timeout(self, hit: Hit, match: re.Match[str]) -> None:
        """Faulthandler's watchdog fired."""
        stack = parse_stack(hit, match[1], self.facts.directory)
        test = find_file(hit) or stack.test_file
        self._recognise(stack.lines, test)
        self._verdicts.add(
            Finding(Kind.TIMEOUT, stack.lines, match[1], test, "Timeout", stack.location)
        )

    def _recognise(self, stack: Sequence[LogLine], test: str | None) -> None:
        """A run that was killed may have left nothing of regrtest's but a stack."""
        self._signs += bool(test) and any(_OWN_FRAME.search(line.text) for line in stack)

    def env_changed(self, hit: Hit, match: re.Match[str]) -> None:
        """A test left something behind."""
        self._signs += 1
        test = make_file_id(match[2])
        message = hit.line.text[match.start() :]
        self._verdicts.add(Finding(Kind.ENV_CHANGED, (hit.line,), message, test, "Warning"))

    def stray(self, hit: Hit, _match: re.Match[str]) -> None:
        """Something that nobody waited for: an exception in a destructor, a thread, a child."""
        self._signs += 1
        body = (hit.line, *take_until(hit.below(), _NEXT))
        raised = parse_traceback(body, self.facts.directory)
        self._verdicts.add(
            Finding(
                Kind.ENV_CHANGED,
                body if raised else (hit.line,),
                raised.message if raised else hit.line.text.strip(),
                find_file(hit),
                raised.exception if raised else "Warning",
                raised.location if raised else None,
            )
        )

    def leak(self, hit: Hit, match: re.Match[str]) -> None:
        """`-R` counted more at every repetition."""
        self._signs += 1
        test = make_file_id(match[1])
        self._verdicts.add(
            Finding(Kind.REFLEAK, (hit.line,), hit.line.text.strip(), test, "refleak")
        )

    def xpass(self, hit: Hit, match: re.Match[str]) -> None:
        """Before 3.11 only `-v` names a test that was expected to fail."""
        test = find_unittest_id(match["name"])
        self._verdicts.add(Finding(Kind.TEST_FAILURE, (hit.line,), hit.line.text, test))

    def died(self, hit: Hit, match: re.Match[str]) -> None:
        """A worker of `-j` ended badly; the reason, if there is one, follows."""
        self._signs += 1
        if not DIED.search(match["rest"]):
            return
        kind = Kind.TIMEOUT if "timed out" in match["rest"] else Kind.CRASH
        message = f"{match['test']}{match['rest']}"
        test = make_file_id(match["test"])
        self._verdicts.add(Finding(kind, (hit.line,), message, test, weight=Weight.SYMPTOM))

    def died_alone(self, hit: Hit, match: re.Match[str]) -> None:
        """Without -j the death of one test is the death of all; 2.7 prints no stack."""
        running = next((line for line in hit.above() if PROGRESS.match(line.text)), None)
        progress = PROGRESS.match(running.text) if running else None
        if running and progress:
            test = make_file_id(progress["test"])
            lines = (hit.line, running)
            self._verdicts.add(Finding(Kind.CRASH, lines, match[1], test, weight=Weight.SYMPTOM))

    def result(self, hit: Hit, match: re.Match[str]) -> None:
        """The footer."""
        self._signs += 1
        self._verdicts.add_result(match[1], hit.line)
        if "INTERRUPTED" in match[1]:
            above = (line for line in hit.above(30) if PROGRESS.match(line.text))
            self._verdicts.running = self._verdicts.running or next(above, None)

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """2.7 has no other."""
        self._verdicts.footer = True

    def failed_files(self, hit: Hit, _match: re.Match[str]) -> None:
        """The list of failed files; the last one counts."""
        self._verdicts.failed = _find_files(hit)
        self._verdicts.listed.update(self._verdicts.failed)

    def failed_again(self, hit: Hit, _match: re.Match[str]) -> None:
        """The list of files that failed twice."""
        self._verdicts.failed = _find_files(hit)

    def rerun_files(self, hit: Hit, _match: re.Match[str]) -> None:
        """The list of files that were tried twice, however that ended."""
        self._signs += 1
        self._verdicts.rerun_files = _find_files(hit)

    def env_files(self, hit: Hit, _match: re.Match[str]) -> None:
        """Files that left something behind, even where the warning was lost."""
        self._signs += 1
        self._verdicts.env_changed = _find_files(hit)

    def no_tests(self, hit: Hit, _match: re.Match[str]) -> None:
        """Files in which nothing ran."""
        self._verdicts.no_tests = tuple(_find_files(hit))

    def omitted(self, hit: Hit, _match: re.Match[str]) -> None:
        """What an interrupted run did not get to."""
        self._verdicts.omitted = tuple(_find_files(hit))

    # ------------------------------------------------------------ what it comes to

    def finish(self) -> FormatResult | None:
        """The tests that failed, with what the second try said of them."""
        if not self._signs:
            return None
        self._flush()
        if not self._verdicts.results and not self._verdicts.footer:
            self._find_end()
        return FormatResult(
            self.suite,
            self._verdicts.find_counted(),
            (self._verdicts.make_run(self.suite),),
            rerun=self._verdicts.find_rerun(),
            seed=self._seed,
            command=self._command,
        )

    def find_running(self) -> tuple[tuple[LogLine, str], ...]:
        """By regrtest's progress, or by the lines of `-v`, which others print, too."""
        is_ours = self._signs or not find_begun(self.facts.tail)
        return find_current(self.facts.tail) if is_ours else ()

    def _find_end(self) -> None:
        """A run without a footer that nobody killed: the test that was running left."""
        status = self.facts.exit_status
        if not status or self.facts.end_kind is not None or self._verdicts.has_findings:
            return
        for line, test in self.find_running():
            message = f"the run ended in {test.removeprefix('test.')} with exit status {status}"
            finding = Finding(Kind.CRASH, (line,), message, test, weight=Weight.SYMPTOM)
            self._verdicts.add(finding)


def _find_files(hit: Hit) -> dict[str, tuple[LogLine, ...]]:
    """The indented names below a heading, each with where it stands; long lists wrap.

    From 3.14 on the reasons stand below a name, indented once more.
    """
    found: dict[str, tuple[LogLine, ...]] = {}
    last = ""
    for line in hit.below():
        if _NAMES_END.match(line.text):
            break
        if _REASON.match(line.text):
            found[last] = (*found.get(last, ()), line)
            continue
        names = [name.rstrip(":") for name in line.text.split()]
        found.update(dict.fromkeys(names, (hit.line, line)))
        last = names[-1]
    found.pop("", None)
    return found
