"""A talk with a step of `setup`: all answers are there at once, as through a pipe."""

import io
from pathlib import Path
from typing import NamedTuple

from bot.cli.setup_steps.answers import Answers
from bot.cli.setup_steps.prompts import Prompts


class Talk(NamedTuple):
    """Who asks, what was shown, and what was answered."""

    prompts: Prompts
    out: io.StringIO
    answers: Answers

    @property
    def shown(self) -> str:
        return self.out.getvalue()

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name, value in self.answers.given.items() if value is not None}


def talk(folder: Path, *lines: str, **environ: str) -> Talk:
    """These lines are the input; `environ` is what is set already."""
    out = io.StringIO()
    source = io.StringIO("".join(f"{line}\n" for line in lines))
    return Talk(Prompts(source, out), out, Answers(folder, environ))
