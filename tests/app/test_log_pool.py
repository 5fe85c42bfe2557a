"""Logs are read outside the event loop, within caps that are named in the result."""

import asyncio
import multiprocessing
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app.compiled_needles import keep_compiled, load_compiled
from bot.app.log_pool import LogPool, read_files
from bot.core.model import Kind, Reading
from bot.logs import LogScanner

BROKEN = b"""FAIL: test_a (test.test_x.Xs.test_a)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/b/build/Lib/test/test_x.py", line 3, in test_a
AssertionError: 41 != 42

----------------------------------------------------------------------
Ran 1 test in 0.001s
"""
PASSED = b"test_b (test.test_y.Ys.test_b) ... ok\n" * 200


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[LogPool]:
    reader = LogPool(cap=40_000, processes=1, folder=tmp_path)
    yield reader
    await reader.close()


async def test_a_log_is_read_in_a_process(reader: LogPool) -> None:
    reading = await reader.read(stream(PASSED, BROKEN), step="test")
    assert reading.tests == ("test.test_x.Xs.test_a",)
    assert not reading.partial
    assert reading.bytes == len(PASSED) + len(BROKEN)


async def test_of_a_log_over_the_cap_head_and_tail_are_read(reader: LogPool) -> None:
    """A worker that prints for ever must not fill the disk; its verdict stands at the end."""
    reading = await reader.read(stream(BROKEN, *[PASSED] * 40, BROKEN), step="test")
    assert reading.kind is Kind.TEST_FAILURE
    assert reading.partial
    assert "over the cap" in reading.notes[0]
    assert reading.bytes == 40 * len(PASSED) + 2 * len(BROKEN)


async def test_a_stream_that_breaks_leaves_nothing_behind(reader: LogPool, tmp_path: Path) -> None:
    """Buildbot goes away in the middle of a log: the key is tried again, the disk stays clean."""

    async def broken() -> AsyncIterator[bytes]:
        yield PASSED * 8  # more than is kept in memory
        assert list(tmp_path.glob("nightswatch-*"))
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await reader.read(broken(), step="test")
    assert list(tmp_path.iterdir()) == []


async def test_two_logs_are_read_at_once(reader: LogPool) -> None:
    readings = await asyncio.gather(
        *(reader.read(stream(PASSED, BROKEN), step=str(n)) for n in range(3))
    )
    assert len({reading.tests for reading in readings}) == 1


def test_time_that_runs_out_is_a_named_partial_result(tmp_path: Path) -> None:
    """Never silence, and never a hang."""
    path = tmp_path / "log"
    path.write_bytes(PASSED * 1000)
    reading = read_files((path,), time_limit=-1.0)
    assert reading.partial
    assert "reading stopped" in reading.notes[0]


async def test_a_reader_that_hangs_is_ended_and_told(tmp_path: Path) -> None:
    """A search that never comes back holds the interpreter: only the kernel can end it."""
    reader = LogPool(time_limit=0.4, folder=tmp_path)
    try:
        hung, beside = await asyncio.gather(
            reader._run("test", _hang, b"a" * 40 + b"!"), reader._run("lint", _read_slowly, b"x\n")
        )
    finally:
        await reader.close()
    assert hung.partial
    assert hung.notes == ("reading 'test' took over 0.5 s: its process was ended",)
    assert beside.lines == 1  # read again, by a process of its own


def _hang(text: bytes) -> Reading:
    """As long as the machine lives."""
    re.fullmatch(rb"(?:a|a)*", text)
    return Reading()


def _read_slowly(text: bytes) -> Reading:
    time.sleep(0.1)
    return Reading(lines=text.count(b"\n"))


async def test_a_reader_that_dies_leaves_no_neighbour_behind(tmp_path: Path) -> None:
    """One that lives on without a pool kept the service from ending, which waits for it."""
    reader = LogPool(processes=2, folder=tmp_path)
    before = set(multiprocessing.active_children())
    await asyncio.gather(*(reader.read(stream(BROKEN), step=str(n)) for n in range(4)))
    first, *others = set(multiprocessing.active_children()) - before
    assert others
    first.kill()
    try:
        async with asyncio.timeout(60):
            # The neighbour may read a log before Python sees the death; the next one shows it.
            while any(other.is_alive() for other in others):
                reading = await reader.read(stream(BROKEN), step="test")
                assert reading.tests == ("test.test_x.Xs.test_a",)
    finally:
        await reader.close()


@pytest.mark.parametrize("spoil", [0, 1, 1000], ids=["whole", "damaged", "cut"])
async def test_a_reader_compiles_what_is_not_kept(tmp_path: Path, spoil: int) -> None:
    """Half a second and 50 MB for each process, unless another one has done it before."""
    folder, compiled = tmp_path / "nightswatch", LogScanner().dump_compiled()
    assert compiled
    broken = bytes([*compiled[:-spoil], *(b"x" if spoil == 1 else b"")])
    keep_compiled(folder, broken if spoil else compiled)
    before = (folder / "compiled-needles").stat().st_ino
    reader = LogPool(processes=1, cache=folder)
    try:
        reading = await reader.read(stream(PASSED, BROKEN), step="test")
    finally:
        await reader.close()
    assert reading.tests == ("test.test_x.Xs.test_a",)
    kept = (folder / "compiled-needles").stat().st_ino
    assert (kept == before) == (not spoil)
    assert load_compiled(folder) == compiled
