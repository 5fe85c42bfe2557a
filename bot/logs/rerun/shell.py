"""Lines of shell: taken apart as they stand in logs, and put together so that they do no harm.

Input: commands and names from logs. Output: words; one line that a person can paste. A name never
becomes more than one word, never an option, and a line is always one line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from bot.core.patterns import late, linear

_OPERATORS = frozenset({"&&", "||", ";", "|", "&", "(", ")"})
# Backslashes are not for quoting there: `PCbuild\\amd64\\python_d.exe`.
_WINDOWS = linear(r"(?i)\w\\\w[^'\"]*\.(?:exe|bat|cmd)\b|\b[A-Za-z]:\\\w")
# What runs another program.
_RUNNERS = frozenset(
    {"env", "exec", "nice", "setarch", "stdbuf", "time", "timeout", "valgrind", "xvfb-run"}
)
_ASSIGNMENT = late(r"\w+=")


def is_name(text: str) -> bool:
    """True when `text` can stand as a word: something to see, nothing unseen, no option."""
    return bool(text.strip()) and text.isprintable() and not text.startswith("-")


def parse_commands(line: str) -> list[list[str]]:
    """The words of each simple command of a line; by blanks where its quotes do not match."""
    if _WINDOWS.search(line):
        line = line.replace("\\", "/")
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = ""
        words = list(lexer)
    except ValueError:
        words = line.split()
    commands: list[list[str]] = [[]]
    for word in words:
        if word in _OPERATORS:
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command]


def find_program(line: str) -> str | None:
    """The program that the last command of a line runs by its path: `./t`, not `make`."""
    for command in parse_commands(line)[-1:]:
        words = [word for word in command if not _ASSIGNMENT.match(word)]
        if words and words[0] in _RUNNERS:
            words = [word for word in words if "/" in word]
        if words and "/" in words[0] and is_name(words[0]):
            return words[0]
    return None


def find_options(words: Iterable[str], kept: re.Pattern[str], *, with_value: str = "") -> list[str]:
    """Those of a command's words that `kept` matches whole.

    After one of the letters in `with_value`, standing alone (`-W`), its value is kept with it.
    """
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        if re.fullmatch(rf"-[{with_value}]", word) if with_value else False:
            value = next(rest, None)
            if value and kept.fullmatch(word + value):
                found += [word, value]
        elif kept.fullmatch(word):
            found.append(word)
    return found


def make_line(words: Iterable[str]) -> str:
    """One line of these words, each quoted where it needs it."""
    return shlex.join(words)


_ESCAPED = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def make_one_line(script: str) -> str:
    """A command of several lines, or with something unseen in it, as one that shows all of it."""
    script = script.strip()
    if script.isprintable():
        return script
    shown = "".join(
        _ESCAPED.get(letter) or (letter if letter.isprintable() else f"\\U{ord(letter):08x}")
        for letter in script
    )
    return f"bash -c $'{shown}'"
