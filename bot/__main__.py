"""The command line: `python -m bot COMMAND`. Each command is a file in `bot/cli/`."""

import argparse
import sys
from importlib import import_module

from bot import __version__
from bot.cli import COMMANDS
from bot.core.errors import Refused, Unavailable, UserError

# What a shell reports of a command that SIGPIPE ended.
_PIPE_CLOSED = 141


def main(argv: list[str] | None = None) -> int:
    """Run one command; a person's mistake is one line on stderr and exit status 2."""
    words = sys.argv[1:] if argv is None else argv
    args = _make_parser(words).parse_args(words)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
    except (UserError, Unavailable, Refused) as error:
        print(f"nightswatch: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head` has read enough
        sys.stdout = None  # nothing is left to be flushed at the end
        return _PIPE_CLOSED
    return status


def _make_parser(words: list[str]) -> argparse.ArgumentParser:
    """With all commands only where none is named: some of them take a second to import."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=import_module("bot").__doc__)
    parser.add_argument("--version", action="version", version=f"nightswatch {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in [name for name in COMMANDS if name in words[:1]] or COMMANDS:
        module = import_module(f"bot.cli.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
