"""UTF-16 → UTF-8: what PowerShell and Visual Studio write into a file.

Input: chunks of any size. Output: the same text as UTF-8; of anything else the same bytes.
"""

from __future__ import annotations

import codecs

# Enough to tell; text of one byte a letter has no NULs, and binary has them on both sides.
_SAMPLE = 64
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Transcoder:
    """Decides by the first bytes, then passes on."""

    def __init__(self) -> None:
        self._held = b""
        self._decided = False
        self._decoder: codecs.IncrementalDecoder | None = None
        self.encoding: str | None = None  # where it was not UTF-8

    def feed(self, chunk: bytes, *, final: bool = False) -> bytes:
        """The next bytes as UTF-8; nothing as long as it is not decided."""
        if not self._decided:
            self._held += chunk
            if len(self._held) < _SAMPLE and not final:
                return b""
            chunk, self._held = self._held, b""
            self._decide(chunk)
        if self._decoder is None:
            return chunk
        return self._decoder.decode(chunk, final).encode("utf-8", "replace")

    @property
    def passes(self) -> bool:
        """True when it is decided, and all that comes stays what it is."""
        return self._decided and self._decoder is None

    def _decide(self, start: bytes) -> None:
        self._decided = True
        self.encoding = find_utf16(start)
        if self.encoding:
            self._decoder = codecs.getincrementaldecoder(self.encoding)("replace")


def find_utf16(start: bytes) -> str | None:
    """The encoding by its mark, or by a NUL in every second byte and none between."""
    if start[:2] in _MARKS:
        return _MARKS[start[:2]]
    even, odd = start[0:_SAMPLE:2], start[1:_SAMPLE:2]
    if len(odd) >= 4:
        if odd.count(0) > 0.8 * len(odd) and not even.count(0):
            return "utf-16-le"
        if even.count(0) > 0.8 * len(even) and not odd.count(0):
            return "utf-16-be"
    return None
