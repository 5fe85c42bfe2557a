"""`nightswatch rebuild`: fold all facts anew, and tell what that changes."""

import argparse
import asyncio
from collections.abc import Iterator

from bot.app.settings import Settings
from bot.app.wiring import SystemClock
from bot.cli.environment import load_environ
from bot.cli.rebuild_incidents import Rebuilt, rebuild
from bot.core.model import Incident
from bot.core.model.counts import count_words, name_some

HELP = "Fold all facts anew, and save and print what that changes; a service may run meanwhile."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Only to look, or for good."""
    parser.add_argument("--dry-run", action="store_true", help="save nothing")


def run(args: argparse.Namespace) -> int:
    """Rebuild, and print as it goes."""
    settings = Settings.from_environ(load_environ())
    asyncio.run(_rebuild(settings, dry_run=args.dry_run))
    return 0


async def _rebuild(settings: Settings, *, dry_run: bool) -> None:
    async for rebuilt in rebuild(settings, SystemClock(), dry_run=dry_run):
        for line in render(rebuilt, dry_run=dry_run):
            print(line, flush=True)


def render(rebuilt: Rebuilt, *, dry_run: bool) -> Iterator[str]:
    """One line for the branch, and one for each incident that is not as it was."""
    changes = rebuilt.changes
    known = {incident.id: incident for incident in rebuilt.before}
    count = len(changes.changed) + len(changes.gone)
    what = f"{count} {'would change' if dry_run else 'changed'}" if count else "nothing changed"
    where = rebuilt.repository.name_branch(rebuilt.branch)
    were = count_words(len(known), "incident was", "incidents were")
    yield f"{where}: {were} known, {what}"
    for incident in changes.changed:
        old = known.get(incident.id)
        told = f"was {_describe(old)}, is" if old else "new:"
        yield f"  {incident.id} {told} {_describe(incident)}"
    yield from (f"  {incident.id} gone: was {_describe(incident)}" for incident in changes.gone)


def _describe(incident: Incident) -> str:
    pull = f", pull {incident.pull}" if incident.pull is not None else ""
    sites = sorted({signature.site for signature in incident.signatures})
    tests = name_some(sites, 2)
    return f"{incident.verdict}, {incident.state}{pull} ({incident.confidence:.2f}; {tests})"
