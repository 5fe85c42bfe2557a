"""`nightswatch doctor`: is everything set up as it should be, and what to do where it is not."""

import argparse
import asyncio
import json

from bot.app.setup_checks.registry import run_checks
from bot.app.wiring import SystemClock
from bot.cli.environment import load_environ
from bot.core.checks.result import find_status, render_json, render_text

HELP = "Check the whole set-up, and say of each thing what to do about it. Exit status 1 on fail."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For people, or for machines."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Look, and print; nothing is changed."""
    findings = asyncio.run(run_checks(load_environ(), SystemClock()))
    if args.json:
        print(json.dumps(render_json(findings), ensure_ascii=False, indent=2))
    else:
        print("\n".join(render_text(findings)))
    return find_status(findings)
