"""Find the interesting places of a log fast, in constant memory.

Input: the log as byte chunks of any size. Output: the formats' methods are called with every line
that one of their rules matches, in the order of the log.

One pass looks for the needles of all rules at once; nothing in Python touches the other lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.logs.formats.base import Follower, Format, Hit, Rule
from bot.logs.lines import LogLine, Unwrapper, Window
from bot.logs.literal_matcher import LiteralMatcher
from bot.logs.log_metadata import TAIL, LogMetadata

# Big enough that Python's part per window is nothing, small enough to stay in the processor's
# cache: of 256 kB to 16 MB this is the fastest.
WINDOW = 1 << 19
# What a format can look back and ahead, in bytes: 200 lines are seldom more.
MARGIN = 1 << 16


class _Buffer:
    """The log → windows that overlap, so that what stands around a hit is there.

    The bytes lie in one piece of memory for good; nothing is copied but the overlaps.
    """

    def __init__(self) -> None:
        self._unwrapper: Unwrapper | None = None
        self._data = bytearray(3 * MARGIN + WINDOW)
        self._view = memoryview(self._data)
        self._size = 0  # bytes in `_data`: the margin before, and what was not searched yet
        self._searched = 0  # offset from which hits are new
        self._first_line = 1  # number of the line at offset 0
        self.offset = 0  # of the window in the log

    @property
    def room(self) -> memoryview:
        """Where the next bytes belong; never empty between two windows."""
        return self._view[self._size :]

    def grow(self, size: int) -> bool:
        """So many bytes were put there; True when there is no more room."""
        self._size += size
        return self._size == len(self._data)

    def make_window(self, *, final: bool) -> tuple[Window, int, int]:
        """A window, and between which two offsets in it hits are new and have their margins."""
        if self._unwrapper is None:
            self._unwrapper = Unwrapper(bytes(self._view[: min(MARGIN, self._size)]))
        window = Window(self._data, self._size, self._first_line, self._unwrapper)
        until = self._size if final else max(self._searched, self._size - MARGIN)
        return window, self._searched, until

    def keep(self, window: Window, until: int) -> None:
        """Hold what the next window's hits may look back at."""
        start = self._data.rfind(b"\n", 0, max(0, until - MARGIN)) + 1
        if until - start > 2 * MARGIN:  # a line without end: cut it
            start = until - MARGIN
        self._first_line = window.number(start)
        self._data[: self._size - start] = self._data[start : self._size]
        self._size -= start
        self._searched = until - start
        self.offset += start


class Scanner:
    """Feeds the lines that matter to the formats."""

    def __init__(
        self, formats: Sequence[Format], facts: LogMetadata, compiled: bytes = b""
    ) -> None:
        self._rules: dict[str, list[tuple[Rule, Format]]] = {}
        for form in formats:
            for rule in form.rules:
                self._rules.setdefault(rule.needle, []).append((rule, form))
        self._needles = LiteralMatcher(tuple(self._rules), compiled)
        self._facts = facts
        self._buffer = _Buffer()
        # Per rule and format, where the line begins that it was tried on last: once is enough.
        self._tried: dict[tuple[int, str], int] = {}
        self._follower: Follower | None = None
        self.bytes = 0
        self.lines = 0  # known at the end

    def dump_compiled(self) -> bytes | None:
        """The compiled needles; None when they are those that were handed in."""
        return self._needles.dump() if self._needles.is_compiled_here else None

    @property
    def given_up(self) -> dict[str, tuple[int, tuple[Format, ...]]]:
        """The needles that were given up, with the line where, and whose they are."""
        return {
            needle: (line, tuple(form for _, form in self._rules[needle]))
            for needle, line in sorted(self._needles.given_up.items())
        }

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the log."""
        rest = memoryview(chunk)
        while rest:
            room = self._buffer.room
            taken = min(len(room), len(rest))
            room[:taken] = rest[:taken]
            rest = rest[taken:]
            self._take(taken)

    def fill(self, readinto: Callable[[memoryview], int]) -> int:
        """As `feed`, without a copy: `readinto` puts the next bytes and says how many."""
        size = readinto(self._buffer.room)
        self._take(size)
        return size

    def _take(self, size: int) -> None:
        self.bytes += size
        if self._buffer.grow(size):
            self._search(final=False)

    def finish(self) -> None:
        """The log is over."""
        self._search(final=True)

    def _search(self, *, final: bool) -> None:
        window, begin, until = self._buffer.make_window(final=final)
        self._meet(window, begin, until)
        if final:
            ends_open = window.size > 0 and not window.data.endswith(b"\n", 0, window.size)
            if not self._facts.tail:
                self._facts.tail = tuple(window.above(window.size + ends_open, TAIL))[::-1]
            self.lines = window.number(window.size) - 1 + ends_open
        else:
            self._buffer.keep(window, until)

    def _meet(self, window: Window, begin: int, until: int) -> None:
        """Call the rules for the hits that lie between two offsets."""
        self._hand_over(window, begin, until)
        start, end = 0, -1
        line: LogLine | None = None
        seen: set[str] = set()  # on this line: once is enough
        for at, needle in self._needles.find(window.data, begin, until):
            if not self._needles.may_look(needle, window.number(at)):
                continue
            if start <= at <= end and needle in seen:
                continue
            if line is None or not start <= at <= end:
                start, end = window.span(at)
                line = window.line(start, end)
                seen.clear()
            seen.add(needle)
            hit = Hit(window, start, end, line)
            self._dispatch(hit, needle)
            if hit.follower and not self._follower:
                self._follower = hit.follower
                self._hand_over(window, start, until)

    def _hand_over(self, window: Window, begin: int, until: int) -> None:
        """The lines between two offsets to whoever wants them all."""
        while self._follower and begin < until:
            end = window.data.find(b"\n", begin, until) + 1 or until
            if not self._follower(window.unwrap(begin, end)):
                self._follower = None
            begin = end

    def _dispatch(self, hit: Hit, needle: str) -> None:
        where = self._buffer.offset + hit.start
        matched = False
        for rule, form in self._rules[needle]:
            mark = (id(rule), form.suite)
            if self._tried.get(mark) == where:
                continue
            self._tried[mark] = where
            match = rule.pattern.search(hit.line.text)
            if match:
                hit.rule = rule
                matched = True
                form.saw(hit.line.number)
                getattr(form, rule.then)(hit, match)
        if matched:
            self._needles.count_match(needle)
