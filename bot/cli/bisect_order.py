"""`bisect-order FILE`: which tests must run before another one for it to fail."""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.cli.log_order import OrderLog, load_order_log
from bot.cli.order_report import (
    Searched,
    make_document,
    render_log,
    render_methods,
    render_result,
)
from bot.cli.order_runs.method_bisection import find_methods
from bot.cli.order_runs.session import Job, Session
from bot.cli.order_runs.state import RunRecord, make_identity
from bot.cli.order_runs.template import Template
from bot.core.errors import UserError
from bot.core.order_search.model import Limits, State
from bot.core.render.control_characters import show_controls

HELP = "Find the fewest tests that make another one fail, from a failing run with its order."
EPILOG = """\
examples:
  nightswatch bisect-order build.log
  nightswatch bisect-order build.log --run 'python -m pytest -p no:randomly {tests}'
  nightswatch bisect-order build.log --run './python -m test --fromfile {file}'

exit status: 0 found (or, without --run: told), 1 the order does not show it, 2 a mistake,
3 it fails alone, 4 undecided, 130 interrupted: the same command goes on
"""

_STATUSES = {State.FOUND: 0, State.NOT_SHOWN: 1, State.FAILS_ALONE: 3, State.UNDECIDED: 4}
_DAY = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The log, the command, and how sure and how long."""
    parser.epilog = EPILOG
    parser.add_argument(
        "file", metavar="FILE", help="the log of a failing run, also packed; or a list of tests; -"
    )
    parser.add_argument("--victim", metavar="TEST", help="the test that fails (default: the first)")
    parser.add_argument("--list", action="store_true", help="print the order that fails, no more")
    parser.add_argument(
        "--run",
        dest="command",  # `run` is what the command line calls
        metavar="COMMAND",
        help="find them with this command; {tests} stands for the tests, {file} for a list of them",
    )
    parser.add_argument("--yes", action="store_true", help="run the command that would be printed")
    parser.add_argument("--python", metavar="PATH", help="the interpreter, instead of the log's")
    parser.add_argument(
        "--timeout", type=_positive, metavar="SECONDS",
        help="for one run (default: thrice the longest so far; an hour for the first)",
    )  # fmt: skip
    parser.add_argument(
        "--error", type=_share, default=Limits().error, metavar="P",
        help="the probability of another answer that may be left (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--fail-rate", type=_rate, metavar="P", help="how often it fails, where that is known"
    )
    parser.add_argument(
        "--tries", type=_count, default=Limits().tries, metavar="N",
        help="runs of the whole order until it is said not to fail (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--max-runs", type=_count, default=Limits().runs, metavar="N",
        help="the most runs of all (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--state", metavar="FILE", help="where to keep what a stopped search knows")
    parser.add_argument("--restart", action="store_true", help="forget what a stopped search knew")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Tell what the log tells; with a command, find the tests. Raises `UserError`."""
    log = load_order_log(args.file, args.victim, args.python)
    if args.list:
        print("\n".join([*log.before, log.victim]))
        return 0
    command = args.command or (log.template if args.yes else None)
    if args.yes and command is None:
        raise UserError(f"no command is known for {log.suite}: give one with --run")
    if command is None:
        _print(args, render_log(log, args.file), make_document(log, None))
        return 0
    if args.yes and not args.command:
        _check_program(command)
        print(f"running {command}", file=sys.stderr)
    with _ended_by_sigterm():
        if log.by_method and "test.bisect_cmd" in command:
            return _bisect_methods(args, log, command)
        return _search(args, log, command)


def _check_program(command: str) -> None:
    """A log names the interpreter of the machine that wrote it."""
    program = shlex.split(command)[0]
    if shutil.which(program) is None:
        raise UserError(f"{program} is not on this machine: name its interpreter with --python")


def _search(args: argparse.Namespace, log: OrderLog, command: str) -> int:
    template = Template(command)
    job = Job(log.before, log.victim, log.victim_id)
    limits = Limits(args.error, args.tries, args.max_runs, args.fail_rate)
    path = _find_state(args)
    if args.restart:
        path.unlink(missing_ok=True)
    known = (limits.error, limits.tries, limits.rate)
    record = RunRecord(path, make_identity(job.before, job.victim, command, known))
    if record.runs:
        print(f"going on after {len(record.runs)} runs, from {path}", file=sys.stderr)
    done = False
    try:
        session = Session(job, template, limits, args.timeout, record)
        result = session.play()
        done = result.state is not State.UNDECIDED or result.runs < limits.runs
    except (KeyboardInterrupt, SystemExit):
        print(f"\nstopped; the same command goes on from {path}", file=sys.stderr)
        raise
    finally:
        record.close(done=done or not record.runs)
    searched = Searched(job, template, limits, result, session.seconds)
    _print(args, render_result(log, searched), make_document(log, searched))
    return _STATUSES[result.state]


def _bisect_methods(args: argparse.Namespace, log: OrderLog, command: str) -> int:
    kept = _find_state(args, ".methods")
    if args.restart:
        kept.unlink(missing_ok=True)
    line = command.replace("{tests}", shlex.quote(log.victim))
    try:
        ended, methods = find_methods(line, kept, args.timeout or _DAY)
    except (KeyboardInterrupt, SystemExit):
        print(f"\nstopped; the same command goes on from {kept}", file=sys.stderr)
        raise
    found = ended.status == 0 and bool(methods)
    if found:
        kept.unlink(missing_ok=True)
    document = make_document(log, None)
    document["result"] = {"state": "found" if found else "undecided", "tests": list(methods)}
    _print(args, render_methods(log, line, methods, ended.status), document)
    return 0 if found else _STATUSES[State.UNDECIDED]


def _print(args: argparse.Namespace, lines: Iterator[str], document: dict[str, object]) -> None:
    """Names from logs may hold halves of characters: still a result, never a traceback."""
    if args.json:
        text = show_controls(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        text = "\n".join(lines)
    print(text.encode("utf-8", "replace").decode())


def _find_state(args: argparse.Namespace, ending: str = "") -> Path:
    """In the folder where one stands, named after the log."""
    if args.state:
        return Path(args.state)
    name = "stdin" if args.file == "-" else Path(args.file).name
    return Path(f"{name}.bisect-order{ending}")


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """A supervisor's word ends the command that runs, too, as Ctrl-C does."""

    def stop(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("more than 0")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 1e-9 <= value <= 0.5:
        raise argparse.ArgumentTypeError("between 0.000000001 and 0.5")
    return value


def _rate(text: str) -> float:
    value = float(text)
    if not 0.01 <= value <= 1.0:
        raise argparse.ArgumentTypeError("between 0.01 and 1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value
