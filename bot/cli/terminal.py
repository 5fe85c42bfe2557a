"""A person's terminal, or what stands in its place: how wide it is, its colours and its shapes.

In: a stream. Out: lines on it; no text of anybody can steer it. In a pipe there are no colours and
nothing is cut; where the encoding has no shapes for results, letters stand for them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from bot.cli.environment import load_process_environ
from bot.core.render.control_characters import show_controls

if TYPE_CHECKING:
    from rich.text import Text

Part = tuple[str, str]
"""Words, and their style as rich names it."""

Line = list[Part]

_UNCUT = 100_000  # columns of a pipe
_LEAST = 20  # columns that something can be told in

# What our own words use beyond ASCII, for encodings that have no more.
_SHAPES = {
    "✓": "+", "✗": "X", "▲": "!", "▸": ">", "○": "?", "◌": "~", "…": "...", "–": "-", "→": "->",
    "·": "-", "█": "#", "░": ".",
}  # fmt: skip
_LETTERS = str.maketrans(_SHAPES)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where lines go."""

    stream: TextIO
    width: int
    has_colour: bool
    has_shapes: bool

    @property
    def is_narrow(self) -> bool:
        """Too narrow for a table."""
        return self.width < 72

    def print(self, lines: Iterable[Line]) -> None:
        """One below the other; what is too wide is cut. `BrokenPipeError` where nobody reads."""
        text = "".join(self.render(line) + "\n" for line in lines)
        encoded = text.encode(self.stream.encoding or "utf-8", "backslashreplace")
        binary = getattr(self.stream, "buffer", None)
        self.stream.flush()
        if binary is None:  # a test's
            self.stream.write(encoded.decode(self.stream.encoding or "utf-8"))
            return
        binary.write(encoded)
        binary.flush()

    def render(self, line: Line) -> str:
        """As the stream gets it, without an end."""
        parts = [(show_controls(words), style) for words, style in line]
        if not self.has_shapes:
            parts = [(words.translate(_LETTERS), style) for words, style in parts]
        if not self.has_colour and self.width >= _UNCUT:
            return "".join(words for words, _ in parts).rstrip()
        return self._cut(parts)

    def _cut(self, parts: list[Part]) -> str:
        from rich.console import Console

        text = self.make_text(parts)
        text.truncate(self.width, overflow="ellipsis" if self.has_shapes else "crop")
        text.rstrip()
        if not self.has_colour:
            return text.plain
        console = Console(
            width=self.width, color_system="standard", force_terminal=True, legacy_windows=False
        )
        with console.capture() as captured:
            console.print(text, end="", soft_wrap=True)
        return captured.get()

    @staticmethod
    def make_text(parts: Iterable[Part]) -> Text:
        """Rich's own; no markup is read in it."""
        from rich.text import Text

        return Text.assemble(*parts, no_wrap=True, end="")


def find_terminal(stream: TextIO | None = None) -> Terminal:
    """Standard output, as the environment has it: `COLUMNS`, `NO_COLOR`, `TERM`, the encoding."""
    stream = stream or sys.stdout
    is_terminal = stream.isatty()
    columns, environ = shutil.get_terminal_size((80, 24)).columns, load_process_environ()
    width = columns if is_terminal or environ.get("COLUMNS", "").isdecimal() else _UNCUT
    is_dumb = environ.get("TERM") == "dumb" or bool(environ.get("NO_COLOR"))
    return Terminal(
        stream=stream,
        width=max(width, _LEAST),
        has_colour=is_terminal and not is_dumb,
        has_shapes=_can_encode(stream.encoding, "".join(_SHAPES)),
    )


def _can_encode(encoding: str | None, text: str) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Screen:
    """The whole terminal for one thing that changes; a context manager that gives it back."""

    def __enter__(self) -> Screen:
        self._write(b"\x1b[?1049h\x1b[?25l")
        return self

    def __exit__(self, *_: object) -> None:
        self._write(b"\x1b[?25h\x1b[?1049l")

    def show(self, terminal: Terminal, lines: Iterable[Line]) -> None:
        """Anew from the top; what has no room below is left out."""
        rows = shutil.get_terminal_size((80, 24)).lines
        self._write(b"\x1b[H\x1b[2J")
        terminal.print([*lines][: max(rows - 1, 1)])

    @staticmethod
    def _write(code: bytes) -> None:
        sys.stdout.flush()
        sys.stdout.buffer.write(code)
        sys.stdout.buffer.flush()
