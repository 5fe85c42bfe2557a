"""`nightswatch status`: is the fleet healthy, what is red, since which commit, with which tests.

Asked of the service that runs here; where none does, straight of the Buildbot.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.errors import Refused, Unavailable, UserError

if TYPE_CHECKING:
    from bot.cli.fleet_sources import FleetSources
    from bot.core.fleet.status import FleetStatus

HELP = "Say how the fleet is: what is red, since which commit, and what fails."
EPILOG = """\
Without a service on this machine: `--url ADDRESS` of one elsewhere, or set BUILDBOT_URL to ask a
Buildbot straight.

Exit status: 0 nothing that counts is red, 1 something is, 2 a mistake, or nobody answers. The
stable builders count, or all where none is stable; one that has not built for a week does not.
"""

_SECONDS = 30  # a look costs a service nothing, and a Buildbot some calls


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at, where, and how to print it."""
    parser.epilog = EPILOG
    parser.add_argument(
        "-b",
        "--branch",
        action="append",
        default=[],
        metavar="BRANCH",
        help="only this one; again for more",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="only what is red")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--watch",
        nargs="?",
        type=_parse_seconds,
        const=_SECONDS,
        metavar="SECONDS",
        help=f"look again every so often ({_SECONDS}), until Ctrl-C",
    )
    parser.add_argument(
        "--url", metavar="URL", help="of a service elsewhere (default: HOST and PORT, here)"
    )
    parser.add_argument(
        "--buildbot", action="store_true", help="ask the Buildbot at BUILDBOT_URL, and no service"
    )
    parser.add_argument(
        "--no-logs",
        action="store_true",
        help="straight of a Buildbot: read no logs of red builds",
    )
    parser.add_argument(
        "--service", action="store_true", help="instead: how the service and its store are"
    )


def run(args: argparse.Namespace) -> int:
    """Print it; exit status 1 where something that counts is red."""
    from bot.cli.environment import load_environ
    from bot.cli.fleet_sources import open_sources
    from bot.cli.progress_bar import ProgressBar

    if args.service:
        from bot.cli.service_status import print_service

        return print_service(as_json=args.json)
    environ, reads_logs = load_environ(), not args.no_logs
    if args.watch is not None:
        if args.json or not sys.stdout.isatty():
            raise UserError("--watch needs a terminal, and prints no JSON")
        return _watch(
            args, open_sources(load_environ(), args.url, _show_nothing, reads_logs=not args.no_logs)
        )
    with ProgressBar() as bar:
        sources = open_sources(environ, args.url, bar.show, reads_logs=reads_logs)
        status = asyncio.run(fetch_status(sources, args))
    _print(status, args)
    return int(bool(status.red))


async def fetch_status(sources: FleetSources, args: argparse.Namespace) -> FleetStatus:
    """Of a service, or of the Buildbot where none answers here."""
    if args.buildbot:
        status = await sources.fetch_buildbot()
    else:
        try:
            status = await sources.fetch_service()
        except Unavailable as away:
            if args.url:
                raise
            if not sources.buildbot_url:
                words = "--url names a service elsewhere, and BUILDBOT_URL a Buildbot to ask"
                raise Unavailable(f"{away}; {words}") from away
            status = await sources.fetch_buildbot()
    return _choose_branches(status, args.branch)


def _choose_branches(status: FleetStatus, wanted: Collection[str]) -> FleetStatus:
    """By its name, or as `owner/name@branch`; raises `UserError` for one that nobody builds."""
    if not wanted:
        return status
    names = {name for b in status.branches for name in (b.branch, b.name)}
    missing = [name for name in wanted if name not in names]
    if missing:
        known = ", ".join(sorted({b.branch for b in status.branches})) or "none"
        raise UserError(f"no builder builds {', '.join(missing)}; branches that are built: {known}")
    kept = tuple(b for b in status.branches if b.branch in wanted or b.name in wanted)
    return replace(status, branches=kept)


def _print(status: FleetStatus, args: argparse.Namespace) -> None:
    if args.json:
        from bot.core.reports.fleet_json import render_fleet_json

        print(json.dumps(render_fleet_json(status), ensure_ascii=False, indent=2))
        return
    from bot.cli.fleet_view import render_fleet
    from bot.cli.terminal import find_terminal

    terminal = find_terminal()
    terminal.print(render_fleet(status, terminal, status.at, quiet=args.quiet))


def _watch(args: argparse.Namespace, sources: FleetSources) -> int:
    """Until Ctrl-C; then the exit status is that of the last look. The first one has to succeed."""
    from bot.cli.fleet_view import render_fleet
    from bot.cli.terminal import Screen, find_terminal

    status, trouble = asyncio.run(fetch_status(sources, args)), ""
    with Screen() as screen:
        try:
            while True:
                terminal = find_terminal()
                lines = [*render_fleet(status, terminal, status.at, quiet=args.quiet)]
                head = [(trouble, "bold yellow")] if trouble else [("Ctrl-C ends it", "dim")]
                screen.show(terminal, [head, *lines])
                time.sleep(args.watch)
                try:
                    status, trouble = asyncio.run(fetch_status(sources, args)), ""
                except (Unavailable, Refused) as error:
                    trouble = f"{error}; this is what was seen at {status.at:%H:%M} UTC"
        except KeyboardInterrupt:
            pass
    return int(bool(status.red))


def _show_nothing(words: str, done: int, total: int) -> None:
    """The screen shows how things are, not what is asked."""


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("a number of seconds, from 1 to 86400")
    return seconds
