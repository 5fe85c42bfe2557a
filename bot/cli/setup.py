"""`nightswatch setup`: asks what the service needs, checks each answer, and writes `.env`."""

import argparse
import asyncio
import sys
from pathlib import Path

from bot.app.settings import find_secret_names
from bot.app.setup_checks.registry import run_checks
from bot.app.wiring import SystemClock
from bot.cli.environment import load_environ, load_process_environ
from bot.cli.setup_steps.addresses import ask_public_url, ask_push, describe_push
from bot.cli.setup_steps.answers import DRAFT, ENV, Answers
from bot.cli.setup_steps.buildbot import ask_buildbot, ask_repository, ask_stable
from bot.cli.setup_steps.database import ask_database
from bot.cli.setup_steps.github import ask_github
from bot.cli.setup_steps.prompts import Prompts
from bot.core.checks.result import find_status, render_text

HELP = "Ask what the service needs, check each answer at once, write `.env`, and run doctor."

# What we write there holds no secret: the database's password is apart, and the key is a path.
_PLAIN = frozenset({"DATABASE_URL", "GITHUB_APP_PRIVATE_KEY"})
_STOPPED = 130  # as shells report SIGINT
_KEPT = f"the answers so far are in {DRAFT}, and `nightswatch setup` goes on from there"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: everything is asked for."""
    parser.epilog = (
        "Answers may come through a pipe, one a line; there a wrong one ends it. All that it"
        " writes are settings: nothing needs this command."
    )


def run(_args: argparse.Namespace) -> int:
    """Ask, write, and tell how it is; nothing is half written however it ends."""
    prompts = Prompts(sys.stdin, sys.stdout, again=sys.stdin.isatty())
    try:
        return _run(prompts)
    except KeyboardInterrupt:
        print(f"\nnightswatch: stopped; {_KEPT}", file=sys.stderr)
        return _STOPPED


def _run(prompts: Prompts) -> int:
    answers = Answers(Path(), load_process_environ())
    if answers.resumed:
        prompts.say(f"Going on with the answers of an earlier run ({DRAFT}).")
    prompts.say("Enter takes what stands in brackets; Ctrl-C loses nothing.\n")
    fleet = ask_buildbot(prompts, answers)
    ask_stable(prompts, answers, fleet)
    ask_repository(prompts, answers, fleet)
    prompts.say()
    ask_public_url(prompts, answers)
    ask_github(prompts, answers)
    prompts.say()
    folder = ask_push(prompts, answers)
    ask_database(prompts, answers)
    prompts.say()
    if not _write(prompts, answers):
        prompts.say(f"Nothing was written; {_KEPT}.")
        return 0
    if folder is not None:
        prompts.say()
        for line in describe_push(answers.find("PUBLIC_URL") or "", folder):
            prompts.say(line)
    return _examine(prompts)


def _write(prompts: Prompts, answers: Answers) -> bool:
    """Show what would change, ask about each value that would go, and write; False: not wanted."""
    secret = find_secret_names()
    changes = answers.find_changes()
    wanted: dict[str, str | None] = {}
    for name, value in sorted(changes.items()):
        old = answers.in_file.get(name)
        if old is None and value is None:
            continue
        told = "(secret)" if name in secret - _PLAIN else value
        if old is None:
            prompts.say(f"  {name} = {told}")
        else:
            before = "(another secret)" if name in secret else old
            becomes = "take it away" if value is None else f"put {told} instead"
            question = f"{name} is {before} in {ENV}: {becomes}?"
            if not prompts.confirm(question, default=True):
                continue
        wanted[name] = value
    if not prompts.confirm(f"Write {ENV}?", default=True):
        return False
    answers.save(wanted)
    prompts.say(f"  {ENV} is written; only you can read it")
    for name in answers.find_overridden():
        prompts.say(f"  note: {name} is set in the environment, which goes before {ENV}")
    return True


def _examine(prompts: Prompts) -> int:
    """How all of it is, by the same checks as ever."""
    prompts.say("\nWhat doctor says:\n")
    findings = asyncio.run(run_checks(load_environ(), SystemClock()))
    prompts.say("\n".join(render_text(findings)))
    prompts.say("\nStart it with `nightswatch serve`, or read docs/deploy on where it may run.")
    prompts.say("It writes nothing to GitHub before you set POST_COMMENTS=1.")
    return find_status(findings)
