"""`nightswatch backup FILE`: a copy of the SQLite database, while the service runs."""

import argparse
from pathlib import Path

from bot.app.settings import read_some
from bot.cli.environment import load_environ
from bot.core.errors import UserError
from bot.store.backup import save_sqlite_backup
from bot.store.inspection import find_sqlite_file

HELP = "Copy the SQLite database to FILE while the service runs; to restore it, put it back."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a name that is not there yet")


def run(args: argparse.Namespace) -> int:
    """Copy; needs no setting but those of the database."""
    settings = read_some(load_environ(), "DATABASE_URL", "DATABASE_PASSWORD")
    source = find_sqlite_file(settings["DATABASE_URL"])
    if source is None:
        raise UserError("DATABASE_URL is not SQLite: use pg_dump")
    size = save_sqlite_backup(source, args.file)
    print(f"{args.file}: {size} bytes")
    return 0
