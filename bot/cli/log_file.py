"""A log on disk or on standard input as plain bytes, whatever it is packed with."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import cast

from bot.core.errors import UserError

Readable = io.BufferedIOBase | io.RawIOBase
"""What has `readinto`."""

# Which library opens what begins with these bytes.
_LIBRARIES = ((b"\x1f\x8b", "gzip"), (b"\xfd7zXZ\x00", "lzma"), (b"BZh", "bz2"))


def open_log(name: str) -> Readable:
    """The log as plain bytes; compression is told by its first bytes, not by its name."""
    if name == "-":
        raw = cast("io.BufferedIOBase", sys.stdin.buffer)
    else:
        path = Path(name)
        if not name:
            raise UserError("the name of the log is empty")
        if path.is_dir():
            raise UserError(f"{name} is a folder, not a log")
        try:
            raw = path.open("rb")
        except OSError as error:
            raise UserError(f"cannot read {name}: {error.strerror}") from error
    try:
        return _decompress(raw)
    except OSError as error:  # a failing disk, or a file that is none
        raise UserError(f"cannot read {name}: {error.strerror}") from error


def _decompress(raw: io.BufferedIOBase) -> Readable:
    peek = getattr(raw, "peek", None)
    start: bytes = peek(6) if peek else b""
    library = next((name for mark, name in _LIBRARIES if start.startswith(mark)), None)
    if library is None:
        return raw
    # Most logs are plain, and need not wait for the libraries.
    from bot.cli.compressed_log import CompressedLog

    return CompressedLog(raw, library)
