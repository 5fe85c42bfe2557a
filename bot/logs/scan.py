"""Find the interesting places of a log fast, in constant memory.

Input: the log as byte chunks of any size. Output: the formats' methods are called with every line
that one of their rules matches, in the order of the log.

One pass looks for the needles of all rules at once; nothing in Python touches the other lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.logs.facts import TAIL, LogFacts
from bot.logs.formats.base import Format, Hit, Rule
from bot.logs.lines import Line, Unwrapper, Window
from bot.logs.needles import Needles

# Big enough that Python's part per window is nothing, small enough to be three copies in memory.
WINDOW = 1 << 20
# What a format can look back and ahead, in bytes: 200 lines are seldom more.
MARGIN = 1 << 16


class _Buffer:
    """Chunks → windows that overlap, so that what stands around a hit is there."""

    def __init__(self) -> None:
        self._unwrapper: Unwrapper | None = None
        self._pieces: list[bytes] = []
        self._pending = 0  # bytes in `_pieces`
        self._held = b""  # the margin before, and what was not searched yet
        self._searched = 0  # offset in `_held` from which hits are new
        self._first_line = 1  # number of the line at `_held[0]`
        self.offset = 0  # of the window in the log

    def add(self, piece: bytes) -> bool:
        """Take a piece; True when there is enough for a window."""
        self._pieces.append(piece)
        self._pending += len(piece)
        return self._pending >= WINDOW

    def make_window(self, *, final: bool) -> tuple[Window, int, int]:
        """A window, and between which two offsets in it hits are new and have their margins."""
        data = b"".join((self._held, *self._pieces))
        self._pieces.clear()
        self._pending = 0
        if self._unwrapper is None:
            self._unwrapper = Unwrapper(data[:MARGIN])
        until = len(data) if final else max(self._searched, len(data) - MARGIN)
        return Window(data, self._first_line, self._unwrapper), self._searched, until

    def keep(self, window: Window, until: int) -> None:
        """Hold what the next window's hits may look back at."""
        start = window.data.rfind(b"\n", 0, max(0, until - MARGIN)) + 1
        if until - start > 2 * MARGIN:  # a line without end: cut it
            start = until - MARGIN
        self._first_line = window.number(start)
        self._held = window.data[start:]
        self._searched = until - start
        self.offset += start


class Scanner:
    """Feeds the lines that matter to the formats."""

    def __init__(self, formats: Sequence[Format], facts: LogFacts) -> None:
        self._rules: dict[str, list[tuple[Rule, Format]]] = {}
        for form in formats:
            for rule in form.rules:
                self._rules.setdefault(rule.needle, []).append((rule, form))
        self._needles = Needles(tuple(self._rules))
        self._facts = facts
        self._buffer = _Buffer()
        # Per rule and format, where the line begins that it was tried on last: once is enough.
        self._tried: dict[tuple[int, str], int] = {}
        self._ends_open = False
        self.bytes = 0
        self.lines = 0

    @property
    def given_up(self) -> dict[str, tuple[int, tuple[Format, ...]]]:
        """The needles that were given up, with the line where, and whose they are."""
        return {
            needle: (line, tuple(form for _, form in self._rules[needle]))
            for needle, line in sorted(self._needles.given_up.items())
        }

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the log."""
        if not chunk:
            return
        self.bytes += len(chunk)
        self.lines += chunk.count(b"\n")
        self._ends_open = not chunk.endswith(b"\n")
        for start in range(0, len(chunk), WINDOW):
            if self._buffer.add(chunk[start : start + WINDOW]):
                self._search(final=False)

    def finish(self) -> None:
        """The log is over."""
        self._search(final=True)
        self.lines += self._ends_open
        self._ends_open = False

    def _search(self, *, final: bool) -> None:
        window, begin, until = self._buffer.make_window(final=final)
        self._meet(window, begin, until)
        if final and not self._facts.tail:
            end = len(window.data) + (not window.data.endswith(b"\n"))
            self._facts.tail = tuple(window.above(end, TAIL))[::-1]
        self._buffer.keep(window, until)

    def _meet(self, window: Window, begin: int, until: int) -> None:
        """Call the rules for the hits that lie between two offsets."""
        start, end = 0, -1
        line: Line | None = None
        for at, needle in self._needles.find(window.data, begin, until):
            if not self._needles.may_look(needle, window.number(at)):
                continue
            if line is None or not start <= at <= end:
                start, end = window.span(at)
                line = window.line(start, end)
            self._dispatch(Hit(window, start, end, line), needle)

    def _dispatch(self, hit: Hit, needle: str) -> None:
        where = self._buffer.offset + hit.start
        for rule, form in self._rules[needle]:
            mark = (id(rule), form.suite)
            if self._tried.get(mark) == where:
                continue
            self._tried[mark] = where
            match = rule.pattern.search(hit.line.text)
            if match:
                self._needles.count_match(needle)
                form.saw(hit.line.number)
                getattr(form, rule.then)(hit, match)
