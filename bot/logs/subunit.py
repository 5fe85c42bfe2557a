"""A subunit stream, of its first or second version → the tests that failed in it.

Input: chunks of bytes, as `stestr last --subunit`, `.stestr/0`, `subunit-2to1` and `subunit.run`
have them. Output: a `FormatResult`. As a JUnit file it tells of no end and of nothing that never
ran, so its run is never complete.
"""

from __future__ import annotations

import re
from zlib import crc32

from bot.core.log_reading import Kind, TestRun
from bot.core.patterns import late
from bot.logs.formats.base import Finding, FormatResult
from bot.logs.formats.runner import find_kind
from bot.logs.identifiers import find_unittest_id, make_test_id
from bot.logs.lines import LogLine
from bot.logs.python_traceback import parse_traceback

_LINES = 100  # of one failure: half of them from its beginning
_WIDTH = 4096
_MOST = 5000  # failures, and tests that are open at a time
# Version 2 has packets of at most 4 MiB; a line of version 1 has no need of more.
_LONGEST = 1 << 22

_OUTCOMES = r"success(?:ful)?|failure|error|skip|xfail|uxsuccess"
# `test: x` may be anybody's first line; with an outcome or a time below it is not.
_BEGIN = late(
    rf"^(?:time: \d{{4}}-\d\d-\d\d |progress: (?:push|pop|[+-]?\d+)\n"
    rf"|(?:tags: .*\n)?test(?:ing)?: .*\n(?:time: \d{{4}}-|tags: |(?:{_OUTCOMES}): ))"
)
_COMMAND = late(rf"^(?P<what>test(?:ing)?|{_OUTCOMES}):? (?P<rest>.*)$")
_CHUNK = late(r"^[0-9a-fA-F]{1,8}$")
_BAD = frozenset({"failure", "error", "uxsuccess", "fail"})


