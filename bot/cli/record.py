"""`nightswatch record`: how good are we, judged by what later proved true."""

import argparse
import asyncio
import json
from collections.abc import Iterator

from bot.app.wiring import SystemClock
from bot.cli.environment import find_database_url
from bot.cli.terminal import Line, find_terminal
from bot.core.model.durations import tell_span
from bot.core.reports.record import Record, make_record
from bot.core.reports.record_sections import render_record_json, tell_share
from bot.store.inspection import open_view

HELP = "Say how many of our comments proved right, as far as reverts, people and builds tell."

_OUTCOMES = {"right": ("✓", "green"), "wrong": ("✗", "bold red"), "doubted": ("○", "yellow")}
_LAST = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For people, or for machines."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Load, judge, and print."""
    url = find_database_url()

    async def load() -> Record:
        async with open_view(url, SystemClock()) as view:
            return make_record(await view.views.load_record_facts())

    record = asyncio.run(load())
    if args.json:
        print(json.dumps(render_record_json(record), ensure_ascii=False, indent=2))
    else:
        find_terminal().print(render(record))
    return 0


def render(record: Record) -> Iterator[Line]:
    """Figures first, then month by month, then what was said last."""
    total = record.total
    yield [(record.honest_line, "bold" if record.is_enough else "bold yellow")]
    if not total.made:
        return
    of, found = " proved comments", " proved regressions"
    yield [(f"precision  {tell_share(record.precision, of)}", "")]
    yield [(f"coverage   {tell_share(record.coverage, found)}", "")]
    if record.typical_delay is not None and record.longest_delay is not None:
        half, most = tell_span(record.typical_delay), tell_span(record.longest_delay)
        yield [(f"comment    half within {half} of red, nine in ten within {most}", "")]
    for b in record.calibration:
        told = f"{b.low * 100:.0f} to {b.high * 100:.0f} %"
        right = tell_share(b.right, " proved right")
        yield [(f"told with  {told}: {right}", "dim")]
    if total.posted < total.made:
        dry = total.made - total.posted
        yield [(f"{dry} of {total.made} would have been made: it was a dry run", "dim")]
    yield []
    yield [("month     made right wrong doubted  open  back objected", "dim")]
    for month, t in (*record.months, ("all", total)):
        counts = f"{t.made:>6}{t.right:>6}{t.wrong:>6}{t.doubted:>8}{t.open:>6}"
        yield [(f"{month:8}{counts}{t.withdrawn:>6}{t.objected:>9}", "")]
    yield []
    for one in record.judged[:_LAST]:
        shape, style = _OUTCOMES.get(one.outcome.value, ("–", "dim"))
        yield [
            (f"{shape} ", style),
            (f"{one.accusation.told_at:%F} #{one.accusation.number} {one.outcome.value}", style),
            (f"  {one.why}", ""),
        ]
