"""`nightswatch completion SHELL`: a script that completes commands, options and their values.

It is made from the commands' own tables of arguments, so that no option is listed twice.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

HELP = "Print what makes a shell complete this command's words."
EPILOG = """\
bash: eval "$(nightswatch completion bash)"
zsh:  eval "$(nightswatch completion zsh)"  after compinit
fish: nightswatch completion fish | source
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command, under each of its names."""

    names: tuple[str, ...]
    help: str
    values: tuple[str, ...] = ()
    takes_value: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `values` are what its first word may be, where that is one of a few."""

    name: str
    help: str
    options: tuple[Option, ...]
    values: tuple[str, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which shell."""
    parser.epilog = EPILOG
    parser.add_argument("shell", choices=sorted(_WRITERS), help="the shell that reads it")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    print("\n".join(_WRITERS[args.shell](list_commands())))
    return 0


def list_commands() -> list[Command]:
    """All of them, from their own parsers."""
    from bot.cli import COMMANDS

    return [_read_command(name, f"bot.cli.{module}") for name, module in COMMANDS.items()]


def _read_command(name: str, module: str) -> Command:
    command = import_module(module)
    parser = argparse.ArgumentParser(prog=name)
    command.add_arguments(parser)
    actions = parser._actions  # argparse shows them in no other way
    options = tuple(_read_option(action) for action in actions if action.option_strings)
    first = next((a for a in actions if not a.option_strings), None)
    return Command(name, command.HELP, options, _list_values(first) if first else ())


def _read_option(action: argparse.Action) -> Option:
    return Option(
        names=tuple(action.option_strings),
        help=(action.help or "").replace("%%", "%"),
        values=_list_values(action),
        takes_value=action.nargs not in {0, "?"},
    )


def _list_values(action: argparse.Action) -> tuple[str, ...]:
    return tuple(str(choice) for choice in action.choices or ())


# ---------------------------------------------------------------- bash


def write_bash(commands: list[Command]) -> Iterator[str]:
    """Words that follow; files where nothing else is known."""
    names = " ".join(command.name for command in commands)
    yield "_nightswatch() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words="
    yield "    COMPREPLY=()"
    yield '    if [ "$COMP_CWORD" -eq 1 ]; then'
    yield f'        COMPREPLY=($(compgen -W {shlex.quote(names + " --help --version")} -- "$word"))'
    yield "        return"
    yield "    fi"
    yield '    case "${COMP_WORDS[1]} $before" in'
    for command in commands:
        for option in command.options:
            if option.values:
                patterns = "|".join(shlex.quote(f"{command.name} {name}") for name in option.names)
                yield f"    {patterns}) words={shlex.quote(' '.join(option.values))} ;;"
            elif option.takes_value:
                patterns = "|".join(shlex.quote(f"{command.name} {name}") for name in option.names)
                yield f"    {patterns}) return ;;"
    yield "    esac"
    yield '    if [ -z "$words" ]; then case "${COMP_WORDS[1]}" in'
    for command in commands:
        own = [name for option in command.options for name in option.names]
        listed = " ".join([*command.values, *own])
        yield f"    {command.name}) words={shlex.quote(listed)} ;;"
    yield "    esac; fi"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$word"))'
    yield "}"
    yield "complete -o default -F _nightswatch nightswatch"


# ---------------------------------------------------------------- zsh


def write_zsh(commands: list[Command]) -> Iterator[str]:
    """With what each word means beside it."""
    yield "#compdef nightswatch"
    yield "_nightswatch() {"
    yield "    local -a commands"
    yield "    commands=("
    for command in commands:
        yield f"        {shlex.quote(command.name + ':' + command.help)}"
    yield "    )"
    yield "    if (( CURRENT == 2 )); then _describe command commands; return; fi"
    yield '    case "$words[2]" in'
    for command in commands:
        specs = [_write_zsh_option(o, name) for o in command.options for name in o.names]
        first = f"'1:word:({' '.join(command.values)})'" if command.values else ""
        parts = " ".join([*specs, first, "'*:file:_files'"])
        yield f"    {command.name}) shift words; (( CURRENT-- )); _arguments {parts} ;;"
    yield "    esac"
    yield "}"
    yield "compdef _nightswatch nightswatch"


def _write_zsh_option(option: Option, name: str) -> str:
    told = option.help.translate(str.maketrans("[]:", "();"))
    spec = f"{name}[{told}]"
    if option.values:
        spec += f":value:({' '.join(option.values)})"
    elif option.takes_value:
        spec += ":value:_files"
    return shlex.quote(spec)


# ---------------------------------------------------------------- fish


def write_fish(commands: list[Command]) -> Iterator[str]:
    """One line for each word."""
    start = "complete -c nightswatch"
    for command in commands:
        told = f"-d {_quote_fish(command.help)}"
        yield f"{start} -n __fish_use_subcommand -f -a {command.name} {told}"
        here = f"-n '__fish_seen_subcommand_from {command.name}'"
        if command.values:
            yield f"{start} {here} -f -a {_quote_fish(' '.join(command.values))}"
        for option in command.options:
            names = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            )
            value = f" -x -a {_quote_fish(' '.join(option.values))}" if option.values else ""
            value = value or (" -r" if option.takes_value else "")
            yield f"{start} {here} {names}{value} -d {_quote_fish(option.help)}"


def _quote_fish(text: str) -> str:
    """Within single quotes fish knows two escapes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_WRITERS = {"bash": write_bash, "fish": write_fish, "zsh": write_zsh}
