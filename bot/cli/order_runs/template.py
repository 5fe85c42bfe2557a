"""A person's command with a place for tests: `python -m pytest {tests}`, `./t --from {file}`.

No shell reads it: it is taken apart once, as a shell would, and each name becomes one word.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from bot.cli.environment import load_process_environ
from bot.core.errors import UserError
from bot.logs.rerun.shell import is_name

_TESTS, _FILE = "{tests}", "{file}"
# Linux takes no single word that is longer, whatever ARG_MAX says.
_LONGEST_WORD = 128 * 1024 - 1
_SPARE = 8192  # bytes of a command line that are left to the loader and to the program's wrappers


class Template:
    """The command, of which each list of tests makes a command line."""

    def __init__(self, text: str) -> None:
        """Raises `UserError` for one that has no place for tests, or cannot be taken apart."""
        try:
            self._words = shlex.split(text)
        except ValueError as error:
            raise UserError(f"--run: {error}: {text}") from error
        glued = [word for word in self._words if _TESTS in word and word != _TESTS]
        if glued:
            raise UserError(
                f"--run: {_TESTS} must be a word of its own, for each test becomes one; in "
                f"{glued[0]!r} it is not. A script can take them: sh -c 'mine \"$@\"' sh {_TESTS}"
            )
        self.takes_file = any(_FILE in word for word in self._words)
        if not self.takes_file and _TESTS not in self._words:
            raise UserError(
                f"--run: where do the tests go? Write {_TESTS}, or {_FILE} for a file of names"
            )
        if self._words[0] == _TESTS:
            raise UserError(f"--run: a command goes before {_TESTS}")
        self.text = text

    def make_words(self, tests: Sequence[str], file: Path) -> list[str]:
        """The command line; `file` is written where the command takes one."""
        wrong = next((test for test in tests if not is_name(test)), None)
        if wrong is not None:
            raise UserError(f"no command can be given the test {wrong!r}")
        if self.takes_file:
            file.write_text("".join(f"{test}\n" for test in tests), "utf-8", "surrogateescape")
        words = self._fill(tests, str(file))
        _check_length(words)
        return words

    def render(self, tests: Sequence[str], file: str = "tests.txt") -> str:
        """What a person pastes to run these tests; a file is written by the line itself."""
        line = shlex.join(self._fill(tests, file))
        if not self.takes_file:
            return line
        return f"printf '%s\\n' {shlex.join(tests)} > {shlex.quote(file)} && {line}"

    def _fill(self, tests: Sequence[str], file: str) -> list[str]:
        filled: list[str] = []
        for word in self._words:
            filled += tests if word == _TESTS else [word.replace(_FILE, file)]
        return filled


def _check_length(words: Sequence[str]) -> None:
    """What the system would refuse with an error that names no way out."""
    sizes = [len(os.fsencode(word)) + 1 for word in words]
    pointer = 8
    around = sum(
        len(os.fsencode(f"{k}={v}")) + 1 + pointer for k, v in load_process_environ().items()
    )
    room = os.sysconf("SC_ARG_MAX") - around - _SPARE
    if sum(sizes) + pointer * len(sizes) > room or max(sizes) > _LONGEST_WORD:
        raise UserError(
            f"--run: {len(words)} words of {sum(sizes)} bytes are more than this system takes "
            f"({room}): let the command read a file, as in `pytest @{_FILE}` or "
            f"`python -m test --fromfile {_FILE}`"
        )
