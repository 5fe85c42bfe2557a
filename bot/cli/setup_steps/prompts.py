"""Plain questions and answers, on a terminal and through a pipe alike.

In: lines of an input. Out: answers that were checked; a wrong one is asked for again, where
somebody is there to give another. Else, or where the input ends early, `UserError` names the
question.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from typing import TextIO, TypeVar

from bot.core.errors import Refused, Unavailable, UserError

T = TypeVar("T")
Check = Callable[[str], T]

_LONGEST = 100_000
_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no"})
# What a check says no with; all else is a bug.
_NO_GOOD = (UserError, Unavailable, Refused, ValueError)


class Prompts:
    """Asks on `show`, and reads from `source`; secrets are not echoed on a terminal."""

    def __init__(self, source: TextIO, show: TextIO, *, again: bool = True) -> None:
        """`again`: who gave a wrong answer can give another.

        What comes through a pipe was written beforehand: after a wrong answer the next would be
        taken for the same question, and a token be tried as an address.
        """
        self._source = source
        self._show = show
        self._again = again

    def say(self, text: str = "") -> None:
        """A line for people."""
        print(text, file=self._show, flush=True)

    def ask(
        self,
        question: str,
        check: Check[T],
        *,
        default: str | None = None,
        secret: bool = False,
        waits: bool = False,
    ) -> T:
        """An answer that the check takes, as the check has it; nothing stands for the default.

        The check raises `UserError`, `Unavailable`, `Refused` or `ValueError` with the reason.
        `waits`: it says no until something has happened elsewhere, which is no wrong answer.
        """
        shown = "kept as it is" if secret and default else default
        words = f"{question} [{shown}]: " if shown else f"{question}: "
        while True:
            text = self._read(words, question, secret=secret) or default or ""
            try:
                return check(text)
            except _NO_GOOD as error:
                if waits:
                    self.say(f"  no: {error}")
                else:
                    self.refuse(question, str(error))

    def refuse(self, question: str, reason: str) -> None:
        """Say why it is to be answered again; raises `UserError` where nobody can."""
        self.say(f"  no: {reason}")
        if not self._again:
            raise UserError(
                f"the answer to {question!r} will not do; through a pipe there is no second"
            )

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no."""

        def check(text: str) -> bool:
            word = text.lower()
            if word not in _YES | _NO:
                raise UserError("yes or no?")
            return word in _YES

        return self.ask(f"{question} (yes/no)", check, default="yes" if default else "no")

    def choose(self, question: str, options: Sequence[str], default: int = 1) -> int:
        """The number of an option, from 1."""
        self.say(question)
        for number, option in enumerate(options, 1):
            self.say(f"  {number}  {option}")

        def check(text: str) -> int:
            if text not in map(str, range(1, len(options) + 1)):
                raise UserError(f"a number from 1 to {len(options)}")
            return int(text)

        return self.ask("Number", check, default=str(default))

    def _read(self, words: str, question: str, *, secret: bool) -> str:
        """A line without what nobody can see; asked for again until there is one."""
        while True:
            text = self._read_line(words, question, secret=secret).strip()
            if len(text) > _LONGEST:
                self.refuse(question, f"it is longer than {_LONGEST:,} letters; pasted wrongly?")
            elif not text.isprintable():
                self.refuse(question, "it holds characters that nobody can see; pasted wrongly?")
            else:
                return text

    def _read_line(self, words: str, question: str, *, secret: bool) -> str:
        """The next line as it came; raises `UserError` where there is none."""
        try:
            if secret and self._source.isatty():
                line = getpass.getpass(words) + "\n"
            else:
                print(words, end="", file=self._show, flush=True)
                line = self._source.readline()
        except EOFError:
            line = ""
        except UnicodeDecodeError as error:
            raise UserError(f"the answer to {question!r} is not UTF-8") from error
        if not line:
            self.say()
            raise UserError(f"the input ends before an answer to {question!r}")
        return line
