"""`explain FILE|-`: what a build log says, for people or as JSON."""

from __future__ import annotations

import argparse
import bz2
import gzip
import json
import lzma
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, BinaryIO, Literal, cast

from bot.core.errors import UserError
from bot.core.model import Failure, Reading
from bot.logs import LogScanner, reading_as_json

HELP = "say what failed in a build log, with the lines that show it"

_CHUNK = 1 << 20
_Compression = Literal["gzip", "xz", "bzip2"]
_MAGIC: tuple[tuple[bytes, _Compression], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
)
_BROKEN = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, OSError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", metavar="FILE", help="a log, also .gz or .xz; - reads stdin")
    parser.add_argument("--json", action="store_true", help="print the fixed JSON shape")


def run(args: argparse.Namespace) -> int:
    """Print the reading; 0 whatever the log holds. Raises `UserError` for a file that is not."""
    reading = load_reading(args.file)
    if args.json:
        print(json.dumps(reading_as_json(reading), ensure_ascii=False))
    else:
        print("\n".join(render_text(reading)))
    return 0


def load_reading(name: str) -> Reading:
    """Read a file, or stdin for `-`; a compressed file that is broken is read as far as it goes."""
    scanner = LogScanner()
    note = ""
    with open_log(name) as file:
        try:
            for chunk in _chunks(file):
                scanner.feed(chunk)
        except _BROKEN as error:
            note = f"the file is broken behind this: {error}"
    reading = scanner.finish()
    return replace(reading, notes=(*reading.notes, note), partial=True) if note else reading


def open_log(name: str) -> IO[bytes]:
    """The log as plain bytes; compression is told by its first bytes, not by its name."""
    if name == "-":
        raw: BinaryIO = sys.stdin.buffer
    else:
        path = Path(name)
        if path.is_dir():
            raise UserError(f"{name} is a folder, not a log")
        try:
            raw = path.open("rb")
        except OSError as error:
            raise UserError(f"cannot read {name}: {error.strerror}") from error
    return _decompress(raw)


def _decompress(raw: BinaryIO) -> IO[bytes]:
    peek = getattr(raw, "peek", None)
    start: bytes = peek(6) if peek else b""
    match next((name for magic, name in _MAGIC if start.startswith(magic)), None):
        case "gzip":
            return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
        case "xz":
            return lzma.LZMAFile(raw)
        case "bzip2":
            return bz2.BZ2File(raw)
    return raw


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def render_text(reading: Reading) -> Iterator[str]:
    """The reading for people, line by line."""
    yield f"{reading.kind}" + (
        f", exit status {reading.exit_status}" if reading.exit_status else ""
    )
    for failure in reading.failures:
        yield f"  {_render_failure(failure)}"
    if reading.excerpt:
        yield ""
        yield from reading.excerpt
        yield ""
    for name in ("command", "seed", "rerun", "reproduce"):
        value = getattr(reading, name)
        if value:
            yield f"{name}: {value}"
    for note in reading.notes:
        yield f"note: {note}"


def _render_failure(failure: Failure) -> str:
    name = failure.test or failure.location or failure.suite
    again = {True: " (passed when run again)", False: " (failed again)", None: ""}
    return f"{name}: {failure.message}{again[failure.passed_on_rerun]}"
