"""`nightswatch report`: the state of the fleet over some days, to be posted as it is."""

import argparse
import asyncio
import json
from collections.abc import Callable

from bot.app.wiring import SystemClock
from bot.cli.environment import find_database_url
from bot.cli.output_file import open_target
from bot.core.reports.documents import render_html_document, render_markdown_document
from bot.core.reports.period import DEFAULT, parse_period
from bot.core.reports.week_json import render_week_json
from bot.core.reports.week_sections import make_week_document
from bot.core.reports.weekly import WeekReport, make_week_report
from bot.store.inspection import open_view

HELP = "Write the state of the fleet over some days: fixed, new, open, flaky, may we release."


def _render_json(report: WeekReport) -> str:
    return json.dumps(render_week_json(report), ensure_ascii=False, indent=2) + "\n"


_FORMS: dict[str, Callable[[WeekReport], str]] = {
    "markdown": lambda report: render_markdown_document(make_week_document(report)),
    "html": lambda report: render_html_document(make_week_document(report)),
    "json": _render_json,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which time, in which form, and where to."""
    parser.add_argument(
        "--since", default=DEFAULT, metavar="TIME", help="7d, 2w, 24h, or a day (default 7d)"
    )
    parser.add_argument(
        "--format", choices=sorted(_FORMS), default="markdown", help="default: markdown"
    )
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="where to (default: standard output)"
    )


def run(args: argparse.Namespace) -> int:
    """Load, and write it."""
    clock = SystemClock()
    now = clock.now()
    since = parse_period(args.since, now)
    url = find_database_url()

    async def load() -> WeekReport:
        async with open_view(url, clock) as view:
            return make_week_report(await view.views.load_week(since, now), now)

    text = _FORMS[args.format](asyncio.run(load()))
    with open_target(args.file) as target:
        target.write(text)
    return 0
