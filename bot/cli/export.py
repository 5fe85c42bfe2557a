"""`nightswatch export [FILE]`: the watched fleet's past as a history file for `backtest`."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bot.app.past import load_past
from bot.app.settings import Settings
from bot.app.wiring import SystemClock
from bot.cli.environment import load_environ
from bot.cli.output_file import open_target
from bot.cli.progress_bar import ProgressBar
from bot.core.errors import UserError
from bot.core.history.write import render_history

HELP = "Write the past of the watched fleet as a history file, for backtest."

_LINES_A_TICK = 2000  # between two looks of the bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and of what."""
    parser.add_argument(
        "file",
        nargs="?",
        default="-",
        metavar="FILE",
        help="a name that is not there yet, packed where it ends in .gz; standard output without",
    )
    parser.add_argument(
        "--repository", metavar="OWNER/NAME", help="of which one, where several are watched"
    )
    parser.add_argument("--branch", metavar="NAME", help="only this one")


def run(args: argparse.Namespace) -> int:
    """Load, and write; a file that was not written to its end is taken away again."""
    settings = Settings.from_environ(load_environ())
    if args.file != "-" and Path(args.file).exists():
        raise UserError(f"{args.file} is there already: give a new name")
    with ProgressBar() as bar:
        bar.show("reading the store", 0, 0)
        loading = load_past(settings, SystemClock(), args.repository, args.branch)
        repository, pasts = asyncio.run(loading)
        builds = sum(len(past.observations) for past in pasts)
        lines = builds + sum(len(past.line.commits) for past in pasts)
        with open_target(args.file) as target:
            count = _write(target, render_history(repository.full_name, pasts), lines, bar)
    print(f"{args.file}: {count} lines, {builds} builds", file=sys.stderr)
    return 0


def _write(target: IO[str], lines: Iterator[str], expected: int, bar: ProgressBar) -> int:
    count = 0
    for count, line in enumerate(lines, 1):
        target.write(line + "\n")
        if count % _LINES_A_TICK == 0:
            bar.show("lines written", count, max(expected, count))
    return count
