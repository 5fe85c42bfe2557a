"""A real terminal: a command writes to a pseudo-terminal, and pyte shows what is seen there."""

import asyncio
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

import pyte

from tests.cli.running import ROOT

_ROWS = 200  # so that nothing scrolls away


class TerminalRun:
    """One command in a terminal of so many columns."""

    def __init__(self, columns: int, rows: int = _ROWS) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.columns = columns

    @property
    def lines(self) -> list[str]:
        """What stands there, without the empty rows at the end."""
        rows = [row.rstrip() for row in self.screen.display]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def find_colour(self, words: str) -> str:
        """The colour of the first letter of these words."""
        for y, row in enumerate(self.screen.display):
            if words in row:
                return str(self.screen.buffer[y][row.index(words)].fg)
        raise AssertionError(f"{words!r} does not stand there:\n{self.text}")


async def run_in_terminal(
    folder: Path,
    environ: Mapping[str, str],
    *arguments: str,
    columns: int = 80,
    rows: int = _ROWS,
    until: Callable[[TerminalRun], bool] | None = None,
) -> tuple[int, TerminalRun]:
    """Its exit status, and what is seen; `until` it is seen: then Ctrl-C is pressed."""
    run, (main, side) = TerminalRun(columns, rows), pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    names = ("PATH", "XDG_CACHE_HOME")
    inherited = {name: os.environ[name] for name in names if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env={
            **inherited,
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm",
            "PYTHONIOENCODING": "utf-8",
            **environ,
        },
        stdin=side,
        stdout=side,
        stderr=side,
        start_new_session=True,
        # A shell starts what runs in its background with Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(side)
    loop, pressed = asyncio.get_running_loop(), False
    while chunk := await loop.run_in_executor(None, _read, main):
        run.raw += chunk
        run.stream.feed(chunk)
        if until is not None and not pressed and until(run):
            pressed = True
            process.send_signal(signal.SIGINT)
    os.close(main)
    return await process.wait(), run


def _read(main: int) -> bytes:
    """Empty at the end, which Linux tells of a pseudo-terminal as an error."""
    try:
        return os.read(main, 65_536)
    except OSError:
        return b""