class _Tests:
    """The tests of one stream, and what was said of them."""

    def __init__(self) -> None:
        self._open: dict[str, list[LogLine]] = {}
        self._failed: dict[str, Finding] = {}

    def begin(self, name: str, number: int) -> None:
        if len(self._open) < _MOST:
            self._open.setdefault(name[:_WIDTH], [LogLine(number, name[:_WIDTH])])

    def add_lines(self, name: str, text: str, number: int) -> None:
        self.begin(name, number)
        said = self._open.get(name[:_WIDTH], [])
        lines = [line[:_WIDTH] for line in text.splitlines() if line.strip()]
        del lines[_LINES // 2 : -_LINES // 2]
        said += [LogLine(number, line) for line in lines]
        del said[_LINES // 2 : -_LINES // 2]

    def end(self, name: str, outcome: str, number: int) -> None:
        """A test that is over; of one that failed before, what is said first counts."""
        name = name[:_WIDTH]
        lines = self._open.pop(name, []) or [LogLine(number, name)]
        test = find_unittest_id(name) or make_test_id(name)
        if outcome not in _BAD or test in self._failed or len(self._failed) >= _MOST:
            return
        raised = parse_traceback(lines[1:], None)
        told = raised.message if raised else lines[-1].text.strip()
        told = "it passed against expectation" if outcome == "uxsuccess" else told
        self._failed[test] = Finding(
            find_kind(told),
            tuple(lines),
            told,
            test,
            raised.exception if raised else None,
            raised.location if raised else None,
        )

    def finish(self, trouble: str) -> FormatResult:
        """Whoever is open still, ended the run."""
        for name, lines in self._open.items():
            test = find_unittest_id(name) or make_test_id(name)
            left = Finding(Kind.CRASH, tuple(lines), f"the run ended in {test}", test)
            self._failed.setdefault(test, left)
        run = TestRun("subunit", complete=False)
        notes = (f"the subunit stream is broken: {trouble}",) if trouble else ()
        return FormatResult("subunit", tuple(self._failed.values()), (run,), notes=notes)


class SubunitText:
    """Version 1: lines, with details in brackets."""

    def __init__(self) -> None:
        self._tests = _Tests()
        self._held = b""
        self._number = 0
        self._test, self._outcome = "", ""  # whose details come
        self._is_multipart = self._is_named = False
        self._left = 0  # bytes of a part
        self._begun = b""  # a line of it
        self._trouble = ""

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""
        data, at = self._held + chunk, 0
        while at < len(data):
            if self._left:
                part = data[at : at + self._left]
                at += len(part)
                self._take_part(part)
                continue
            end = data.find(b"\n", at)
            if end < 0:
                break
            self._number += 1
            self._take_line(data[at:end].removesuffix(b"\r"))
            at = end + 1
        self._held = data[at:]
        if len(self._held) > _LONGEST:
            self._trouble, self._held = "a line without an end", b""

    def _take_part(self, part: bytes) -> None:
        """Some of a part; its last line may go on in the next piece."""
        self._left -= len(part)
        *lines, rest = (self._begun + part).split(b"\n")
        self._begun = rest[: 4 * _WIDTH]
        if not self._left:
            lines, self._begun = [*lines, rest], b""
        self._tests.add_lines(self._test, _decode(b"\n".join(lines)), self._number)
        self._number += part.count(b"\n")

    def _take_line(self, line: bytes) -> None:
        text = _decode(line)
        if self._outcome:
            self._take_detail(text)
            return
        found = _COMMAND.match(text)
        if not found:
            return  # what a test printed
        rest = found["rest"]
        name = re.sub(r" \[(?: multipart)?$", "", rest)
        if found["what"] in ("test", "testing"):
            self._tests.begin(name, self._number)
        elif name == rest:
            self._tests.end(name, found["what"], self._number)
        else:
            self._test, self._outcome = name, found["what"]
            self._is_multipart = rest.endswith(" multipart")

    def _take_detail(self, text: str) -> None:
        if text == "]":
            self._tests.end(self._test, self._outcome, self._number)
            self._outcome = ""
        elif not self._is_multipart:
            self._tests.add_lines(self._test, text.removeprefix(" "), self._number)
        elif self._is_named or text.startswith("Content-Type:"):
            self._is_named = not self._is_named  # the name of the part stands below its type
        elif _CHUNK.match(text):
            self._left = int(text, 16)

    def finish(self) -> FormatResult:
        """What failed."""
        return self._tests.finish(self._trouble)

    @property
    def is_broken(self) -> bool:
        """True when not all of it could be read."""
        return bool(self._trouble)


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")


_SIGN = b"\xb3"
_STATUS = ("", "exists", "inprogress", "success", "uxsuccess", "skip", "fail", "xfail")
_HAS_ID, _HAS_TIME, _HAS_TAGS, _HAS_TYPE, _HAS_FILE = 0x800, 0x200, 0x80, 0x20, 0x40
_VERSION = 0x2
_MOST_WASTED = 1 << 28  # bytes of what only looked like packets
_GAVE_UP = "reading stopped behind"
_LEAST = 8  # bytes: sign, flags, length, nothing, checksum


class SubunitPackets:
    """Version 2: packets of bytes, with a checksum each; what is between them was printed."""

    def __init__(self) -> None:
        self._tests = _Tests()
        self._held = b""
        self._packets = 0
        self._wasted = 0
        self._trouble = ""

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""
        self._held = self._take_all(self._held + chunk)

    def _take_all(self, data: bytes) -> bytes:
        """Read the packets; the beginning of one that has not all come is left."""
        at = 0
        while not self._trouble.startswith(_GAVE_UP):
            sign = data.find(_SIGN, at)
            if sign < 0 or len(data) - sign < _LEAST:
                return data[sign:] if sign >= 0 else b""
            behind = self._read(data, sign, is_due=sign == at)
            if behind is None:
                return data[sign:]
            at = behind
        return b""

    def _read(self, data: bytes, at: int, *, is_due: bool) -> int | None:
        """The packet that begins here, and where the next one may; None while it has not all come.

        The sign alone is also half a letter of what tests print.
        """
        length, behind = _read_number(data, at + 3)
        flags = int.from_bytes(data[at + 1 : at + 3])
        if flags >> 12 != _VERSION or not flags & _HAS_ID or not _LEAST <= length <= _LONGEST:
            return at + 1
        packet = data[at : at + length]
        if len(packet) < length:
            return None
        if crc32(packet[:-4]) != int.from_bytes(packet[-4:]):
            self._wasted += length
            if is_due and not self._trouble:
                self._trouble = f"packet {self._packets + 1} has a wrong checksum"
            if self._wasted > _MOST_WASTED:
                self._trouble = f"{_GAVE_UP} packet {self._packets + 1}: there is more noise"
            return at + 1
        self._packets += 1
        self._take(packet[:-4], behind - at)
        return at + length

    def _take(self, packet: bytes, at: int) -> None:
        flags = int.from_bytes(packet[1:3])
        if flags & _HAS_TIME:
            at = _read_number(packet, at + 4)[1]
        name, at = _read_bytes(packet, at)
        if flags & _HAS_TAGS:
            count, at = _read_number(packet, at)
            for _ in range(min(count, len(packet))):
                at = _read_bytes(packet, at)[1]
        is_text = True
        if flags & _HAS_TYPE:
            kind, at = _read_bytes(packet, at)
            is_text = kind.startswith((b"text/", b"application/json"))
        test = _decode(name)
        if flags & _HAS_FILE and is_text:
            content = _read_bytes(packet, _read_bytes(packet, at)[1])[0]
            self._tests.add_lines(test, _decode(content), self._packets)
        status = _STATUS[flags & 7]
        if status == "inprogress":
            self._tests.begin(test, self._packets)
        elif status not in ("", "exists"):
            self._tests.end(test, status, self._packets)

    def finish(self) -> FormatResult:
        """What failed."""
        is_cut, before = bool(self._held), self._packets
        while self._held and self._wasted <= _MOST_WASTED:
            # What looked like a packet may be none, and have hidden some.
            self._wasted += len(self._held)
            self._held = self._take_all(self._held[1:])
        if is_cut and self._packets == before and not self._trouble:
            self._trouble = "it ends in the middle of a packet"
        return self._tests.finish(self._trouble)

    @property
    def is_broken(self) -> bool:
        """True when not all of it could be read."""
        return bool(self._trouble)


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to four bytes, as its first two bits say, and where it ends."""
    if at >= len(data):
        return 0, at
    size = (data[at] >> 6) + 1
    return int.from_bytes(data[at : at + size]) & ((1 << (8 * size - 2)) - 1), at + size


def _read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _read_number(data, at)
    return data[at : at + length], at + length


def open_subunit(start: bytes) -> SubunitText | SubunitPackets | None:
    """A reader for what begins like a stream of subunit; None for anything else."""
    if start[:1] == _SIGN and len(start) > 1 and start[1] >> 4 == _VERSION:
        return SubunitPackets()
    return SubunitText() if _BEGIN.match(_decode(start[:4096])) else None
