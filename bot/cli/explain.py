"""`explain FILE|URL|-`: what a build log says, for people or as JSON."""

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
from bot.logs import FORMAT_NAMES, LogScanner, reading_as_json

HELP = "say what failed in a build log, with the lines that show it"

_CHUNK = 1 << 20
_Compression = Literal["gzip", "xz", "bzip2"]
_MAGIC: tuple[tuple[bytes, _Compression], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
)
_BROKEN = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, OSError)


# A person who waits longer than a moment wants to see that something happens.
_PROGRESS_EVERY = 64 * 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "file", metavar="FILE|URL", help="a log, also .gz or .xz; a build's address; - is stdin"
    )
    parser.add_argument("--json", action="store_true", help="print the fixed JSON shape")
    parser.add_argument(
        "--format",
        metavar="NAME",
        choices=sorted(FORMAT_NAMES),
        help="look for this format only: " + ", ".join(sorted(FORMAT_NAMES)),
    )
    parser.add_argument("--allow-host", metavar="HOST", help="ask this Buildbot, too")


def run(args: argparse.Namespace) -> int:
    """Print the reading; 0 whatever the log holds. Raises `UserError` for a file that is not."""
    reading = load_reading(args)
    if args.json:
        text = json.dumps(reading_as_json(reading), ensure_ascii=False)
    else:
        text = "\n".join(render_text(reading, coloured=sys.stdout.isatty()))
    # Lone surrogates, half a character of a log: still a result, never a traceback.
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    return 0


def load_reading(args: argparse.Namespace) -> Reading:
    """The reading of a file, of stdin or of a build."""
    if args.file.lower().startswith(("http://", "https://")):
        if args.format:
            raise UserError("--format is for one log; a build has several")
        # Reading a file must not wait for the network's libraries.
        from bot.cli.explain_url import read_build
        from bot.cli.serve import load_environ

        return read_build(args.file, load_environ(), args.allow_host)
    return read_file(args.file, args.format)


def read_file(name: str, only: str | None = None) -> Reading:
    """Read a file, or stdin for `-`; a compressed file that is broken as far as it goes."""
    scanner = LogScanner(only)
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
    shown = size = 0
    visible = sys.stderr.isatty()
    # `read1` gives what was unpacked before an archive breaks; `read` would lose it.
    read = getattr(file, "read1", file.read)
    while chunk := read(_CHUNK):
        yield chunk
        size += len(chunk)
        if visible and size - shown >= _PROGRESS_EVERY:
            shown = size
            print(f"\rread {size // 1_000_000} MB", end="", file=sys.stderr, flush=True)
    if shown:
        print("\r" + " " * 20 + "\r", end="", file=sys.stderr, flush=True)


def render_text(reading: Reading, *, coloured: bool = False) -> Iterator[str]:
    """The reading for people, line by line."""
    paint = _paint if coloured else _leave
    status = f", exit status {reading.exit_status}" if reading.exit_status is not None else ""
    yield paint(str(reading.kind), _BOLD_RED) + status
    for failure in reading.failures[:_SHOWN]:
        again = _AGAIN[failure.passed_on_rerun]
        yield f"  {paint(_name(failure), _BOLD)}: {failure.message}{again}"
    if len(reading.failures) > _SHOWN:
        yield f"  and {len(reading.failures) - _SHOWN} more"
    if reading.excerpt:
        yield ""
        yield from (paint(f"  | {line}", _DIM) if coloured else line for line in reading.excerpt)
        yield ""
    for name in ("command", "seed", "rerun", "reproduce"):
        value = getattr(reading, name)
        if value:
            yield f"{paint(name, _BOLD)}: {value}"
    notes = reading.notes if reading.bytes else (*reading.notes, "the log is empty")
    for note in notes:
        yield paint(f"note: {note}", _DIM)


# More failures than this scroll the first ones, which matter most, out of sight.
_SHOWN = 20
_AGAIN = {True: " (passed when run again)", False: " (failed again)", None: ""}
_BOLD_RED, _BOLD, _DIM = "1;31", "1", "2"


def _paint(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def _leave(text: str, _colour: str) -> str:
    return text


def _name(failure: Failure) -> str:
    return failure.test or failure.location or failure.suite
