"""In which order the tests of a log ran, and on which of several workers each.

Input: the lines of a log, unwrapped. Output: a `RunOrder`. The order is told by the progress of
regrtest, by the verdicts of `pytest -v` (with xdist: on which worker), by pytest's progress of
whole files, and by `unittest -v`. Any other text of one name a line is a list, as `--fromfile`
takes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.log_reading import is_inside
from bot.core.patterns import late
from bot.logs.formats.python.pytest_ids import split_id
from bot.logs.formats.python.regrtest_progress import PROGRESS
from bot.logs.identifiers import find_unittest_id, make_file_id
from bot.logs.rerun.shell import is_name

_PARALLEL = late(r"^(?:\d+:\d\d:\d\d )?(?:load avg: [\d.,]+ )?Run (?:\d+ )?tests? in parallel ")
# What follows a name only where its file has ended already: with -j, in a process of its own.
_ENDED = late(r"^ (?:passed|failed|crashed|skipped|timed out|worker|run no tests|interrupted)\b")
_AGAIN = late(r"^(?:\d+:\d\d:\d\d .*)?Re-running (?:\d+ )?(?:failed )?tests?\b")
_VERDICT = r"(?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN)"
_XDIST = late(rf"^\[(?P<worker>gw\d+)\] \[[ \d%]+\] {_VERDICT} (?P<rest>\S.*)$")
_VERBOSE = late(rf"^ ?{_VERDICT}(?: \(.*\))?(?:\s+\[[ \d%]+\])?$")
_FILE_LINE = late(r"^(?P<path>[^\s:]+\.py) [.FEsxXR]+(?:\s+\[[ \d%]+\])?$")
_PYTEST_END = late(r"^=+ (?:FAILURES|ERRORS|short test summary info|warnings summary) =+$")
_UNITTEST = late(r"^(?P<name>\w+ \(\S+\))(?: \.\.\. .*)?$")
_UNITTEST_END = late(r"^(?:={70}|Ran \d+ tests? in )")
_LONGEST_LIST = 1 << 20  # lines: more is no list of tests


@dataclass(frozen=True, slots=True)
class RunOrder:
    """The tests of a run as they ran; `workers` tells of each its worker ("": there was one).

    `by_file`: whole files are told, not the tests in them. `apart`: each ran in a process of its
    own, so that no other can have left anything in its memory.
    """

    suite: str
    tests: tuple[str, ...]
    workers: tuple[str, ...]
    by_file: bool = False
    apart: bool = False
    left_out: int = 0  # lines whose names no command line can take

    def find(self, test: str) -> str | None:
        """The entry of this order that is the test, or the file that holds it."""
        known = set(self.tests)
        if test in known:
            return test
        holding = (name for name in self.tests if is_inside(test, self.make_id(name)))
        return max(holding, key=len, default=None)

    def make_id(self, name: str) -> str:
        """The canonical id of an entry."""
        return make_file_id(name) if self.suite == "regrtest" else name

    def find_before(self, victim: str) -> tuple[str, ...]:
        """What ran before it on its worker; where that is not told, before it at all."""
        at = self.tests.index(victim)
        worker = self.workers[at]
        before = zip(self.tests[:at], self.workers[:at], strict=True)
        return tuple(test for test, where in before if worker in {"", where})

    def end_with(self, test: str) -> RunOrder:
        """With a test of which only is known that it began: the one that never ended."""
        return replace(self, tests=(*self.tests, test), workers=(*self.workers, ""))


class OrderReader:
    """Takes the lines of a log, one after the other; `finish` says what they told."""

    def __init__(self) -> None:
        self._files = _Entries("regrtest", by_file=True)
        self._pytest, self._pytest_files = _Entries("pytest"), _Entries("pytest", by_file=True)
        self._unittest = _Entries("unittest")
        self._list: list[str] | None = []
        self._apart = self._again = False
        self._head = ""  # a test of unittest whose verdict stands on the next line

    def take(self, line: str) -> None:
        """The next line."""
        if self._list is not None:
            self._take_name(line)
        if "[" in line or "Run" in line or "Re-run" in line:
            self._take_regrtest(line)
        if ".py" in line or line.startswith("="):
            self._take_pytest(line)
        if " (" in line or self._head or line[:1] in "=R":
            self._take_unittest(line)

    def _take_name(self, line: str) -> None:
        name = line.partition("#")[0].strip()
        if not name or self._list is None:
            return
        if (" " in name and "::" not in name) or len(self._list) >= _LONGEST_LIST:
            self._list = None
        else:
            self._list.append(name)

    def _take_regrtest(self, line: str) -> None:
        self._again |= bool(self._files.tests) and bool(_AGAIN.match(line))
        if self._again:
            return
        self._apart |= bool(_PARALLEL.match(line))
        progress = PROGRESS.match(line)
        if progress:
            self._apart |= bool(_ENDED.match(progress["rest"]))
            self._files.add(progress["test"])

    def _take_pytest(self, line: str) -> None:
        if _PYTEST_END.match(line):
            self._pytest.close()
            self._pytest_files.close()
            return
        parallel = _XDIST.match(line)
        if parallel:
            self._pytest.add(split_id(parallel["rest"])[0], parallel["worker"])
            return
        test, rest = split_id(line)
        if "::" in test and _VERBOSE.match(rest):
            self._pytest.add(test)
        elif whole := _FILE_LINE.match(line):
            self._pytest_files.add(whole["path"])

    def _take_unittest(self, line: str) -> None:
        if _UNITTEST_END.match(line):
            self._unittest.close()
        begun = _UNITTEST.match(line)
        if begun and " ... " in f"{line} ":
            self._unittest.add(find_unittest_id(begun["name"]) or "")
        elif self._head and " ... " in f"{line} ":
            self._unittest.add(find_unittest_id(self._head) or "")
        self._head = begun["name"] if begun and " ... " not in f"{line} " else ""

    def finish(self) -> RunOrder | None:
        """The order; None where no line tells of one.

        Of two runners in one log the outer one counts: regrtest runs unittest within.
        """
        for entries in (self._files, self._pytest, self._pytest_files, self._unittest):
            if entries.tests:
                return entries.make(apart=entries is self._files and self._apart)
        if not self._list or len(self._list) < 2:
            return None
        listed = _Entries(_guess_suite(self._list))
        for name in self._list:
            listed.add(name)
        return listed.make() if listed.tests else None


class _Entries:
    """The tests of one runner, each once."""

    def __init__(self, suite: str, *, by_file: bool = False) -> None:
        self._suite, self._by_file = suite, by_file
        self.tests: dict[str, str] = {}
        self._left_out = 0
        self._closed = False

    def add(self, test: str, worker: str = "") -> None:
        """One more; what is told again (a second verdict, a second try) ran before."""
        if self._closed:
            return
        if is_name(test):
            self.tests.setdefault(test, worker)
        elif test:
            self._left_out += 1

    def close(self) -> None:
        """What follows was printed by tests, or tells of them again."""
        self._closed = bool(self.tests)

    def make(self, *, apart: bool = False) -> RunOrder:
        tests, workers = tuple(self.tests), tuple(self.tests.values())
        by_file = self._by_file
        return RunOrder(self._suite, tests, workers, by_file, apart, self._left_out)


def _guess_suite(names: Iterable[str]) -> str:
    """By how the first name looks."""
    first = next(iter(names))
    if "::" in first or first.endswith(".py"):
        return "pytest"
    is_file = first.count(".") <= 1 and first.rpartition(".")[2].startswith("test_")
    return "regrtest" if is_file and not first[:1].isupper() else "unittest"
