"""CPython's regrtest, 2.7 and 3.6 to 3.14: verdicts per test file, blocks of unittest inside."""

from __future__ import annotations

import re
from typing import ClassVar

from bot.core.model import Kind
from bot.logs.formats.base import (
    Finding,
    Format,
    Hit,
    LogFacts,
    Outcome,
    Rule,
    Weight,
    rule,
    take_until,
)
from bot.logs.formats.faulthandler import find_test_file, parse_stack
from bot.logs.formats.regrtest_verdicts import Verdicts
from bot.logs.formats.unittest import BLOCK_RULES, parse_block
from bot.logs.ids import find_unittest_id, make_file_id
from bot.logs.lines import Line
from bot.logs.traceback import parse_raised, parse_traceback

_CLOCK = r"^(?:\d+:\d\d:\d\d )?(?:load avg: [\d.,]+ )?"
_PROGRESS = re.compile(_CLOCK + r"\[\s*\d+(?:/\s*\d+)*\] (?P<test>\S+)(?P<rest>.*)")
_DIED = re.compile(r"^ (?:worker non-zero exit code|crashed|timed out|worker bug|.*\(timeout\))")
_NEXT = re.compile(
    r"^\d+:\d\d:\d\d |^\[\s*\d+/\s*\d+|^== Tests result|^test \S+ (?:failed|crashed)"
    r"|^(?:All )?\d+ tests? (?:OK|failed)|^make(?:\[\d+\])?: \*\*\*|^(?:Ran|Re-running) "
)
_KILLED = ("command timed out", "process killed", "remoteFailed", "command interrupted")
_NAMES_END = re.compile(r"^\S|^\s*$")


