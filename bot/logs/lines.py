"""Raw bytes of a log → lines as the tool printed them.

Input: a window of the log and an offset into it. Output: `LogLine`s, free of what was wrapped
around them: Buildbot's stream letters, timestamps of GitHub Actions and Jenkins, colours, carriage
returns of progress bars, control characters, and bytes that are not UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stringzilla import count  # type: ignore[import-not-found]  # it has no stubs

# A line is read this far. No tool puts its verdict further out, and a bounded line bounds every
# pattern that is tried on it.
MAX_LINE = 4096

_ANSI = re.compile(
    rb"\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]"  # colours, cursor
    rb"|[\]_P^X][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # titles, links, Buildkite's times
    rb"|[()#][0-9A-Za-z]|[@-_=>c78])"
)
_TIMESTAMP = re.compile(
    r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?(?:\d\d[OE][ +] ?)?"
    r"|\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\] ?)"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


# What Buildbot's worker writes around a command: never part of what a tool said.
_WORKER = re.compile(
    r"^(?: in dir /| in dir [A-Za-z]:| watching logfiles \{| argv: \[| using PTY: | environment:$"
    r"|program finished with exit code -?\d|elapsedTime=[\d.]+$)"
)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log, unwrapped; `number` counts newlines from 1, as an editor does."""

    number: int
    text: str

    @property
    def is_blank(self) -> bool:
        """True when nothing is to be seen on it."""
        return not self.text or self.text.isspace()

    @property
    def is_workers(self) -> bool:
        """True for a line of Buildbot's worker."""
        return bool(_WORKER.match(self.text))


class Unwrapper:
    """Takes off what is around the lines of one log."""

    def __init__(self, start: bytes) -> None:
        """`start` is the first piece of the log: it tells whether stream letters are there."""
        self._letters = find_stream_letters(start)
        self.indent = ""  # what pip and uv put before the lines of a build that they ran

    def unwrap(self, raw: bytes) -> str:
        """The text of one raw line, without its end."""
        if self._letters and raw[:1] in _LETTERS:
            raw = raw[1:]
        if b"\x1b" in raw:
            raw = _ANSI.sub(b"", raw)
        text = raw.decode("utf-8", "replace")
        stamp = _TIMESTAMP.match(text)
        if stamp:
            text = text[stamp.end() :]
        text = _CONTROL.sub("", text).rstrip("\r\n")
        return text.removeprefix(self.indent) if self.indent else text


_LETTERS = (b"o", b"e", b"h", b"i")
_SAMPLE = 400
# From this many lines on, all beginning with one of three letters and none of them empty, chance
# is out of the question: program output has blank lines and indented ones.
_SURE = 8


def find_stream_letters(start: bytes) -> bool:
    """True when every line carries Buildbot's `o`, `e` or `h` (its `/contents` form)."""
    lines = start.split(b"\n", _SAMPLE)
    lines = lines[: min(len(lines) - 1, _SAMPLE)] or lines
    if not all(line[:1] in _LETTERS for line in lines):
        return False
    if len(lines) >= _SURE:
        return True
    # A short log: real words go on in lower case ("error:"), what stands after a letter rarely.
    odd = sum(not line[1:2].islower() for line in lines)
    return odd * 2 > len(lines)


class Window:
    """A piece of the log in memory, in which lines are looked up by offset.

    `data` holds the piece in its first `size` bytes, until the next piece is read.
    """

    def __init__(self, data: bytearray, size: int, first_line: int, unwrapper: Unwrapper) -> None:
        self.data = data
        self.size = size
        self._unwrapper = unwrapper
        self._at = 0
        self._number = first_line

    def number(self, at: int) -> int:
        """The 1-based number of the line that holds offset `at`."""
        if at >= self._at:
            self._number += count(self.data, b"\n", self._at, at)
        else:
            self._number -= count(self.data, b"\n", at, self._at)
        self._at = at
        return self._number

    def span(self, at: int) -> tuple[int, int]:
        """Where the line that holds offset `at` begins and ends (without its newline)."""
        data = self.data
        # After MAX_LINE bytes without an end we stop looking: such a line is read from there.
        low, high = max(0, at - MAX_LINE), min(self.size, at + MAX_LINE)
        start = max(data.rfind(b"\n", low, at), data.rfind(b"\r", low, at)) + 1 or low
        end = data.find(b"\n", at, high)
        end = high if end < 0 else end
        segment = data.find(b"\r", at, end)
        if segment >= 0 and data[segment:end].strip(b"\r"):
            end = segment
        return start, end

    def line(self, start: int, end: int) -> LogLine:
        """The line of a span."""
        raw = bytes(self.data[start : min(end, start + MAX_LINE)])
        return LogLine(self.number(start), self._unwrapper.unwrap(raw))

    def unwrap(self, start: int, end: int) -> bytes:
        """A line with its end, however long; the rest of one that began before as it is."""
        raw = bytes(self.data[start:end])
        if start and self.data[start - 1] != 0x0A:
            return raw
        return self._unwrapper.unwrap(raw).encode() + (b"\n" if raw.endswith(b"\n") else b"")

    def above(self, start: int, limit: int) -> Iterator[LogLine]:
        """Up to `limit` lines before the one that begins at `start`, nearest first."""
        start = self._start_of_line(start)
        while limit > 0 and start > 0:
            end = start - 1
            start = self._start_of_line(end)
            yield self.line(self._start_of_text(end, start), end)
            limit -= 1

    def below(self, end: int, limit: int) -> Iterator[LogLine]:
        """Up to `limit` lines after the one that ends at `end`."""
        size = self.size
        while limit > 0 and end < size:
            start = end + 1
            stop = self.data.find(b"\n", start, min(size, start + MAX_LINE))
            end = min(size, start + MAX_LINE) if stop < 0 else stop
            if start >= size:
                return
            yield self.line(self._start_of_text(end, start), end)
            limit -= 1

    def indent(self, blanks: int) -> None:
        """From here on the lines are unwrapped of so many blanks more, or less."""
        self._unwrapper.indent = " " * max(0, len(self._unwrapper.indent) + blanks)

    def _start_of_line(self, at: int) -> int:
        return self.data.rfind(b"\n", max(0, at - MAX_LINE), at) + 1 or max(0, at - MAX_LINE)

    def _start_of_text(self, end: int, start: int) -> int:
        """Behind the last carriage return that is not the line's own end."""
        return_at = self.data.rfind(b"\r", start, max(start, end - 1))
        return return_at + 1 if return_at >= 0 else start
