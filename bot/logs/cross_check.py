"""The file that a test runner wrote for machines is held against the console of the same run.

Input: what the console says, and which tests the file says failed. Output: which of those are
news, and what is to be noted.

Such files leave out, double and book elsewhere what the console tells: doctest files a failure
that is allowed, Robot Framework fails the tests of a suite whose teardown failed, bats books the
teardown of a file on its last test, ctest files what could not start under "skipped". So where a
run came to its end, and the console names what failed or the command ended well, the console is
believed. Of a console that was quiet, or cut, the file says the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.log_reading import Kind, Reading
from bot.core.model.counts import count_words
from bot.core.patterns import late
from bot.logs.merge_readings import merge_readings

_BETWEEN = late(r"[^\w]+")
_SHOWN = 3


def find_news(console: Reading, tests: Sequence[str | None]) -> tuple[list[int], tuple[str, ...]]:
    """The places of those that the console does not tell, and notes; None is a nameless failure."""
    known = [_split(test) for test in console.tests]
    others = [
        n
        for n, test in enumerate(tests)
        if (not _is_known(_split(test), known) if test else not known)
    ]
    if not _is_settled(console):
        return others, ()
    named = list(dict.fromkeys(test for n in others if (test := tests[n])))
    if not named:
        return [], ()
    shown = ", ".join(named[:_SHOWN]) + (", …" if len(named) > _SHOWN else "")
    said = count_words(len(named), "failure") + f" that the console does not: {shown}"
    return [], (f"a file of this run tells of {said}",)


_ENDED_BADLY = frozenset({Kind.CRASH, Kind.TIMEOUT, Kind.INTERRUPTED, Kind.INFRA})


def _is_settled(console: Reading) -> bool:
    """True when the console tells by itself what failed.

    TAP and others have no last line: there the command's own end stands for it.
    """
    if not console.runs or console.partial:
        return False
    whole = all(run.complete for run in console.runs)
    ended = console.exit_status is not None and console.kind not in _ENDED_BADLY
    return (whole or ended) if console.tests else (whole and console.exit_status == 0)


def _split(test: str) -> tuple[str, ...]:
    return tuple(part for part in _BETWEEN.split(test) if part)


def _is_known(test: tuple[str, ...], known: Sequence[tuple[str, ...]]) -> bool:
    """Some name more of what a test is in than others: one name is the other's end."""
    return any(
        (short := min(test, other, key=len)) and test[-len(short) :] == other[-len(short) :]
        for other in known
    )


def cross_check(parts: Sequence[tuple[str, Reading]]) -> list[Reading]:
    """The readings of one step's logs, by the names of these: files say only what is new in them.

    What is called `stdio` is the console, whatever it begins with.
    """
    is_file = [reading.is_file and name != "stdio" for name, reading in parts]
    told = [part for part, apart in zip(parts, is_file, strict=True) if not apart]
    if not told or not any(is_file):
        return [reading for _, reading in parts]
    console = merge_readings(told)
    checked = []
    for (_, reading), apart in zip(parts, is_file, strict=True):
        checked.append(_leave_news(console, reading) if apart else reading)
        if apart:
            console = replace(console, failures=(*console.failures, *checked[-1].failures))
    return checked


def _leave_news(console: Reading, file: Reading) -> Reading:
    kept, notes = find_news(console, [failure.test for failure in file.failures])
    if len(kept) == len(file.failures) and not notes:
        return file if not console.runs else replace(file, runs=())
    left = replace(
        file,
        failures=tuple(file.failures[n] for n in kept),
        runs=() if console.runs else file.runs,
        notes=(*file.notes, *notes),
    )
    return left if kept else replace(left, kind=Kind.UNKNOWN, excerpt=(), reproduce=None)
