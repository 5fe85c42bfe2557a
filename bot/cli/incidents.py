"""`nightswatch incidents`: what we think broke, and why, newest first."""

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence

from bot.app.settings import Settings
from bot.app.wiring import SystemClock
from bot.cli.environment import load_environ
from bot.core.model import Incident, IncidentState, Repository
from bot.store.inspection import open_view
from bot.web.pages.dashboard import render_incident

HELP = "List incidents with their verdicts and reasons, newest first."

_LIMIT = 20
_LOOKED_AT = 2000  # months of a busy fleet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which ones."""
    parser.add_argument("--all", action="store_true", help="also those that are over")
    parser.add_argument("--limit", type=int, default=_LIMIT, metavar="N", help="at most (20)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print them."""
    settings = Settings.from_environ(load_environ())
    found = asyncio.run(_load(settings))
    wanted = [row for row in found if args.all or row[1].state is IncidentState.OPEN]
    rows = wanted[: max(args.limit, 0)]
    if args.json:
        listed = [render_incident(*row, settings.public_url or "") for row in rows]
        print(json.dumps({"incidents": listed}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(render(rows)) or "No incident is open.")
    return 0


async def _load(settings: Settings) -> Sequence[tuple[Repository, Incident]]:
    async with open_view(settings.database_url, SystemClock()) as view:
        return await view.views.load_incident_page(0, _LOOKED_AT)


def render(rows: Sequence[tuple[Repository, Incident]]) -> Iterator[str]:
    """A few lines for each."""
    for repository, incident in rows:
        where = repository.name_branch(incident.branch)
        pull = f", pull #{incident.pull}" if incident.pull is not None else ""
        yield f"{incident.id}  {incident.verdict.value}, {incident.state.value}  {where}{pull}"
        yield f"  {', '.join(sorted({s.site for s in incident.signatures}))}"
        yield f"  on {', '.join(incident.builders)}, since {incident.opened_at:%F %T} UTC"
        yield f"  {incident.reason}"
        yield from (f"  awaited: {words}" for words in incident.awaited)
