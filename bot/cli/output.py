"""What commands print: nothing that a log, a name or a page says can steer the terminal."""

from __future__ import annotations

import io
import sys
from typing import TextIO

from bot.core.render.control_characters import show_controls


class ShownOutput(io.TextIOWrapper):
    """A stream that shows control characters; colours of our own go to its `buffer`."""

    def write(self, text: str) -> int:
        """As any stream, for all that `print` is given."""
        super().write(show_controls(text))
        return len(text)


def print_over(text: str, *, end: str = "") -> None:
    """`text` in the place of stderr's last line, whose rest goes."""
    sys.stderr.flush()
    sys.stderr.buffer.write(f"\r{show_controls(text)}\x1b[K{end}".encode())
    sys.stderr.buffer.flush()


def show_on(stream: TextIO) -> TextIO:
    """The same stream, guarded; one without bytes below it (a test's) as it is."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    return ShownOutput(
        stream.buffer,
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
    )
