"""`explain FILE|URL|-`: what a build log says, for people or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace

from bot.app.compiled_needles import keep_compiled, load_compiled
from bot.cli.environment import find_cache_folder, find_log_rules, load_environ
from bot.cli.log_file import Readable, open_log
from bot.cli.output import print_over
from bot.core.errors import UserError
from bot.core.log_reading import NOT_RED, Failure, Reading
from bot.core.log_rules import ProjectFormat
from bot.core.render.control_characters import show_controls
from bot.logs import FORMAT_NAMES, LogScanner, reading_as_json

HELP = "say what failed in a build log, with the lines that show it"

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
        metavar="NAME|FILE",
        type=_parse_format,
        help="look for this format only: a file of rules, or " + ", ".join(sorted(FORMAT_NAMES)),
    )
    parser.add_argument("--allow-host", metavar="HOST", help="ask this Buildbot, too")


def _parse_format(text: str) -> str:
    if text in FORMAT_NAMES or _is_file(text):
        return text
    raise argparse.ArgumentTypeError(
        f"{text!r} is no file of rules (FILE.toml), and none of {', '.join(sorted(FORMAT_NAMES))}"
    )


def _is_file(name: str) -> bool:
    return "/" in name or name.endswith(".toml")


def run(args: argparse.Namespace) -> int:
    """Print the reading; 0 whatever the log holds. Raises `UserError` for a file that is not."""
    reading = load_reading(args)
    if args.json:
        text = show_controls(json.dumps(reading_as_json(reading), ensure_ascii=False))
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
        from bot.cli.explain_build_url import read_build

        return read_build(args.file, load_environ(), args.allow_host)
    return read_file(args.file, args.format)


def read_file(name: str, only: str | None = None) -> Reading:
    """Read a file, or stdin for `-`; a compressed file that is broken as far as it goes.

    `only` names a format, or a file of rules.
    """
    scanner = _make_scanner(only)
    note = ""
    with open_log(name) as file:
        try:
            _feed(scanner, file)
        except (EOFError, OSError) as error:
            note = f"the file is broken behind this: {error}"
    reading = scanner.finish()
    return replace(reading, notes=(*reading.notes, note), partial=True) if note else reading


def _make_scanner(only: str | None) -> LogScanner:
    """A reader that is compiled already, when it was on an earlier day."""
    if only:  # few needles: compiled as soon as loaded
        rules = _load_rules("--format", only) if _is_file(only) else ()
        return LogScanner(rules[0].name if rules else only, rules=rules)
    folder, named = find_cache_folder(), find_log_rules()
    rules = _load_rules("LOG_RULES", named) if named else ()
    scanner = LogScanner(compiled=load_compiled(folder, own=bool(rules)), rules=rules)
    compiled = scanner.dump_compiled()
    if compiled:
        keep_compiled(folder, compiled, own=bool(rules))
    return scanner


def _load_rules(where: str, names: str) -> tuple[ProjectFormat, ...]:
    # Most logs are read without.
    from bot.app.log_rules import parse_log_rules

    try:
        return parse_log_rules(names)
    except ValueError as error:
        raise UserError(f"{where} {error}") from error


def _feed(scanner: LogScanner, file: Readable) -> None:
    shown = 0
    visible = sys.stderr.isatty()
    while scanner.fill(file.readinto):
        if visible and scanner.size - shown >= _PROGRESS_EVERY:
            shown = scanner.size
            print_over(f"read {shown // 1_000_000} MB")
    if shown:
        print_over("", end="\r")


def render_text(reading: Reading, *, coloured: bool = False) -> Iterator[str]:
    """The reading for people, line by line."""
    paint = _paint if coloured else _leave
    for note in reading.notes:
        if note.startswith(NOT_RED):
            yield paint(note, _BOLD)
    status = f", exit status {reading.exit_status}" if reading.exit_status is not None else ""
    yield paint(str(reading.kind), _BOLD_RED) + status
    for failure in reading.failures[:_SHOWN]:
        again = _AGAIN[failure.passed_on_rerun]
        yield f"  {paint(_name(failure), _BOLD)}: {show_controls(failure.message)}{again}"
    if len(reading.failures) > _SHOWN:
        yield f"  and {len(reading.failures) - _SHOWN} more"
    if reading.excerpt:
        yield ""
        yield from (paint(f"  | {line}" if coloured else line, _DIM) for line in reading.excerpt)
        yield ""
    for name in ("command", "seed", "rerun", "reproduce"):
        value = getattr(reading, name)
        if value:
            yield f"{paint(name, _BOLD)}: {show_controls(value)}"
    notes = reading.notes if reading.bytes else (*reading.notes, "the log is empty")
    for note in notes:
        if not note.startswith(NOT_RED):
            yield paint(f"note: {note}", _DIM)


# More failures than this scroll the first ones, which matter most, out of sight.
_SHOWN = 20
_AGAIN = {True: " (passed when run again)", False: " (failed again)", None: ""}
_BOLD_RED, _BOLD, _DIM = "1;31", "1", "2"


def _paint(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{show_controls(text)}\x1b[0m"


def _leave(text: str, _colour: str) -> str:
    return show_controls(text)


def _name(failure: Failure) -> str:
    return failure.test or failure.location or failure.suite
