"""`nightswatch flakes`: what fails for no cause, what does so most often first."""

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.app.wiring import SystemClock
from bot.cli.environment import find_database_url
from bot.cli.terminal import Line, find_terminal
from bot.core.errors import UserError
from bot.core.model.counts import name_some
from bot.core.ports.details import Flake
from bot.core.trends.builds import SHOWN_DAYS
from bot.store.inspection import open_view
from bot.web.api.details_json import render_flake
from bot.web.words import count_words

HELP = "List what failed for no cause, the worst first."

_LIMIT = 20
_PLACES = 3  # builders of one flake; then "and N more"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which time, and how many."""
    parser.add_argument(
        "--days", type=int, default=SHOWN_DAYS, metavar="N", help=f"of the past ({SHOWN_DAYS})"
    )
    parser.add_argument(
        "--limit", type=int, default=_LIMIT, metavar="N", help=f"at most ({_LIMIT})"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print them."""
    if not 1 <= args.days <= 3650 or args.limit < 1:
        raise UserError("--days is from 1 to 3650, and --limit at least 1")
    found = asyncio.run(_load(find_database_url(), args.days))
    rows = found[: args.limit]
    if args.json:
        document = {"flakes": [render_flake(row) for row in rows]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return 0
    find_terminal().print(render(rows, args.days, len(found) - len(rows)))
    return 0


async def _load(url: str, days: int) -> Sequence[Flake]:
    clock = SystemClock()
    async with open_view(url, clock) as view:
        return await view.views.load_flakes(clock.now() - timedelta(days=days))


def render(rows: Sequence[Flake], days: int, more: int) -> Iterator[Line]:
    """Two lines for each."""
    if not rows:
        yield [(f"Nothing failed for no cause in {count_words(days, 'day')}.", "")]
    for flake in rows:
        yield [("◌ ", "cyan"), (flake.name, "bold")]
        counts = [count_words(flake.flaked, "build")] if flake.flaked else []
        counts += [count_words(flake.incidents, "incident")] if flake.incidents else []
        places = name_some(flake.builders, _PLACES)
        yield [(f"    {', '.join(counts)}", ""), (f"  last {flake.last_at:%F}  {places}", "dim")]
    if more > 0:
        yield [(f"and {more} more: --limit", "dim")]
