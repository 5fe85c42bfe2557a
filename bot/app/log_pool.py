"""Read logs outside the event loop, by a pool of two processes; large ones by way of capped files.

Input: a log as an async stream of bytes. Output: its `Reading`; when a cap was met or time ran
out, a named, partial one.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeVarTuple

from bot.app.child_process import begin_child
from bot.app.compiled_needles import prepare_needles
from bot.core.log_rules import ProjectFormat
from bot.core.model import Reading
from bot.logs import LogScanner

# A log of half a gigabyte is read whole; of a longer one the ends hold the cause, the runner's
# verdict and the way it was started.
CAP = 512 * 1024 * 1024
# Reading 500 MB takes about three seconds; ten times that means the machine is not ours.
TIME_LIMIT = 30.0
# Between two pieces the limit is seen to, and what was read until then is told. A process that
# comes to no such place is ended after this many limits.
_ENDED_AFTER = 1.25
PROCESSES = 2
# Most logs are smaller, and need no disk: a file costs more than reading them.
_SMALL = 1 << 20
# Of larger ones so many are fetched at once, for their pages take memory.
_LARGE_AT_ONCE = 4
# The share of a cap that the head gets: failures of a test run are told again at its end.
_HEAD_SHARE = 4

_Args = TypeVarTuple("_Args")


class LogPool:
    """A `ports.LogReader` over a pool of processes; `close` it at the end."""

    def __init__(
        self,
        *,
        cap: int = CAP,
        time_limit: float = TIME_LIMIT,
        processes: int = PROCESSES,
        folder: Path | None = None,
        cache: Path | None = None,
        rules: tuple[ProjectFormat, ...] = (),
    ) -> None:
        """`folder` is where logs are spooled, by default the system's temporary one; `cache` where
        compiled needles are kept, if anywhere; `rules` are a project's own formats.
        """
        self._folder = folder
        self._cache, self._rules = cache, rules
        self._cap = cap
        self._time_limit = time_limit
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._pools: set[ProcessPoolExecutor] = set()
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)
        # What is read alone, one after the other.
        self._alone = asyncio.Lock()
        self._closed = False

    async def read(self, chunks: AsyncIterator[bytes], *, step: str) -> Reading:
        """The reading of one log; errors of the stream pass through. Nothing stays on disk."""
        begin: list[bytes] = []
        room = min(_SMALL, self._cap)
        async for chunk in chunks:
            begin.append(chunk)
            room -= len(chunk)
            if room < 0:
                async with self._large:
                    return await self._read_large(begin, chunks, step)
        return await self._run(step, read_text, b"".join(begin), self._cache, self._rules)

    async def _read_large(
        self, begin: list[bytes], rest: AsyncIterator[bytes], step: str
    ) -> Reading:
        """By way of the disk; `begin` is emptied."""
        with tempfile.TemporaryDirectory(prefix="nightswatch-", dir=self._folder) as folder:
            spool = _Spool(Path(folder), self._cap)
            try:
                while begin:
                    await asyncio.to_thread(spool.write, begin.pop(0))
                async for chunk in rest:
                    await asyncio.to_thread(spool.write, chunk)
            finally:
                spool.close()
            args = (spool.paths, self._time_limit, self._cache, self._rules)
            reading = await self._run(step, read_files, *args)
        return _with_gap(reading, spool.dropped, step)

    async def _run(self, step: str, read: Callable[[*_Args], Reading], *args: *_Args) -> Reading:
        if self._pool is None:
            self._pool = self._start(self._processes)
        pool = self._pool
        try:
            return await self._submit(pool, read, *args)
        except BrokenProcessPool:
            # All processes of a pool end with one of them: which log it was shows when each is
            # read again, alone.
            self._pools.discard(pool)
            # Python tells the others to end by a signal that they do not hear, and waits for them.
            _kill(pool)
            if self._pool is pool:
                self._pool = None
        async with self._alone:
            return await self._read_alone(step, read, *args)

    async def _read_alone(
        self, step: str, read: Callable[[*_Args], Reading], *args: *_Args
    ) -> Reading:
        """By a process of its own; when that ends as well, a named result."""
        if self._closed:
            return Reading(notes=(f"the reader of {step!r} died",), partial=True)
        pool, began = self._start(1), time.monotonic()
        try:
            return await self._submit(pool, read, *args)
        except BrokenProcessPool:
            note = f"the reader of {step!r} died"
            if time.monotonic() - began >= self._end_after:
                note = f"reading {step!r} took over {self._end_after:g} s: its process was ended"
            return Reading(notes=(note,), partial=True)
        finally:
            self._pools.discard(pool)
            pool.shutdown(wait=False)

    @property
    def _end_after(self) -> float:
        return self._time_limit * _ENDED_AFTER

    async def _submit(
        self, pool: ProcessPoolExecutor, read: Callable[[*_Args], Reading], *args: *_Args
    ) -> Reading:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, read_within, self._end_after, read, *args)

    def _start(self, processes: int) -> ProcessPoolExecutor:
        # Not "fork": the parent has threads and an event loop.
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(processes, mp_context=context, initializer=begin_child)
        self._pools.add(pool)
        return pool

    async def close(self) -> None:
        """End the processes, also in the middle of a log: the key is given back, and read again."""
        self._closed, self._pool = True, None
        pools = list(self._pools)
        for pool in pools:
            _kill(pool)
        for pool in pools:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


def _kill(pool: ProcessPoolExecutor) -> None:
    """End its processes, whatever they do.

    Python has a method for it from 3.14 on. All children of ours would be too many: another reader
    may have some.
    """
    for process in list((pool._processes or {}).values()):
        process.kill()


def _with_gap(reading: Reading, dropped: int, step: str) -> Reading:
    if not dropped:
        return reading
    note = f"the log of {step!r} is over the cap: {dropped} bytes in its middle were not read"
    return replace(
        reading, notes=(*reading.notes, note), partial=True, bytes=reading.bytes + dropped
    )


def read_within(limit: float, read: Callable[[*_Args], Reading], *args: *_Args) -> Reading:
    """Call `read`; the kernel ends this process after `limit` seconds.

    No thread could, nor a handler: a search does not let go of the interpreter.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        return read(*args)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def read_text(
    text: bytes, cache: Path | None = None, rules: tuple[ProjectFormat, ...] = ()
) -> Reading:
    """Read a small log: far less than anybody would wait for."""
    scanner = LogScanner(compiled=prepare_needles(cache, rules), rules=rules)
    scanner.feed(text)
    return scanner.finish()


