"""How to run chosen tests again, where a row of a table says it.

Input: canonical names, findings, the command of the log, its seed. Output: one line of shell, or
None where no name can be used. What the command calls is called again, with what stands before
it, in the same folder, with the options that choose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from shlex import quote

from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding
from bot.logs.rerun.shell import find_options, find_program, is_name, make_line, parse_commands

Names = Sequence[str]
Maker = Callable[[list[str], Sequence[Finding], str, str | None], str | None]


@dataclass(frozen=True, slots=True)
class Call:
    """A program as a command of the log calls it, or as anybody would."""

    line: str  # the command
    before: tuple[str, ...]  # with the program's own name last; none where it is not called
    rest: tuple[str, ...]
    seed: str | None

    def words(self, *default: str) -> tuple[str, ...]:
        """The words up to the program, or else these."""
        return self.before or default

    def keep(self, pattern: str, values: str = "") -> list[str]:
        """Its options that match; a letter of `values` may have its value in the next word."""
        return find_options(self.rest, linear(pattern), with_value=values)

    def find_files(self, ending: str) -> list[str]:
        """The words that end so."""
        ends = linear(rf"{ending}$")
        return [word for word in self.rest if ends.search(word) and is_name(word)]


# What is made of names and findings: the words behind those of the call; None where nothing can be.
Choose = Callable[[Call, list[str], Sequence[Finding]], Sequence[str] | None]

_ASSIGNMENT = late(r"\w+=.*")
_SPECIAL = late(r"([\\.^$*+?{}\[\]|()/])")
_FOLDERS_SHOWN = 4


def escape(name: str) -> str:
    """For a regular expression, also between slashes."""
    return _SPECIAL.sub(r"\\\1", name)


def any_of(names: Names, form: str = "^{}$") -> str:
    """An expression for each of the names."""
    return "|".join(form.format(escape(name)) for name in names)


def find_call(command: str, program: str, seed: str | None) -> Call:
    """The first simple command that calls the program, and the folders that were gone into."""
    called = linear(program)
    for words in parse_commands(command):
        at = next((n for n, word in enumerate(words[:6]) if called.fullmatch(word)), None)
        if at is not None:
            own = ["env"] if _ASSIGNMENT.fullmatch(words[0]) else []
            return Call(command, (*own, *words[: at + 1]), tuple(words[at + 1 :]), seed)
    return Call(command, (), (), seed)


def _enter(command: str) -> str:
    entered = [
        words[1] for words in parse_commands(command) if words[0] == "cd" and len(words) == 2
    ]
    return "".join(f"cd {quote(name)} && " for name in entered[:_FOLDERS_SHOWN] if is_name(name))


def recipe(program: str, choose: Choose) -> Maker:
    """A maker for a runner that is called by a name that `program` matches whole."""

    def make(
        tests: list[str], findings: Sequence[Finding], command: str, seed: str | None
    ) -> str | None:
        words = choose(find_call(command, program, seed), tests, findings)
        return _enter(command) + make_line(words) if words else None

    return make


def find_in_lines(findings: Sequence[Finding], pattern: re.Pattern[str]) -> list[str]:
    """The group `it` of all lines of the findings that match, each once."""
    lines = (line.text for finding in findings for line in finding.lines)
    return list(dict.fromkeys(found["it"] for text in lines if (found := pattern.search(text))))


def find_files(findings: Sequence[Finding]) -> list[str]:
    """The files in which they failed."""
    places = (finding.location.rpartition(":")[0] for finding in findings if finding.location)
    return [path for path in dict.fromkeys(places) if is_name(path)]


def by_program(choose: Callable[[str, list[str]], Sequence[str] | None]) -> Maker:
    """A maker for tests in a program that the command runs by its path."""

    def make(
        tests: list[str], _findings: Sequence[Finding], command: str, _seed: str | None
    ) -> str | None:
        program = find_program(command)
        words = choose(program, tests) if program else None
        return _enter(command) + make_line(words) if words else None

    return make
