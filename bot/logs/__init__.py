"""A build log as bytes → what failed, the lines that show it, and how to see it again.

Input: chunks of any size, of a log of any size and any content. Output: a `model.Reading`.
Pure: no clock, no files, no environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.core.log_reading import Reading
from bot.core.log_rules import ProjectFormat
from bot.logs.build_reading import SkippedPattern, build_reading
from bot.logs.cross_check import cross_check
from bot.logs.embedded_files import EmbeddedFiles, drop_files_lines, find_files_news
from bot.logs.encodings import Transcoder
from bot.logs.formats import FORMATS, FRAMES
from bot.logs.formats.base import FormatResult
from bot.logs.formats.project import make_format
from bot.logs.json_output import reading_as_json
from bot.logs.log_metadata import LogMetadata
from bot.logs.merge_readings import merge_readings
from bot.logs.result_files import ResultFile, is_tap, open_result_file
from bot.logs.scanner import Scanner

FORMAT_NAMES = tuple(dict.fromkeys(form.suite for form in FORMATS if form not in FRAMES))
"""What a log can be read as."""

__all__ = [
    "FORMAT_NAMES",
    "LogScanner",
    "cross_check",
    "merge_readings",
    "read_log",
    "reading_as_json",
]


# So much is read the slow way, until it is known that the log is UTF-8; of UTF-16 all of it.
_FIRST = 1 << 16


class LogScanner:
    """Reads one log: `feed` it, then `finish`."""

    def __init__(
        self,
        only: str | None = None,
        compiled: bytes = b"",
        rules: Sequence[ProjectFormat] = (),
    ) -> None:
        """`only` names the one format to look for, out of `FORMAT_NAMES` and of these rules.

        `rules` are a project's own formats, believed before ours.

        `compiled` is what an earlier process got from `dump_compiled`: it saves most of the time
        and memory of starting. What does not fit is ignored.
        """
        self._facts = LogMetadata()
        known = (*map(make_format, rules), *FORMATS)
        wanted = [form for form in known if only in (None, form.suite) or form in FRAMES]
        self._formats = tuple(form(self._facts) for form in wanted)
        self._embedded = EmbeddedFiles(self._facts)
        watching = (*self._formats, self._embedded)
        self._scanner = Scanner(watching if only is None else self._formats, self._facts, compiled)
        self._transcoder = Transcoder()
        self._file: ResultFile | None = None
        self._is_tap = False
        self.size = 0  # the bytes so far

    def dump_compiled(self) -> bytes | None:
        """What to hand to the next process as `compiled`; None when nothing is new.

        To be asked before anything is fed.
        """
        return self._scanner.dump_compiled()

    def feed(self, chunk: bytes) -> None:
        """The next bytes; memory stays the same however many come."""
        self.size += len(chunk)
        self._take(self._transcoder.feed(chunk))

    def _take(self, text: bytes) -> None:
        if not self._scanner.bytes and text:
            self._file, self._is_tap = open_result_file(text), is_tap(text)
        if self._file:
            self._file.feed(text)
        self._scanner.feed(text)

    def fill(self, readinto: Callable[[memoryview], int]) -> bool:
        """As `feed`, without a copy: `readinto` puts the next bytes; False when it has none."""
        if self._transcoder.passes and self._file is None:
            size = self._scanner.fill(readinto)
            self.size += size
        else:
            room = bytearray(_FIRST)
            size = readinto(memoryview(room))
            self.feed(bytes(room[:size]))
        return size > 0

    def finish(self) -> Reading:
        """What the log says. Nothing may be fed afterwards."""
        self._take(self._transcoder.feed(b"", final=True))
        self._scanner.finish()
        if self._file:
            return self._read_file(self._file)
        outcomes = {form: outcome for form in self._formats if (outcome := form.say())}
        given_up = [
            SkippedPattern(
                needle, line, frozenset(outcomes[f].suite for f in formats if f in outcomes)
            )
            for needle, (line, formats) in self._scanner.given_up.items()
        ]
        self._embedded.finish()
        console = drop_files_lines(tuple(outcomes.values()), self._embedded.files)
        reading = self._build(console, given_up)
        files = find_files_news(reading, self._embedded)
        return self._build((*console, files), given_up) if files else reading

    def _build(
        self, outcomes: Sequence[FormatResult], given_up: Sequence[SkippedPattern] = ()
    ) -> Reading:
        reading = build_reading(
            outcomes, self._facts, size=self.size, lines=self._scanner.lines, given_up=given_up
        )
        return replace(reading, is_file=self._is_tap)

    def _read_file(self, file: ResultFile) -> Reading:
        """Of a file for machines only what its tags say: all else in it was printed by tests."""
        reading = self._build((file.finish(),))
        notes = reading.notes
        if not reading.failures and not notes:
            notes = ("no failure is in this file; what else became of its run it does not tell",)
        return replace(reading, notes=notes, partial=file.is_broken, is_file=True)


def read_log(chunks: Iterable[bytes], rules: Sequence[ProjectFormat] = ()) -> Reading:
    """The reading of a whole log."""
    scanner = LogScanner(rules=rules)
    for chunk in chunks:
        scanner.feed(chunk)
    return scanner.finish()
