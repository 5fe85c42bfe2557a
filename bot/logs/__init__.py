"""A build log as bytes → what failed, the lines that show it, and how to see it again.

Input: chunks of any size, of a log of any size and any content. Output: a `model.Reading`.
Pure: no clock, no files, no environment.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.model import Reading
from bot.logs.as_json import reading_as_json
from bot.logs.conclude import GivenUp, conclude
from bot.logs.facts import LogFacts
from bot.logs.formats import FORMATS, FRAMES
from bot.logs.merge import merge_readings
from bot.logs.scan import Scanner

FORMAT_NAMES = tuple(dict.fromkeys(form.suite for form in FORMATS if form not in FRAMES))
"""What a log can be read as."""

__all__ = ["FORMAT_NAMES", "LogScanner", "merge_readings", "read_log", "reading_as_json"]


class LogScanner:
    """Reads one log: `feed` it, then `finish`."""

    def __init__(self, only: str | None = None) -> None:
        """`only` names the one format to look for, out of `FORMAT_NAMES`."""
        self._facts = LogFacts()
        wanted = [form for form in FORMATS if only in (None, form.suite) or form in FRAMES]
        self._formats = tuple(form(self._facts) for form in wanted)
        self._scanner = Scanner(self._formats, self._facts)

    def feed(self, chunk: bytes) -> None:
        """The next bytes; memory stays the same however many come."""
        self._scanner.feed(chunk)

    def finish(self) -> Reading:
        """What the log says. Nothing may be fed afterwards."""
        self._scanner.finish()
        outcomes = {form: outcome for form in self._formats if (outcome := form.say())}
        given_up = [
            GivenUp(needle, line, frozenset(outcomes[f].suite for f in formats if f in outcomes))
            for needle, (line, formats) in self._scanner.given_up.items()
        ]
        return conclude(
            tuple(outcomes.values()),
            self._facts,
            size=self._scanner.bytes,
            lines=self._scanner.lines,
            given_up=given_up,
        )


def read_log(chunks: Iterable[bytes]) -> Reading:
    """The reading of a whole log."""
    scanner = LogScanner()
    for chunk in chunks:
        scanner.feed(chunk)
    return scanner.finish()
