"""`python -m bot doctor`: is everything set up as it should be, and what to do where it is not."""

import argparse
import asyncio
import json

from bot.cli.serve import load_environ
from bot.doctor.checks import examine_setup
from bot.doctor.findings import find_status, render_json, render_text
from bot.parts import SystemClock

HELP = "Check the whole set-up, and say of each thing what to do about it. Exit status 1 on fail."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For people, or for machines."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Look, and print; nothing is changed."""
    findings = asyncio.run(examine_setup(load_environ(), SystemClock()))
    if args.json:
        print(json.dumps(render_json(findings), ensure_ascii=False, indent=2))
    else:
        print("\n".join(render_text(findings)))
    return find_status(findings)
