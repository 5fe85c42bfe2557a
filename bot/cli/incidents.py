"""`nightswatch incidents`: what we think broke, and why, newest first."""

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence

from bot.app.settings import read_some
from bot.app.wiring import SystemClock
from bot.cli.environment import load_environ
from bot.cli.terminal import Line, find_terminal
from bot.core.errors import UserError
from bot.core.model import Incident, IncidentState, Repository, Verdict
from bot.store.inspection import open_view
from bot.web.pages.dashboard import render_incident

HELP = "List incidents with their verdicts and reasons, newest first."

_SHAPES = {
    Verdict.UNKNOWN: ("○", "dim"),
    Verdict.SUSPECTED: ("✗", "bold yellow"),
    Verdict.CONFIRMED: ("✗", "bold red"),
    Verdict.FLAKY: ("◌", "cyan"),
    Verdict.ENVIRONMENT: ("▲", "magenta"),
    Verdict.OLD: ("–", "dim"),
}
_LIMIT = 20
_LOOKED_AT = 2000  # months of a busy fleet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which ones."""
    parser.add_argument("--all", action="store_true", help="also those that are over")
    parser.add_argument("--limit", type=int, default=_LIMIT, metavar="N", help="at most (20)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print them."""
    if args.limit < 1:
        raise UserError("--limit is at least 1")
    given = read_some(load_environ(), "DATABASE_URL", "DATABASE_PASSWORD", "PUBLIC_URL")
    found = asyncio.run(_load(given["DATABASE_URL"]))
    wanted = [row for row in found if args.all or row[1].state is IncidentState.OPEN]
    rows = wanted[: args.limit]
    if args.json:
        listed = [render_incident(*row, given["PUBLIC_URL"] or "") for row in rows]
        print(json.dumps({"incidents": listed}, ensure_ascii=False, indent=2))
    else:
        find_terminal().print(render(rows) if rows else [[("No incident is open.", "")]])
    return 0


async def _load(url: str) -> Sequence[tuple[Repository, Incident]]:
    async with open_view(url, SystemClock()) as view:
        return await view.views.load_incident_page(0, _LOOKED_AT)


def render(rows: Sequence[tuple[Repository, Incident]]) -> Iterator[Line]:
    """A few lines for each."""
    for repository, incident in rows:
        where = repository.name_branch(incident.branch)
        pull = f", pull #{incident.pull}" if incident.pull is not None else ""
        shape, style = _SHAPES[incident.verdict]
        believed = f"{incident.verdict.value}, {incident.state.value}"
        if incident.state is not IncidentState.OPEN:
            shape, style = "✓" if incident.state is IncidentState.FIXED else "–", "green"
        yield [(f"{shape} ", style), (incident.id, "bold"), (f"  {believed}", style),
               (f"  {where}{pull}", "")]  # fmt: skip
        for site in sorted({s.site for s in incident.signatures}):
            yield [(f"    {site}", "")]
        builders = ", ".join(incident.builders)
        yield [(f"    on {builders}, since {incident.opened_at:%F %T} UTC", "dim")]
        yield [(f"    {incident.reason}", "")]
        yield from ([(f"    awaited: {words}", "dim")] for words in incident.awaited)
