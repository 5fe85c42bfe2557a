"""Logs that say the same thing a hundred thousand times: only what matters makes them partial."""

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log
from bot.logs.literal_matcher import MAX_HITS
from tests.logs.test_scanner import FAILING

RUN = b"== CPython 3.13.0 (main, Oct 7 2024) [GCC 12.2.0]\n"
END = b"== Tests result: FAILURE ==\n\n1 test failed:\n    test_x\n"
COUNT = MAX_HITS + 10_000


def read(*pieces: bytes) -> Reading:
    return read_log(pieces)


@pytest.mark.parametrize(
    "line",
    [b"probe(): %d\n", b"checked: SomeError: %d\n", b"Warning -- %d is odd\n", b"fatal: %d\n"],
)
def test_a_flood_of_no_account_does_not_make_a_reading_partial(line: bytes) -> None:
    """Otherwise one chatty test keeps every other failure of its build from being told."""
    flood = b"".join(line % n for n in range(COUNT))
    reading = read(RUN, flood, FAILING, END)
    assert reading.tests == ("test.test_x.Xs.test_a",)
    assert (reading.partial, reading.notes) == (False, ())


def test_a_flood_of_the_runners_own_word_makes_it_partial() -> None:
    """Behind the cap another test may have failed: what is listed may be only half of it."""
    flood = b"".join(b"FAIL: number %d\n" % n for n in range(COUNT))
    reading = read(RUN, FAILING, flood, END)
    assert reading.tests == ("test.test_x.Xs.test_a",)
    assert reading.partial
    assert any("stopped looking for 'FAIL: ' at line" in note for note in reading.notes)


def test_a_silent_runner_whose_word_was_given_up_might_have_failed() -> None:
    """A compiler's error would be blamed for what a test had said behind the cap."""
    flood = b"".join(b"FAIL: number %d\n" % n for n in range(COUNT))
    reading = read(RUN, flood, b"a.c:1:2: error: x\n", b"== Tests result: SUCCESS ==\n")
    assert reading.partial


def test_the_first_hits_of_a_window_are_kept_when_it_has_too_many() -> None:
    """The first error of a flood is the cause, and it was lost when the flood came at once."""
    flood = b"src/a.c:7:1: error: the cause\n" + b"error: " * 150_000 + b"\n"
    reading = read(flood)
    assert reading.failures[0].message == "error: the cause"
    assert reading.kind is Kind.COMPILE_ERROR
