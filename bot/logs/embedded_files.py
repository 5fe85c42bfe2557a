"""JUnit files that somebody printed into a log, `cat report.xml` behind the tests.

Input: the lines of the log from where such a file begins. Output: the files that came whole, with
the lines that they take up, and what is wrong with the others. The lines are shown to all formats
as well: what only looks like a file must hide nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from bot.core.log_reading import Reading
from bot.logs.cross_check import find_news
from bot.logs.formats.base import Format, FormatResult, Hit, LineSpan, Rule, rule
from bot.logs.junit_xml import JunitReader
from bot.logs.lines import LogLine
from bot.logs.log_metadata import LogMetadata

# A build prints one for each of its modules; what only looked like some is given up early.
_MOST, _MOST_BROKEN = 500, 8
# Of a test that printed more, or of a text that only begins like a file, the rest is not followed:
# that takes fifty times as long as to search it.
_MOST_WITHOUT_TAG = 4_000_000
_BEGIN = r"^(?:<\?xml[^>]*\?>)?\s*<testsuites?(?:\s+[\w:.-]+=|\s*>|\s*$)"
_END = b"</testsuite"


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file in a log: its lines, and what it says."""

    span: LineSpan
    result: FormatResult


class EmbeddedFiles(Format):
    """Files for machines within a log. By itself it finds nothing."""

    suite = "junit"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule(
            "<testsuite", r"^(?:<\?xml[^>]*\?>)?\s*<testsuites?(?:\s+[\w:.-]+=|\s*>|\s*$)", "begin"
        ),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self.files: list[EmbeddedFile] = []
        self.broken: list[EmbeddedFile] = []
        self._reader: JunitReader | None = None
        self._first = self._next = 0  # the lines where it began, and that comes now
        self._without_tag = 0  # bytes

    def begin(self, hit: Hit, _match: re.Match[str]) -> None:
        """A file, unless this line is part of one, or there are too many."""
        number = hit.line.number
        enough = len(self.files) >= _MOST or len(self.broken) >= _MOST_BROKEN
        if self._reader or number < self._next or enough:
            return
        self._reader, self._first, self._next = JunitReader(number), number, number
        self._without_tag = 0
        hit.follow(self._take)

    def _take(self, text: bytes) -> bool:
        """A line of it, or a piece of a very long one; False when no more is wanted."""
        reader = self._reader
        if reader is None:
            return False
        if LogLine(0, text[:200].decode("utf-8", "replace")).is_workers:
            return self._close()
        self._without_tag = 0 if b"<" in text else self._without_tag + len(text)
        if self._without_tag > _MOST_WITHOUT_TAG:
            return self._close()
        self._next += text.count(b"\n")
        # The worker's last words follow in the same line where the file ends without a newline.
        end = text.find(b">", text.rfind(_END)) + 1 if _END in text else 0
        reader.feed(text[:end])
        if not reader.is_closed:
            reader.feed(text[end:])
        return not (reader.is_closed or reader.is_broken) or self._close()

    def _close(self) -> bool:
        reader, self._reader = self._reader, None
        if reader is not None:
            last = max(self._first, self._next - 1)
            is_whole = reader.is_closed
            file = EmbeddedFile(LineSpan(self._first, last), reader.finish())
            (self.files if is_whole else self.broken).append(file)
        return False

    def finish(self) -> None:
        """The log may end within a file."""
        self._close()


def drop_files_lines(
    outcomes: Sequence[FormatResult], files: Sequence[EmbeddedFile]
) -> tuple[FormatResult, ...]:
    """What the formats found, without what they read out of files."""
    spans = [file.span for file in files]
    return tuple(kept for outcome in outcomes if (kept := _without(outcome, spans)) is not None)


def _without(outcome: FormatResult, spans: Sequence[LineSpan]) -> FormatResult | None:
    inside = next((span for span in spans if span.holds(outcome.span.first)), None)
    kept = tuple(f for f in outcome.findings if not any(span.holds(f.at) for span in spans))
    ends = inside is not None and (outcome.span.last is None or inside.holds(outcome.span.last))
    return None if ends and not kept else replace(outcome, findings=kept)


def find_files_news(console: Reading, embedded: EmbeddedFiles) -> FormatResult | None:
    """What the files say that the console does not; None where there are none.

    Of what is broken only where the console names nothing.
    """
    files = [*embedded.files, *([] if console.tests else embedded.broken)]
    told = [
        replace(finding, suite=file.result.suite)
        for file in files
        for finding in file.result.findings
    ]
    if not files:
        return None
    kept, notes = find_news(console, [finding.test for finding in told])
    runs = () if console.runs else files[0].result.runs
    trouble = (note for file in files if file.result.findings for note in file.result.notes)
    return FormatResult(
        "junit", tuple(told[n] for n in kept), runs, notes=tuple(dict.fromkeys((*trouble, *notes)))
    )
