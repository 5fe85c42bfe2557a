"""pip and uv: the output of a build that they ran stands in a box, behind six blanks.

Input: where a box begins and ends. Output: none; the lines in it are unwrapped for all formats.
"""

from __future__ import annotations

import re
from typing import ClassVar

from bot.logs.formats.base import Format, Hit, Rule, rule
from bot.logs.log_metadata import LogMetadata

_INDENT = 6


class Installers(Format):
    """The boxes of pip (since 21.3) and uv."""

    suite = "installer"
    rules: ClassVar[tuple[Rule, ...]] = (
        rule("lines of output]", r"^ *╰─> \[\d+ lines of output\]$", "open_box"),
        rule("[end of output]", r"^ *\[end of output\]$", "close_box"),
        rule("[stdout]", r"^ {6}\[stdout\]$", "open_once"),
        rule("[stderr]", r"^ {6}\[stderr\]$", "open_once"),
        rule("hint: This usually", r"^(?: {6})?hint: This usually indicates", "close_once"),
    )

    def __init__(self, facts: LogMetadata) -> None:
        super().__init__(facts)
        self._is_open = False  # of uv's boxes, which do not stand in one another

    def open_box(self, hit: Hit, _match: re.Match[str]) -> None:
        """pip; a build may run pip again."""
        hit.indent(_INDENT)

    def close_box(self, hit: Hit, _match: re.Match[str]) -> None:
        """The same, the end."""
        hit.indent(-_INDENT)

    def open_once(self, hit: Hit, _match: re.Match[str]) -> None:
        """uv; two streams stand below each other."""
        if not self._is_open:
            hit.indent(_INDENT)
        self._is_open = True

    def close_once(self, hit: Hit, _match: re.Match[str]) -> None:
        """What uv says behind it."""
        if self._is_open:
            hit.indent(-_INDENT)
        self._is_open = False
