"""How far pytest's runs came: whether every test that was collected got its verdict.

Input: what the log says of runs as they begin, are cut short and end. Output: one `TestRun`.
A closing line alone proves nothing: an internal error, workers that are not started again and a
name that was not found all print one.
"""

from __future__ import annotations

from bot.core.log_reading import TestRun
from bot.core.patterns import late, linear

_COUNT = linear(r"(\d+) (\w+(?: \w+)?)")
# What is counted beside the tests.
_NO_TESTS = late(r"warnings?$|deselected$|rerun$|subtests")
# 3: an internal error, 4: a wrong command line; a run that was interrupted (2) says so itself, and
# make ends with 2, too.
_CUT_STATUSES = frozenset({3, 4})


class Sessions:
    """The runs of pytest in one log."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self.was_cut = False
        self.is_whole = False  # the last line of progress said 100 %
        self._collected: int | None = None  # of the run that is going on
        self._hidden: dict[str, None] = {}  # files whose tests were not even collected

    def collect(self, tests: int) -> None:
        """So many tests will run."""
        self._collected = tests

    def reach_all(self) -> None:
        """`[100%]`: all had their verdict that no plugin took out behind the collection."""
        self._collected = None
        self.is_whole = True

    def hide(self, place: str) -> None:
        """A file or folder could not be collected: what is in it did not run."""
        self._hidden[place] = None

    @property
    def is_short(self) -> bool:
        """Tests that were collected have no verdict yet, or an earlier run was cut."""
        return self.was_cut or bool(self._collected)

    def end(self, counts: str) -> None:
        """The closing line: fewer verdicts than tests means that some never ran."""
        self.ended += 1
        found = _COUNT.findall(counts)
        verdicts = sum(int(number) for number, word in found if not _NO_TESTS.search(word))
        if not verdicts or (self._collected is not None and verdicts < self._collected):
            self.was_cut = True
        self._collected = None

    @property
    def is_open(self) -> bool:
        """True when a run began and never ended; with `-qq` only its progress is to be seen."""
        if not self.begun and not self.ended:
            return not self.is_whole
        return self.ended < self.begun

    def make_run(self, suite: str, exit_status: int | None) -> TestRun:
        """What all the runs come to."""
        cut = self.was_cut or self.is_open or exit_status in _CUT_STATUSES
        return TestRun(suite, not cut, tuple(self._hidden) if self._hidden and not cut else None)
