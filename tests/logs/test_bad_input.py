"""Logs that were cut, mixed, quoted, encoded or blown up: what is said of them stays true."""

from pathlib import Path

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log

LOGS = Path(__file__).parent.parent / "data" / "runners" / "logs"
NAMES = sorted(path.stem for path in LOGS.glob("*.log"))


def load(name: str) -> bytes:
    return (LOGS / f"{name}.log").read_bytes()


def read(*pieces: bytes) -> Reading:
    return read_log(pieces)


@pytest.mark.parametrize("name", NAMES)
def test_a_log_that_is_cut_names_no_test_that_did_not_fail(name: str) -> None:
    """The worker went away in the middle: less is known, nothing else."""
    log = load(name)
    whole = set(read(log).tests)
    for part in (3, 5, 8):
        reading = read(log[: len(log) * part // 10].rpartition(b"\n")[0])
        assert reading.kind is not Kind.INFRA
        guessed = any("guessed" in note for note in reading.notes)
        assert guessed or set(reading.tests) <= whole | {None}, set(reading.tests) - whole


def test_two_runners_in_one_log_are_both_read() -> None:
    reading = read(load("meson"), load("rspec"))
    assert set(reading.tests) == {*read(load("meson")).tests, *read(load("rspec")).tests}
    assert {run.suite for run in reading.runs} == {"meson", "rspec"}


@pytest.mark.parametrize("name", ["meson", "dejagnu", "automake", "phpunit", "catch2", "check"])
def test_links_bars_and_line_ends_change_nothing(name: str) -> None:
    """OSC links around words, a progress bar before each line, and Windows' ends of lines."""
    plain = read(load(name))
    lines = load(name).split(b"\n")
    link = b"\x1b]8;;file:///x\x1b\\%s\x1b]8;;\x1b\\"
    linked = [link % line if line.strip() else line for line in lines]
    bars = [b"[ 12%%] 3/9\r%s" % line if line.strip() else line for line in lines]
    assert read(b"\n".join(linked)).tests == plain.tests
    assert read(b"\n".join(bars)).tests == plain.tests
    assert read(load(name).replace(b"\n", b"\r\n")).tests == plain.tests


def test_a_runner_that_is_quoted_fails_nothing() -> None:
    """A test of a test runner prints another's failures, and passes."""
    inner = b"TAP version 13\n# Subtest: quotes\n    not ok 1 - quoted\nok 1 - quotes\n1..1\n"
    outer = b"".join(b"# " + line + b"\n" for line in load("meson").splitlines())
    green = b"# tests 1\n# pass 1\nprogram finished with exit code 0\n"
    assert read(outer + inner + green).tests == ()


def test_output_of_two_tests_that_is_mixed_keeps_both_names() -> None:
    """make -j without -O: lines of two folders come between each other."""
    lines = load("check").splitlines()[5:-2]
    other = [b"cc -c x.c", b"x.c:3:1: warning: odd", b"make[2]: Nothing to be done"]
    mixed = b"\n".join(line for pair in zip(lines, other * 9, strict=False) for line in pair)
    assert set(read(mixed).tests) == set(read(load("check")).tests)


def test_half_a_million_failures_are_told_as_such() -> None:
    """The first ones are listed, and the reading says that it is not all."""
    starts = range(0, 500_000, 5000)
    body = (b"".join(b"FAIL: sort %d\n" % (n + k) for k in range(5000)) for n in starts)
    head, tail = b"Schedule of variations:\n", b"\t\t=== x Summary ===\n"
    reading = read(head, *body, tail)
    assert len(reading.tests) == 2000
    assert reading.partial
    assert any("only the first" in note for note in reading.notes)


@pytest.mark.parametrize(
    "piece", [b"FAIL: lid ", b"not ok 1 - x ", b"\x00\xff\xfe\x80", b"\xe2\x9c\x97 x "]
)
def test_a_line_without_an_end_is_no_test(piece: bytes) -> None:
    reading = read(*(piece * 100_000 for _ in range(20)))
    assert all(len(test) <= 500 for test in reading.tests)
    assert reading.lines == 1
