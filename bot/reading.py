"""Read logs outside the event loop, by a pool of two processes; large ones by way of capped files.

Input: a log as an async stream of bytes. Output: its `Reading`; when a cap was met or time ran
out, a named, partial one.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeVarTuple

from bot.core.model import Reading
from bot.logs import LogScanner

# A log of half a gigabyte is read whole; of a longer one the ends hold the cause, the runner's
# verdict and the way it was started.
CAP = 512 * 1024 * 1024
# Reading 500 MB takes about three seconds; ten times that means the machine is not ours.
TIME_LIMIT = 30.0
PROCESSES = 2
_CHUNK = 1 << 20
# Most logs are smaller, and need no disk: a file costs more than reading them.
_SMALL = 1 << 20
# Of larger ones so many are fetched at once, for their pages take memory.
_LARGE_AT_ONCE = 4
# The share of a cap that the head gets: failures of a test run are told again at its end.
_HEAD_SHARE = 4

_Args = TypeVarTuple("_Args")


class PoolLogReader:
    """A `ports.LogReader` over a pool of processes; `close` it at the end."""

    def __init__(
        self,
        *,
        cap: int = CAP,
        time_limit: float = TIME_LIMIT,
        processes: int = PROCESSES,
        folder: Path | None = None,
    ) -> None:
        """`folder` is where logs are spooled; the system's temporary one by default."""
        self._folder = folder
        self._cap = cap
        self._time_limit = time_limit
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

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
        return await self._run(step, read_text, b"".join(begin))

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
            reading = await self._run(step, read_files, spool.paths, self._time_limit)
        return _with_gap(reading, spool.dropped, step)

    async def _run(self, step: str, read: Callable[[*_Args], Reading], *args: *_Args) -> Reading:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._start(), read, *args)
        except BrokenProcessPool:
            # A log that kills a reader may do so again: it gets a named result, the others a new
            # pool.
            self._pool = None
            return Reading(notes=(f"the reader of {step!r} died",), partial=True)

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Not "fork": the parent has threads and an event loop.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self._processes, mp_context=context, initializer=_begin_reader
            )
        return self._pool

    async def close(self) -> None:
        """End the processes, also in the middle of a log: the key is given back, and read again."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        # Python has a method for it from 3.14 on. All children of ours would be too many: another
        # reader may have some.
        for process in list((pool._processes or {}).values()):
            process.kill()
        await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


def _begin_reader() -> None:
    """Supervisors and Ctrl-C tell the whole group; when a reader ends, is for its owner to say.

    A reader that dies of itself would leave a build with a partial reading for good. But one whose
    owner was killed would wait for ever for the next log.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_owner, daemon=True).start()


def _end_with_owner() -> None:
    owner = multiprocessing.parent_process()
    if owner is not None:
        owner.join()
        os._exit(1)


def _with_gap(reading: Reading, dropped: int, step: str) -> Reading:
    if not dropped:
        return reading
    note = f"the log of {step!r} is over the cap: {dropped} bytes in its middle were not read"
    return replace(
        reading, notes=(*reading.notes, note), partial=True, bytes=reading.bytes + dropped
    )


def read_text(text: bytes) -> Reading:
    """Read a small log: far less than anybody would wait for."""
    scanner = LogScanner()
    scanner.feed(text)
    return scanner.finish()


def read_files(paths: tuple[Path, ...], time_limit: float) -> Reading:
    """Read the pieces of one log, at most `time_limit` seconds long."""
    scanner = LogScanner()
    deadline = time.monotonic() + time_limit
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                if time.monotonic() > deadline:
                    reading = scanner.finish()
                    note = f"reading stopped after {time_limit:g} s at byte {reading.bytes}"
                    return replace(reading, notes=(*reading.notes, note), partial=True)
                scanner.feed(chunk)
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
