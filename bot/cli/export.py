"""`python -m bot export [FILE]`: the watched fleet's past as a history file for `backtest`."""

import argparse
import asyncio
import contextlib
import gzip
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bot.cli.serve import load_environ
from bot.core.errors import UserError
from bot.core.export import BranchPast, render_history
from bot.core.model import Builder, Repository
from bot.options import Options
from bot.parts import SystemClock, make_options
from bot.ports import Clock
from bot.settings import Settings
from bot.store.survey import View, open_view

HELP = "Write the past of the watched fleet as a history file, for backtest."

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_LINES_A_TICK = 5000  # between two words on progress


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
    loading = load_past(settings, SystemClock(), args.repository, args.branch)
    repository, pasts = asyncio.run(loading)
    with open_target(args.file) as target:
        count = _write(target, render_history(repository.full_name, pasts))
    builds = sum(len(past.observations) for past in pasts)
    print(f"{args.file}: {count} lines, {builds} builds", file=sys.stderr)
    return 0


async def load_past(
    settings: Settings, clock: Clock, repository: str | None, branch: str | None
) -> tuple[Repository, list[BranchPast]]:
    """All that the store knows of one repository; raises `UserError` where that is nothing."""
    options = make_options(settings)
    async with open_view(settings.database_url, clock) as view:
        branches = await view.facts.load_branches()
        found = await _find_repository(view, {repo_id for repo_id, _ in branches}, repository)
        wanted = [name for repo_id, name in branches if repo_id == found.repo_id]
        if branch is not None:
            wanted = [name for name in wanted if name == branch]
        pasts = [await _load_branch(view, options, found, name) for name in wanted]
    pasts = [past for past in pasts if past.observations]
    if not pasts:
        where = found.name_branch(branch) if branch else found.full_name
        raise UserError(f"no build of {where} is known")
    return found, pasts


async def _find_repository(view: View, known: set[int], name: str | None) -> Repository:
    loaded = [await view.facts.load_repository(repo_id) for repo_id in sorted(known)]
    repositories = [r for r in loaded if r is not None]
    if name is not None:
        repositories = [r for r in repositories if r.full_name.lower() == name.lower()]
    if len(repositories) == 1:
        return repositories[0]
    if repositories:
        names = ", ".join(r.full_name for r in repositories)
        raise UserError(f"several repositories are watched: give --repository, one of {names}")
    raise UserError(f"repository {name} is not known here" if name else "no build is known yet")


async def _load_branch(
    view: View, options: Options, repository: Repository, branch: str
) -> BranchPast:
    facts = await view.facts.load_observations(repository.repo_id, branch, 0, _BEGINNING)
    builds = tuple(
        replace(o, stable=options.is_stable(Builder(o.source, 0, o.builder, o.tags)))
        for o in facts.observations
    )
    _show_progress(f"{branch}: {len(builds)} builds")
    return BranchPast(branch, await view.facts.load_line(repository.repo_id, branch), builds)


@contextlib.contextmanager
def open_target(name: str) -> Iterator[IO[str]]:
    """Standard output for `-`; a file appears under its name only when it is whole."""
    if name == "-":
        yield sys.stdout
        return
    part = Path(f"{name}.part")
    try:
        opened = gzip.open if name.endswith(".gz") else open
        with opened(part, "wt", encoding="utf-8") as target:
            yield target
        part.rename(name)
    except OSError as error:
        raise UserError(f"cannot write {name}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def _write(target: IO[str], lines: Iterator[str]) -> int:
    count = 0
    for count, line in enumerate(lines, 1):
        target.write(line + "\n")
        if count % _LINES_A_TICK == 0:
            _show_progress(f"{count} lines")
    return count


def _show_progress(words: str) -> None:
    """One line that changes on a terminal; nothing in a pipe."""
    if sys.stderr.isatty():
        print(f"\r{words}\033[K", end="", file=sys.stderr, flush=True)
