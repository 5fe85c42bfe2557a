"""The scanner: constant memory, linear time, nothing missed at a seam, caps that are named."""

import io
import random
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.model import Kind, Reading
from bot.logs import LogScanner, read_log
from bot.logs.literal_matcher import MAX_MATCHES
from bot.logs.scanner import MARGIN, WINDOW

FAILING = b"""FAIL: test_a (test.test_x.Xs.test_a)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/b/build/Lib/test/test_x.py", line 3, in test_a
AssertionError: 41 != 42

----------------------------------------------------------------------
Ran 1 test in 0.001s
"""
PASSING = b"test_b (test.test_y.Ys.test_b) ... ok\n"


@pytest.mark.parametrize("distance", [-300, -150, -40, -7, -1, 0, 1, 40, 200])
@pytest.mark.parametrize("seam", [WINDOW, WINDOW - MARGIN, WINDOW + MARGIN, 2 * WINDOW])
def test_a_failure_on_a_seam_of_two_windows_is_found_once(seam: int, distance: int) -> None:
    """Otherwise one log in a thousand loses its cause, and nobody knows why."""
    before = PASSING * ((seam + distance) // len(PASSING))
    before += b"x" * (seam + distance - len(before) - 1) + b"\n"
    reading = read_log([before + FAILING + PASSING * 4000])
    assert [failure.test for failure in reading.failures] == ["test.test_x.Xs.test_a"]
    assert reading.failures[0].message == "AssertionError: 41 != 42"
    assert reading.failures[0].line == before.count(b"\n") + 1


def test_line_numbers_are_those_of_an_editor() -> None:
    reading = read_log([b"a\n\nb\r\n" + FAILING])
    assert reading.failures[0].line == 4
    assert reading.lines == 3 + FAILING.count(b"\n")


def test_ten_million_matches_are_not_ten_million_failures() -> None:
    """After a named cap only the log goes on; a partial reading mints no signatures."""
    reading = read_log([b"src/a.c:1:2: error: number %d\n" % n for n in range(MAX_MATCHES + 500)])
    assert reading.kind is Kind.COMPILE_ERROR
    assert reading.partial
    assert any("stopped looking for" in note for note in reading.notes)


def test_what_comes_after_a_flood_is_still_read() -> None:
    """A test that prints "error:" for ever must not hide the verdict at the end."""
    flood = b"".join(b"src/a%d.c:1:2: error: x\n" % n for n in range(200_000))
    reading = read_log([flood, FAILING])
    assert "test.test_x.Xs.test_a" in reading.tests
    assert reading.kind is Kind.TEST_FAILURE


def hurt(piece: bytes, megabytes: int) -> float:
    """Processor time, which a busy machine does not lengthen."""
    chunk = piece * (1_000_000 // len(piece) + 1)
    start = time.process_time()
    read_log(chunk for _ in range(megabytes))
    return time.process_time() - start


@pytest.mark.parametrize(
    "piece",
    [
        b"x" * 4096,
        b"error: FAIL: Traceback (most recent call last): ",
        b"src/a.c:1:1: error: x\n",
        b"(" * 4000 + b"FAIL: ((((\n",
        b"=" * 4000 + b"\n",
        b"\x1b[2K[1/9] error: x\r",
        b"a:" * 2000 + b" error: x\n",
        b"a/" * 2000 + b".py:1:1: E1 \n",
        b"\x1b]" * 2000 + b"error: \n",
        b"_" * 60 + b" x " + b"_" * 60 + b"\n",
    ],
)
def test_time_does_not_explode_on_hostile_logs(piece: bytes) -> None:
    """Somebody's log must not stop the bot: four times the log takes four times as long."""
    hurt(piece, 1)  # what is compiled at first use
    assert hurt(piece, 8) < 8 * max(hurt(piece, 2), hurt(b"x" * 60 + b"\n", 2))


@given(st.binary(max_size=3000))
@example(b"\r")
@example(b"\n\r\n\r\r\n")
@example(b"\x1b[" * 50)
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_reading(data: bytes) -> None:
    reading = read_log([data])
    assert reading.bytes == len(data)
    assert len(reading.excerpt) <= 40


WORDS = [
    b"FAIL: ", b"ERROR: ", b"test_a (m.C.test_a)", b"\n", b"\r\n", b"\r", b"-" * 70, b"=" * 70,
    b"Traceback (most recent call last):\n", b'  File "a.py", line 1, in f\n', b"ValueError: x\n",
    b"== Tests result: FAILURE ==\n", b"1 test failed:\n    test_a\n", b"test test_a failed -- ",
    b"Re-running failed tests in verbose mode\n", b"Fatal Python error: ", b"Timeout (0:00:01)!\n",
    b"FAILED a.py::b - c\n", b"____ x ____\n", b"E   y\n", b"--- FAIL: TestA (0.00s)\n", b"panic: ",
    b"FAIL\tp\t0.1s\n", b"test t::a ... FAILED\n", b"thread 'a' panicked at a.rs:1:2:\n",
    b"not ok 1 - a\n", b"  ---\n", b"  1 failing\n", b"  1) A\n",
    b"[  FAILED  ] A.B (0 ms)\n", b"[ RUN      ] A.B\n",
    b"a.c:1:2: error: x\n", b"undefined reference to `x'\n", b"make: *** [a] Error 1\n",
    b" argv: [b'a']\n", b" argv: [((((\n", b"command timed out: 3\n", b"\x1b[31m",
    b"2024-01-01T00:00:00Z ",
    b"******************** TEST 'A :: b' FAILED ********************\n", b"Failed example:\n",
    b"\xff", b"\0",
    b"==1==ERROR: AddressSanitizer: x\n", b"==1== Invalid read\n", b"[FAIL]\n", b"SyntaxError: x\n",
    b"Node.js v20.1.1\n", b"Tests run: 1, Failures: 1, Errors: 0, Skipped: 0\n",
    b"\xe2\x97\x8f a\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(b"".join))
@settings(max_examples=400, deadline=None)
def test_any_mixture_of_what_tools_print_gives_a_reading(data: bytes) -> None:
    """Streams interleave, logs are cut anywhere: no order of lines may be a surprise."""
    assert len(read_log([data]).excerpt) <= 40


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(b"".join), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_where_chunks_end_changes_nothing(data: bytes, seed: int) -> None:
    assert read_in_pieces(data, seed) == read_log([data])


def read_in_pieces(data: bytes, seed: int) -> Reading:
    scanner = LogScanner()
    for piece in cut(data, random.Random(seed)):
        scanner.feed(piece)
    return scanner.finish()


def cut(data: bytes, rnd: random.Random) -> Iterator[bytes]:
    while data:
        size = rnd.randint(1, 50)
        yield data[:size]
        data = data[size:]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("size", [7, 100_000, 3_000_000])
def test_what_is_read_in_place_is_read_the_same(encoding: str, size: int) -> None:
    """Whoever reads a file into our memory gets what whoever brings chunks gets."""
    text = "a line that says nothing\n" * (size // 25) + "FAIL: test_a (m.C.test_a)\n" * 3
    data = text.encode(encoding)
    scanner, file = LogScanner(), io.BytesIO(data)
    while scanner.fill(file.readinto):
        pass
    reading = scanner.finish()
    assert reading == read_log([data])
    assert reading.bytes == len(data)
    assert reading.lines == text.count("\n")
