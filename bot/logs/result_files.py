"""What a test runner wrote for machines, told by how it begins.

Input: the first bytes of a log. Output: a reader for it, or None for a console.
"""

from __future__ import annotations

from typing import Protocol

from bot.core.patterns import late
from bot.logs.formats.base import FormatResult
from bot.logs.junit_xml import JunitReader, is_junit
from bot.logs.subunit import open_subunit

_TAP = late(r"^\s{0,9}(?:TAP version \d+\s|1\.\.\d+(?: #|\s)|(?:not )?ok \d+\b)")


class ResultFile(Protocol):
    """A file of results, as it is read."""

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""

    def finish(self) -> FormatResult:
        """What failed."""

    @property
    def is_broken(self) -> bool:
        """True when not all of it could be read."""


def open_result_file(start: bytes) -> ResultFile | None:
    """A reader for JUnit's and subunit's; TAP is read by its lines, wherever it stands."""
    return JunitReader() if is_junit(start) else open_subunit(start)


def is_tap(start: bytes) -> bool:
    """True for a file of the Test Anything Protocol."""
    text = start.removeprefix(b"\xef\xbb\xbf")[:200].decode("utf-8", "replace")
    return _TAP.match(text) is not None
