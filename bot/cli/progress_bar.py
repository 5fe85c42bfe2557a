"""What a long command is doing: one line that changes on a terminal, nothing in a pipe."""

import sys
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from bot.core.render.control_characters import show_controls


class ProgressBar:
    """A context manager, so that the terminal is itself again however the command ends."""

    def __init__(self) -> None:
        # Not through `sys.stderr`, which shows control characters instead of obeying them.
        self._file = open(sys.stderr.fileno(), "w", closefd=False, encoding="utf-8")  # noqa: SIM115
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(file=self._file),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        self._file.close()

    def show(self, words: str, done: int, total: int) -> None:
        """`total` 0: nobody knows how much it will be."""
        shown = escape(show_controls(words))
        self._progress.update(self._task, description=shown, completed=done, total=total or None)
