"""Which of the blocks of unittest in a file's output are regrtest's own.

Input: blocks and closing lines as they come. Output: the blocks that count. A test may run
unittest inside itself: what that prints ends with a closing line of its own, before the file's.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.patterns import late
from bot.logs.formats.base import Finding

# The file of a test: `test.test_keep.test_hall` of `test.test_keep.test_hall.HallTests.test_feast`.
_MODULE = late(r"(?:test\.)?test_\w+(?:\.test_\w+)*(?=\.)")

Near = frozenset[str] | None
Block = tuple[Finding, Near]


class Blocks:
    """The blocks since the last try began."""

    def __init__(self) -> None:
        self._runs: list[list[Block]] = [[]]
        self._doubtful: list[Block] = []
        self._is_ruled = False

    def add(self, finding: Finding, near: Near, *, ruled: bool) -> None:
        """One more block of the run that goes on; without a rule above, only where none has one."""
        if ruled:
            self._runs[-1].append((finding, near))
        else:
            self._doubtful.append((finding, near))
        self._is_ruled |= ruled

    def end_run(self) -> None:
        """`Ran 3 tests`: what comes now is of another run."""
        if self._runs[-1]:
            self._runs.append([])

    def drop(self, file: str, message: str | None = None) -> None:
        """A file was told of by its only failure: what says something else, a test printed."""
        for run in self._runs:
            run[:] = [b for b in run if find_module(b[0]) != file or b[0].message == message]

    def take(self) -> Iterator[Block]:
        """Of each file the blocks of the last run that has any: the file's own ends last."""
        last = {find_module(f): n for n, run in enumerate(self._runs) for f, _ in run}
        for n, run in enumerate(self._runs):
            yield from (block for block in run if last[find_module(block[0])] == n)
        yield from self._doubtful if not self._is_ruled else ()
        self._runs, self._doubtful = [[]], []


def find_module(finding: Finding) -> str:
    """The file that a block's test is in, by its canonical id; else the id itself."""
    test = finding.test or ""
    found = _MODULE.match(test)
    return found[0] if found else test
