"""Logs are read outside the event loop, within caps that are named in the result."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.model import Kind
from bot.reading import PoolLogReader, read_files

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
async def reader(tmp_path: Path) -> AsyncIterator[PoolLogReader]:
    reader = PoolLogReader(cap=40_000, processes=1, folder=tmp_path)
    yield reader
    await reader.close()


async def test_a_log_is_read_in_a_process(reader: PoolLogReader) -> None:
    reading = await reader.read(stream(PASSED, BROKEN), step="test")
    assert reading.tests == ("test.test_x.Xs.test_a",)
    assert not reading.partial
    assert reading.bytes == len(PASSED) + len(BROKEN)


async def test_of_a_log_over_the_cap_head_and_tail_are_read(reader: PoolLogReader) -> None:
    """A worker that prints for ever must not fill the disk; its verdict stands at the end."""
    reading = await reader.read(stream(BROKEN, *[PASSED] * 40, BROKEN), step="test")
    assert reading.kind is Kind.TEST_FAILURE
    assert reading.partial
    assert "over the cap" in reading.notes[0]
    assert reading.bytes == 40 * len(PASSED) + 2 * len(BROKEN)


async def test_a_stream_that_breaks_leaves_nothing_behind(
    reader: PoolLogReader, tmp_path: Path
) -> None:
    """Buildbot goes away in the middle of a log: the key is tried again, the disk stays clean."""

    async def broken() -> AsyncIterator[bytes]:
        yield PASSED * 8  # more than is kept in memory
        assert list(tmp_path.glob("nightswatch-*"))
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await reader.read(broken(), step="test")
    assert list(tmp_path.iterdir()) == []


async def test_two_logs_are_read_at_once(reader: PoolLogReader) -> None:
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
