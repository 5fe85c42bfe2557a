"""Priors: what commits touched, against where a failure points."""

from dataclasses import replace

import pytest

from bot.core.blame.priors import UNTOLD, PriorBook
from bot.core.model import Commit, Kind, Signature
from tests.core.blame.make import make_line

BROKEN = Signature("main", "unittest", Kind.COMPILE_ERROR, "compile:net/socket.c", "no member")
LETTERS = "abcdefghij"
LINE = make_line(*((letter, 100 + n) for n, letter in enumerate(LETTERS))).commits


def touch(**files: str) -> list[Commit]:
    """The line, where all commits touch some file of their own, and the named ones these."""
    return [
        replace(c, files=(files.get(letter, f"ui/{letter}/view.c"),))
        for letter, c in zip(LETTERS, LINE, strict=True)
    ]


def test_what_did_not_compile_was_touched() -> None:
    prior = PriorBook().find(touch(h="net/socket.c"), 6, 9, [BROKEN])
    assert prior.shares[1] == max(prior.shares) > 0.7


def test_a_failure_that_fits_a_suspect_speaks_for_a_regression() -> None:
    """A flaky test fails beside any commit: that one of these touched it is no chance."""
    assert PriorBook().find(touch(h="net/socket.c"), 6, 9, [BROKEN]).lift > 1.5


def test_a_failure_that_fits_only_older_commits_speaks_against_it() -> None:
    lift = PriorBook().find(touch(b="net/socket.c"), 6, 9, [BROKEN]).lift
    assert UNTOLD <= lift < 0.7


def test_where_all_fit_alike_nothing_is_told() -> None:
    assert PriorBook().find(touch(), 6, 9, [BROKEN]).lift == pytest.approx(1.0)


def test_files_that_become_known_later_count() -> None:
    """A cache that misses them would keep suspecting the wrong commit."""
    book = PriorBook()
    before = book.find(touch(), 6, 9, [BROKEN])
    after = book.find(touch(h="net/socket.c"), 6, 9, [BROKEN])
    assert after.shares[1] > before.shares[1]
