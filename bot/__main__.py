"""The command line: `nightswatch COMMAND`. Each command is a file in `bot/cli/`."""

import argparse
import gc
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bot import __version__
from bot.cli import COMMANDS, find_help
from bot.cli.output import show_on
from bot.core.errors import Refused, Unavailable, UserError

# What a shell reports of a command that SIGPIPE ended.
_PIPE_CLOSED = 141


def main(argv: list[str] | None = None) -> int:
    """Run one command; a person's mistake is one line on stderr and exit status 2."""
    words = sys.argv[1:] if argv is None else argv
    try:
        args = make_parser(words).parse_args(words)
        status: int = args.run(args)
        sys.stdout.flush()
    except (UserError, Unavailable, Refused) as error:
        print(f"nightswatch: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as missing:
        print(f"nightswatch: {_say_what_is_missing(missing)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head` has read enough
        sys.stdout = None  # nothing is left to be flushed at the end
        return _PIPE_CLOSED
    return status


def make_parser(words: list[str]) -> argparse.ArgumentParser:
    """With all commands only where none is named, and then with no more than what each does."""
    parser = argparse.ArgumentParser(prog="nightswatch", description=import_module("bot").__doc__)
    parser.add_argument("--version", action="version", version=f"nightswatch {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    named = [name for name in COMMANDS if name in words[:1]]
    for name in named or COMMANDS:
        told = find_help(name)
        command = commands.add_parser(
            name,
            help=told,
            description=told,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if named:
            module = _import_command(name)
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _import_command(name: str) -> ModuleType:
    """What is imported stays: to look through it for cycles, now or later, is for nothing."""
    gc.disable()
    module = import_module(f"bot.cli.{COMMANDS[name]}")
    gc.freeze()
    gc.enable()
    return module


def _say_what_is_missing(missing: ModuleNotFoundError) -> str:
    """What to do for a Python without our libraries; a module of our own is a bug, and raised."""
    if missing.name is None or missing.name.partition(".")[0] == "bot":
        raise missing
    folder = Path(__file__).parent.parent
    return (
        f"{missing.name} is not installed for {sys.executable}: run `make -C {folder}`, and then"
        f" {folder}/.venv/bin/nightswatch"
    )


def start() -> None:
    """The installed command: run it in this process, and end with its status."""
    sys.stdout, sys.stderr = show_on(sys.stdout), show_on(sys.stderr)
    status = main()
    gc.freeze()  # all else goes with the process
    sys.exit(status)


if __name__ == "__main__":
    start()