def read_files(
    paths: tuple[Path, ...],
    time_limit: float,
    cache: Path | None = None,
    rules: tuple[ProjectFormat, ...] = (),
) -> Reading:
    """Read the pieces of one log, at most `time_limit` seconds long."""
    scanner = LogScanner(compiled=prepare_needles(cache, rules), rules=rules)
    deadline = time.monotonic() + time_limit
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while scanner.fill(file.readinto):
                if time.monotonic() > deadline:
                    reading = scanner.finish()
                    note = f"reading stopped after {time_limit:g} s at byte {reading.bytes}"
                    return replace(reading, notes=(*reading.notes, note), partial=True)
    return scanner.finish()


class _Spool:
    """A log on disk: its head, and a ring of its tail, together at most `cap` bytes."""

    def __init__(self, folder: Path, cap: int) -> None:
        self._folder = folder
        self._head_room = max(1, cap // _HEAD_SHARE)
        self._tail_room = max(1, (cap - self._head_room) // 2)
        self._head: BinaryIO = (folder / "head").open("wb")
        self._tails: list[Path] = []
        self._tail: BinaryIO | None = None
        self._made = 0
        self.dropped = 0

    @property
    def paths(self) -> tuple[Path, ...]:
        """The pieces in order."""
        return (self._folder / "head", *self._tails)

    def write(self, chunk: bytes) -> None:
        """Append; what is neither head nor tail any more is dropped."""
        room = self._head_room - self._head.tell()
        self._head.write(chunk[:room] if room > 0 else b"")
        rest = chunk[max(0, room) :]
        while rest:
            tail = self._current_tail()
            room = self._tail_room - tail.tell()
            tail.write(rest[:room])
            rest = rest[room:]

    def _current_tail(self) -> BinaryIO:
        """The tail's last piece; when it is full a new one is begun and the oldest goes."""
        if self._tail is not None and self._tail.tell() < self._tail_room:
            return self._tail
        if self._tail is not None:
            self._tail.close()
        if len(self._tails) == 2:
            oldest = self._tails.pop(0)
            self.dropped += oldest.stat().st_size
            oldest.unlink()
        self._made += 1
        path = self._folder / f"tail{self._made}"
        self._tails.append(path)
        self._tail = path.open("wb")
        return self._tail

    def close(self) -> None:
        """Flush."""
        self._head.close()
        if self._tail is not None:
            self._tail.close()
