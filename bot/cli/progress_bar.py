"""What a long command is doing: one line that changes on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from bot.core.render.control_characters import show_controls

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class ProgressBar:
    """A context manager, so that the terminal is itself again however the command ends."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def _start(self) -> Progress:
        """Only once there is something to show: what is quick leaves the terminal alone."""
        # Who prints into a pipe need not wait for these.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        # Not through `sys.stderr`, which shows control characters instead of obeying them.
        own = open(sys.stderr.fileno(), "w", closefd=False, encoding="utf-8")  # noqa: SIM115
        console = Console(file=self._stack.enter_context(own))
        columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        words = TextColumn("{task.description}")
        return self._stack.enter_context(Progress(words, *columns, console=console, transient=True))

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def show(self, words: str, done: int, total: int) -> None:
        """`total` 0: nobody knows how much it will be."""
        if not sys.stderr.isatty():
            return
        from rich.markup import escape

        shown = escape(show_controls(words))
        if self._progress is None:
            self._progress = self._start()
        if self._task is None:
            self._task = self._progress.add_task(shown, total=None)
        self._progress.update(self._task, description=shown, completed=done, total=total or None)
