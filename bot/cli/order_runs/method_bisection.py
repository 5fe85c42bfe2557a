"""Regrtest's own search, `python -m test.bisect_cmd`, for the method that leaks.

It halves the methods of a file at random and keeps what still fails; what it has it writes into a
file, from which it goes on.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from bot.cli.order_runs.process import Ended, run_to_end
from bot.core.errors import UserError

_FOUND = re.compile(r"^Tests \(\d{1,9}\):\n((?:\* .*\n)+)", re.MULTILINE)
_FAILED_TO = re.compile(r"^Failed to list tests.*$|No module named .*$", re.MULTILINE)


def find_methods(command: str, kept: Path, timeout: float) -> tuple[Ended, tuple[str, ...]]:
    """Run it, showing what it prints; how it ended, and the methods that are left.

    `kept` is where it writes what it has, and goes on from. Raises `UserError` where it does not
    run at all.
    """
    words = shlex.split(command)
    at = words.index("test.bisect_cmd") + 1 if "test.bisect_cmd" in words else None
    if at is not None:
        going_on = ["-i", str(kept)] if kept.is_file() and kept.stat().st_size else []
        words[at:at] = [*going_on, "-o", str(kept)]
    ended = run_to_end(words, timeout, _show)
    wrong = _FAILED_TO.search(ended.tail)
    if wrong:
        raise UserError(f"{command}: {wrong[0]}")
    found = _FOUND.search(ended.tail)
    return ended, tuple(line[2:] for line in found[1].splitlines()) if found else ()


def _show(chunk: bytes) -> None:
    """On stderr: standard output is for what was found."""
    sys.stderr.write(chunk.decode("utf-8", "replace"))
    sys.stderr.flush()
