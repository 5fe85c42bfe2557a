"""A compressed log as plain bytes.

Imported when a log is compressed: the libraries take as long as reading a small log.
"""

from __future__ import annotations

import io
import zlib
from importlib import import_module
from lzma import LZMAError


class CompressedLog(io.RawIOBase):
    """Reads an archive as far as it goes; raises `OSError` or `EOFError` where it is broken."""

    def __init__(self, raw: io.BufferedIOBase, library: str) -> None:
        """`library` is `gzip`, `lzma` or `bz2`."""
        self._file: io.BufferedIOBase = import_module(library).open(raw)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]  # any buffer
        """The next bytes; those before a break come first."""
        try:
            chunk: bytes = self._file.read1(len(room))
        except (LZMAError, zlib.error) as error:
            raise OSError(str(error)) from error
        room[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close the file as well."""
        self._file.close()
        super().close()