class Regrtest(Format):
    """`python -m test`."""

    suite = "regrtest"
    absorbs = ("unittest", "python", "faulthandler", "doctest")
    outranks = ("compiler", "linker", "build", "lint", "docs", "go", "cargo")
    rules: ClassVar[tuple[Rule, ...]] = (
        *BLOCK_RULES,
        rule(
            " -m test", r"^(?:\+ )?(\S*python\S*(?: .*)? -m test(?:\.regrtest)?(?: .*)?)$", "start"
        ),
        rule("regrtest.py", r"^(?:\+ )?(\S*python\S* .*/regrtest\.py(?: .*)?)$", "start"),
        rule("andom seed", r"Using random seed:? (\d+)", "random_seed"),
        rule(" failed -- ", r"(?:^|\s)test (\S+) (failed|crashed) -- (.*)$", "quiet_block"),
        rule(" crashed -- ", r"(?:^|\s)test (\S+) (failed|crashed) -- (.*)$", "quiet_block"),
        rule(
            "Re-running ", r"^(?:\d+:\d\d:\d\d .*)?Re-running (?:\d+ )?failed tests", "begin_rerun"
        ),
        rule(
            "Re-running ",
            r"Re-running (?:test )?(\S+) in verbose mode(?: \(matching: (.*)\))?",
            "rerun_file",
        ),
        rule("Fatal Python error: ", r"(Fatal Python error: .*)$", "crash"),
        rule("Timeout (", r"(Timeout \(\d+:\d\d:\d\d(?:\.\d+)?\)!)", "timeout"),
        rule(" was modified by ", r"Warning -- (.+) was modified by (\S+)", "env_changed"),
        *(
            rule(f"Warning -- {what}", rf"Warning -- {what}", "stray")
            for what in (
                "Unraisable exc",
                "Uncaught thread exc",
                "threading_cleanup",
                "reap_children",
                "Dangling",
            )
        ),
        rule(" leaked [", r"(?:^|\s)(\S+) leaked \[.*\] ([a-z ]+), sum=", "leak"),
        rule("ests result: ", r"^(?:== )?Tests result: ([A-Z][A-Za-z ,]*?)(?: ==)?$", "result"),
        rule(" failed:", r"^(\d+) tests? failed:$", "failed_files"),
        rule(" failed again:", r"^(\d+) tests? failed again:$", "failed_again"),
        rule("altered the exec", r"^\d+ tests? altered the execution environment", "env_files"),
        rule(" run no tests:", r"^\d+ tests? run no tests:$", "no_tests"),
        rule(" omitted:", r"^\d+ tests? omitted:$", "omitted"),
        rule(" tests OK.", r"^(?:All )?\d+ tests? OK\.$", "footer"),
        rule(" test OK.", r"^(?:All )?\d+ tests? OK\.$", "footer"),
        rule("non-zero exit", _PROGRESS.pattern, "died"),
        rule("crashed (Exit", _PROGRESS.pattern, "died"),
        rule(r"/ crashed[\r\n\x1b]/", _PROGRESS.pattern, "died"),
        rule(
            "unexpected succ", r"^(?P<name>\S+ \(\S+\))(?: \.\.\.|.*) unexpected success$", "xpass"
        ),
        rule("timed out (", _PROGRESS.pattern, "died"),
        rule("] Segmentation f", r"^\S*make\S*: \*\*\* \[.*\] (Segmentation fault)", "died_alone"),
        rule("] Aborted", r"^\S*make\S*: \*\*\* \[.*\] (Aborted)", "died_alone"),
    )

    def __init__(self, facts: LogFacts) -> None:
        super().__init__(facts)
        self._functions: dict[str, str] = {}  # file → the function its quiet traceback ends in
        self._verdicts = Verdicts()
        self._signs = 0
        self._seed: str | None = None
        self._command: str | None = None

    # ------------------------------------------------------------ what the log says

    def start(self, _hit: Hit, match: re.Match[str]) -> None:
        """Regrtest's command line, as make prints it."""
        self._signs += 1
        self._command = self._command or match[1]

    def random_seed(self, _hit: Hit, match: re.Match[str]) -> None:
        """The seed of `-r`."""
        self._seed = self._seed or match[1]

    def block(self, hit: Hit, match: re.Match[str]) -> None:
        """`FAIL: test_x (test.test_y.Cls)`."""
        finding = parse_block(hit, match, self.facts.directory)
        if finding:
            self._verdicts.add(finding)

    def quiet_block(self, hit: Hit, match: re.Match[str]) -> None:
        """`test test_x failed -- Traceback …`: the only words when there is one failure."""
        self._signs += 1
        body = (hit.line, *take_until(hit.below(), _NEXT))
        raised = parse_traceback(body, self.facts.directory)
        test = make_file_id(match[1])
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
        self._verdicts.in_rerun = True

    def rerun_file(self, hit: Hit, match: re.Match[str]) -> None:
        """One file is run again, perhaps only the one test of it that failed."""
        self._signs += 1
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
        self._verdicts.add(
            Finding(
                Kind.CRASH,
                stack.lines,
                stack.message,
                self._find_file(hit) or stack.test_file,
                "Fatal Python error",
                stack.location,
            )
        )

    def timeout(self, hit: Hit, match: re.Match[str]) -> None:
        """Faulthandler's watchdog fired."""
        stack = parse_stack(hit, match[1], self.facts.directory)
        test = self._find_file(hit) or stack.test_file
        self._verdicts.add(
            Finding(Kind.TIMEOUT, stack.lines, match[1], test, "Timeout", stack.location)
        )

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
                self._find_file(hit),
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
        if not _DIED.search(match["rest"]):
            return
        kind = Kind.TIMEOUT if "timed out" in match["rest"] else Kind.CRASH
        message = f"{match['test']}{match['rest']}"
        test = make_file_id(match["test"])
        self._verdicts.add(Finding(kind, (hit.line,), message, test, weight=Weight.SYMPTOM))

    def died_alone(self, hit: Hit, match: re.Match[str]) -> None:
        """Without -j the death of one test is the death of all; 2.7 prints no stack."""
        running = next((line for line in hit.above() if _PROGRESS.match(line.text)), None)
        progress = _PROGRESS.match(running.text) if running else None
        if running and progress:
            test = make_file_id(progress["test"])
            lines = (hit.line, running)
            self._verdicts.add(Finding(Kind.CRASH, lines, match[1], test, weight=Weight.SYMPTOM))

    def result(self, hit: Hit, match: re.Match[str]) -> None:
        """The footer."""
        self._signs += 1
        self._verdicts.results.append((match[1], hit.line))
        if "INTERRUPTED" in match[1]:
            above = (line for line in hit.above(30) if _PROGRESS.match(line.text))
            self._verdicts.running = self._verdicts.running or next(above, None)

    def footer(self, _hit: Hit, _match: re.Match[str]) -> None:
        """2.7 has no other."""
        self._verdicts.footer = True

    def failed_files(self, hit: Hit, _match: re.Match[str]) -> None:
        """The list of failed files; the last one counts."""
        self._verdicts.failed = _find_files(hit)

    def failed_again(self, hit: Hit, _match: re.Match[str]) -> None:
        """The list of files that failed twice."""
        self._verdicts.failed = _find_files(hit)

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

    def finish(self) -> Outcome | None:
        """The tests that failed, with what the second try said of them."""
        if not self._signs:
            return None
        if not self._verdicts.results and not self._verdicts.footer:
            self._find_end()
        return Outcome(
            self.suite,
            self._verdicts.judge(),
            (self._verdicts.make_run(self.suite),),
            rerun=self._verdicts.find_rerun(),
            seed=self._seed,
            command=self._command,
        )

    def _find_end(self) -> None:
        """A run without a footer that nobody killed: the test that was running left."""
        tail = self.facts.tail[::-1]
        killed = any(line.text.startswith(_KILLED) for line in tail)
        running = next((line for line in tail if _PROGRESS.match(line.text)), None)
        progress = _PROGRESS.match(running.text) if running else None
        if running is None or progress is None or killed or not self.facts.exit_status:
            return
        test, status = make_file_id(progress["test"]), self.facts.exit_status
        message = f"the run ended in {progress['test']} with exit status {status}"
        finding = Finding(Kind.CRASH, (running,), message, test, weight=Weight.SYMPTOM)
        if not self._verdicts.has_findings:
            self._verdicts.add(finding)

    def _find_file(self, hit: Hit) -> str | None:
        """The file that was running: named by the progress line above."""
        own = find_test_file(hit.below(60))
        for distance, line in enumerate((hit.line, *hit.above(60))):
            progress = _PROGRESS.match(line.text)
            if progress and ((_DIED.search(progress["rest"]) and distance < 12) or own is None):
                return make_file_id(progress["test"])
            if progress:
                break
        return make_file_id(own) if own else None


def _find_files(hit: Hit) -> dict[str, tuple[Line, ...]]:
    """The indented names below a heading, each with where it stands; long lists wrap."""
    found: dict[str, tuple[Line, ...]] = {}
    for line in hit.below():
        if _NAMES_END.match(line.text):
            break
        found.update(dict.fromkeys(line.text.split(), (hit.line, line)))
    return found
