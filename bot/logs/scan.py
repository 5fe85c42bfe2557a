"""Find the interesting places of a log fast, in constant memory.

Input: the log as byte chunks of any size. Output: the formats' methods are called with every line
that one of their rules matches, in the order of the log.

One pass of Hyperscan looks for the needles of all rules at once; nothing in Python touches the
other lines. It was chosen by measuring on 50 MB logs with about a hundred needles, against
google-re2 (a fifth of its speed) and ahocorasick-rs (a sixth).
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from re import escape

import hyperscan

from bot.logs.formats.base import Format, Hit, LogFacts, Rule
from bot.logs.lines import Line, Unwrapper, Window

# Big enough that Python's part per window is nothing, small enough to be three copies in memory.
WINDOW = 1 << 20
# What a format can look back and ahead, in bytes: 200 lines are seldom more.
MARGIN = 1 << 16
# No log needs more lines of one sort to be understood; with ten million "error:" lines only the
# count goes on. A compiler's cascade over a whole tree stays below.
MAX_MATCHES = 4000
# Lines that hold a needle and mean nothing cost less, and may be more.
MAX_HITS = 50_000
# Asking Hyperscan to stop costs a second look at the window, so it is told late.
_MAX_HITS_IN_WINDOW = 60_000


class Needles:
    """A compiled set of needles."""

    def __init__(self, needles: Sequence[str]) -> None:
        self.needles = tuple(needles)
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[_make_expression(needle) for needle in needles],
            ids=list(range(len(needles))),
            elements=len(needles),
            flags=[0] * len(needles),
        )

    def find(self, data: bytes) -> list[tuple[int, str]]:
        """(offset of the last byte, needle), in order; cut off at `_MAX_HITS_IN_WINDOW`."""
        hits: list[tuple[int, str]] = []
        needles = self.needles

        def on_match(index: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            hits.append((end - 1, needles[index]))
            return len(hits) >= _MAX_HITS_IN_WINDOW

        with contextlib.suppress(hyperscan.ScanTerminated):
            self._database.scan(data, match_event_handler=on_match)
        hits.sort()
        return hits


def _make_expression(needle: str) -> bytes:
    if len(needle) > 2 and needle.startswith("/") and needle.endswith("/"):
        return needle[1:-1].encode()
    return escape(needle).encode()


@lru_cache(maxsize=64)
def _compile(needles: tuple[str, ...]) -> Needles:
    return Needles(needles)


class Scanner:
    """Feeds the lines that matter to the formats."""

    def __init__(self, formats: Sequence[Format], facts: LogFacts) -> None:
        self._rules: dict[str, list[tuple[Rule, Format]]] = {}
        for form in formats:
            for rule in form.rules:
                self._rules.setdefault(rule.needle, []).append((rule, form))
        self._needles = _compile(tuple(sorted(self._rules)))
        self._facts = facts
        self._unwrapper: Unwrapper | None = None
        self._pieces: list[bytes] = []
        self._pending = 0  # bytes in `_pieces`
        self._held = b""  # the margin before, and what was not searched yet
        self._searched = 0  # offset in `_held` from which hits are new
        self._first_line = 1  # number of the line at `_held[0]`
        self._offset = 0  # of `_held[0]` in the log
        self._hits_of: Counter[str] = Counter()
        self._matches_of: Counter[str] = Counter()
        # Per rule and format, where the line begins that it was tried on last: once is enough.
        self._tried: dict[tuple[int, str], int] = {}
        self._ends_open = False
        self.capped: dict[str, int] = {}  # needles that were given up, and the line where
        self.bytes = 0
        self.lines = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the log."""
        if not chunk:
            return
        self.bytes += len(chunk)
        self.lines += chunk.count(b"\n")
        self._ends_open = not chunk.endswith(b"\n")
        for start in range(0, len(chunk), WINDOW):
            self._take(chunk[start : start + WINDOW])

    def _take(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._pending += len(piece)
        if self._pending >= WINDOW:
            self._search(final=False)

    def finish(self) -> None:
        """The log is over."""
        self._search(final=True)
        self.lines += self._ends_open
        self._ends_open = False

    def _search(self, *, final: bool) -> None:
        data = b"".join((self._held, *self._pieces))
        self._pieces.clear()
        self._pending = 0
        if self._unwrapper is None:
            self._unwrapper = Unwrapper(data[:MARGIN])
        window = Window(data, self._first_line, self._unwrapper)
        until = len(data) if final else max(self._searched, len(data) - MARGIN)
        self._meet(window, self._searched, until)
        if final:
            end = len(data) + (not data.endswith(b"\n"))
            self._facts.tail = tuple(window.above(end, _TAIL))[::-1]
        self._keep(window, until)

    def _keep(self, window: Window, until: int) -> None:
        """Hold what the next window's hits may look back at."""
        start = window.data.rfind(b"\n", 0, max(0, until - MARGIN)) + 1
        if until - start > 2 * MARGIN:  # a line without end: cut it
            start = until - MARGIN
        self._first_line = window.number(start)
        self._held = window.data[start:]
        self._searched = until - start
        self._offset += start

    def _meet(self, window: Window, begin: int, until: int) -> None:
        """Call the rules for the hits that lie between two offsets."""
        # A needle may lie across `begin`: it was not whole when the text before was searched.
        low = max(0, begin - _LONGEST_NEEDLE)
        start, end = 0, -1
        line: Line | None = None
        for offset, needle in self._hits(window, low, until):
            at = low + offset
            if at < begin or self._is_too_many(needle, window.number(at)):
                continue
            if line is None or not start <= at <= end:
                start, end = window.span(at)
                line = window.line(start, end)
            self._dispatch(Hit(window, start, end, line), needle)

    def _hits(self, window: Window, low: int, until: int) -> list[tuple[int, str]]:
        text = window.data[low:until]
        hits = self._needles.find(text)
        while len(hits) >= _MAX_HITS_IN_WINDOW:
            worst, _ = Counter(needle for _, needle in hits).most_common(1)[0]
            self._give_up(worst, window.number(low))
            hits = self._needles.find(text)
        return hits

    def _is_too_many(self, needle: str, number: int) -> bool:
        self._hits_of[needle] += 1
        if self._hits_of[needle] > MAX_HITS or self._matches_of[needle] > MAX_MATCHES:
            self._give_up(needle, number)
            return True
        return False

    def _give_up(self, needle: str, number: int) -> None:
        """Look for this needle no more; its hits would only be more of the same."""
        self._hits_of[needle] = MAX_HITS + 1
        if needle in self._needles.needles:
            self.capped[needle] = number
            rest = tuple(other for other in self._needles.needles if other != needle)
            self._needles = _compile(rest or (_NEVER,))

    def _dispatch(self, hit: Hit, needle: str) -> None:
        where = self._offset + hit.start
        for rule, form in self._rules[needle]:
            mark = (id(rule), form.suite)
            if self._tried.get(mark) == where:
                continue
            self._tried[mark] = where
            match = rule.pattern.search(hit.line.text)
            if match:
                self._matches_of[needle] += 1
                getattr(form, rule.then)(hit, match)


_LONGEST_NEEDLE = 256
_TAIL = 80
_NEVER = "\x01\x02 no needle is left \x02\x01"
