"""Read comments where a limit can end it: a process beside the service, not the event loop.

In: the text of a comment. Out: the commands in it; `given_up` where reading it takes too much;
`Unavailable` where this machine is too busy now. What anybody may write is parsed as Markdown, and
whatever a parser makes of the worst of it, the service goes on answering meanwhile.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.process import BaseProcess

from bot.app.child_process import begin_child
from bot.core.commands.parser import ParsedCommands, parse_commands
from bot.core.errors import Unavailable

# Reading 65,536 letters, the longest comment there is, takes a tenth of a second, of the worst
# shapes known half of one. Of the processor's time: on a busy machine all takes longer.
TIME_LIMIT = 5.0
_PATIENCE = 60.0  # of ours, with a process that is to start or to read on a busy machine

# Most commands are a line. The worst of so many letters are read in a few milliseconds, less than
# handing them to another process costs.
_SHORT = 400


class CommentParser:
    """Reads one comment at a time; `close` it at the end."""

    def __init__(self, time_limit: float = TIME_LIMIT, patience: float = _PATIENCE) -> None:
        """`time_limit` is of the processor's time, `patience` of ours; both in seconds."""
        self._time_limit = time_limit
        self._patience = patience
        self._pool: ProcessPoolExecutor | None = None
        self._turn = asyncio.Lock()  # else one that is given up would take others with it

    async def parse(self, text: str, prefix: str) -> ParsedCommands:
        """What a comment asks for; raises `Unavailable` where it is to be tried again."""
        if len(text) <= _SHORT:
            return parse_commands(text, prefix)
        async with self._turn:
            pool, processes = self._start(), list[BaseProcess]()
            try:
                reading = asyncio.get_running_loop().run_in_executor(
                    pool, _parse_within, self._time_limit, text, prefix
                )
                processes += (pool._processes or {}).values()
                return await asyncio.wait_for(reading, self._patience)
            except BrokenProcessPool as broken:
                await self._end()
                if _took_too_much(processes):
                    return ParsedCommands(given_up=True)
                raise Unavailable("the process that reads comments ended") from broken
            except TimeoutError as error:
                await self._end()
                raise Unavailable("this machine is too busy to read a comment") from error
            except asyncio.CancelledError:
                await self._end()
                raise

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")  # the parent has threads
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=begin_child)
        return self._pool

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):
            process.kill()
        await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


def _parse_within(limit: float, text: str, prefix: str) -> ParsedCommands:
    """The kernel ends this process when it has used so much of the processor."""
    signal.setitimer(signal.ITIMER_PROF, max(limit, 1e-6))
    try:
        return parse_commands(text, prefix)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _took_too_much(processes: Collection[BaseProcess]) -> bool:
    """Whether that timer ended one of these, which are over."""
    for process in processes:
        with suppress(ValueError):  # it was closed
            process.join(timeout=1)
            if process.exitcode == -signal.SIGPROF:
                return True
    return False
