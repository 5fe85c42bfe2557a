"""The same failure must meet itself on another builder; two failures must not meet."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Failure, Kind
from bot.core.signature import make_signature, normalise


def make_failure(
    message: str,
    test: str | None = "test.test_ssl.Ssl.test_read",
    kind: Kind = Kind.TEST_FAILURE,
    location: str | None = None,
) -> Failure:
    return Failure(suite="regrtest", kind=kind, test=test, message=message, location=location)


SAME = [
    ("object at 0x7f3a4d7e1b80", "object at 0x55aa00ff1234"),
    ("==29951==ERROR: AddressSanitizer: heap", "==31==ERROR: AddressSanitizer: heap"),
    ("OSError: port 54321 is taken", "OSError: port 40001 is taken"),
    ("cannot connect to 127.0.0.1:43211", "cannot connect to 127.0.0.1:50123"),
    (
        "FileNotFoundError: '/tmp/tmpab12cd34/x.py'",
        "FileNotFoundError: '/var/tmp/tmpzz98yy11/x.py'",
    ),
    ("/home/a/build/Modules/_ssl.c: bad", "/srv/worker/other/build/Modules/_ssl.c: bad"),
    (r"C:\buildbot\x\build\PCbuild\python.exe died", r"D:\b\build\PCbuild\python.exe died"),
    ("AssertionError: 1.337 not less than 0.5", "AssertionError: 1.402 not less than 0.5"),
    ("process 1234 died", "process 99 died"),
    ("Objects/dict.c:123: bad", "Objects/dict.c:207:9: bad"),
    ("finished in 12.3s", "finished in 9 sec"),
    ("[ 3/412] x failed", "[17/398/2] x failed"),
    ("@test_1234_tmp is there", "@test_77_tmp is there"),
    ("SyntaxError: bad (a.py, line 12)", "SyntaxError: bad (a.py, line 14)"),
    ("at 2024-05-06T07:08:09.123Z", "at 2026-01-02 03:04:05"),
]
DIFFERENT = [
    ("AssertionError: 41 != 42", "AssertionError: 43 != 42"),
    ("AssertionError: 503 != 200", "AssertionError: 404 != 200"),
    ("KeyError: 'a'", "KeyError: 'b'"),
    ("AssertionError: 'x' not found in 'abc'", "AssertionError: 'y' not found in 'abc'"),
    ("/a/build/Modules/_ssl.c: bad", "/a/build/Modules/_hash.c: bad"),
    ("Fatal Python error: Segmentation fault", "Fatal Python error: Aborted"),
    ("OSError: [Errno 28] full", "OSError: [Errno 13] full"),
    ("undefined reference to `a'", "undefined reference to `b'"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_differs_between_builders_is_normalised_away(one: str, other: str) -> None:
    """Otherwise two builders red for one cause are two incidents with half the evidence each."""
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_failures_do_not_meet(one: str, other: str) -> None:
    """Otherwise the second pull to break a test hides behind the first."""
    assert normalise(one) != normalise(other)


@given(st.text(max_size=400))
def test_normalising_again_changes_nothing(message: str) -> None:
    """Stored signatures are compared with fresh ones."""
    once = normalise(message)
    assert normalise(once) == once


_SHAPES = [
    ("object at 0x{:x} is gone", st.integers(0x10000, 2**48)),
    ("pid {} is gone", st.integers(1, 99999)),
    ("took {} seconds", st.floats(0.1, 9999).map(lambda x: round(x, 3))),
    ("cannot bind localhost:{}", st.integers(1024, 65535)),
    ("no such file: /tmp/tmp{}/x", st.from_regex(r"[a-z0-9_]{8}", fullmatch=True)),
    ('File "a.py", line {}', st.integers(1, 99999)),
    ("/home/{}/build/Lib/ssl.py is bad", st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)),
]


@given(st.sampled_from(_SHAPES).flatmap(lambda s: st.tuples(st.just(s[0]), s[1], s[1])))
def test_any_two_values_of_what_varies_give_one_signature(case: tuple[str, object, object]) -> None:
    """Property, one way: addresses, pids, times, ports, temporary names, lines, paths."""
    shape, one, other = case
    assert normalise(shape.format(one)) == normalise(shape.format(other))


_WORDS = st.lists(st.from_regex(r"[A-Za-z]{3,12}", fullmatch=True), min_size=1, max_size=6)


@given(_WORDS, _WORDS)
def test_two_messages_of_other_words_stay_apart(one: list[str], other: list[str]) -> None:
    """Property, the other way: plain words are never dropped."""
    if one != other:
        assert normalise("Error: " + " ".join(one)) != normalise("Error: " + " ".join(other))


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_small_numbers_stay_apart(one: int, other: int) -> None:
    """Property, the other way: what was expected is part of the failure."""
    same = normalise(f"AssertionError: {one} != 42") == normalise(f"AssertionError: {other} != 42")
    assert same == (one == other)


def test_the_site_is_the_test_or_else_the_file() -> None:
    """A line number moves with every commit above it, and would make a new failure each time."""
    failure = make_failure("error: x", test=None, location="src/net.cpp:3")
    assert make_signature("main", failure).site == "src/net.cpp"
    assert make_signature("main", make_failure("x")).site == "test.test_ssl.Ssl.test_read"
    assert make_signature("main", make_failure("x", test=None, location="Makefile")).site == (
        "Makefile"
    )
    assert make_signature("main", make_failure("x", test=None)).site == ""


def test_a_leak_of_another_size_is_the_same_leak() -> None:
    """Counts of references differ from run to run."""
    one = make_failure("test_x leaked [12, 12, 12] references, sum=36", kind=Kind.REFLEAK)
    other = make_failure("test_x leaked [13, 14, 12] references, sum=39", kind=Kind.REFLEAK)
    assert make_signature("main", one) == make_signature("main", other)


def test_branch_suite_and_kind_are_part_of_the_name() -> None:
    """A crash and a failed assertion of one test are two failures."""
    one = make_signature("main", make_failure("x"))
    assert one != make_signature("3.13", make_failure("x"))
    assert one != make_signature("main", make_failure("x", kind=Kind.CRASH))


@given(st.text(min_size=1000, max_size=3000))
def test_signatures_are_short(message: str) -> None:
    """A hostile message must not fill the database."""
    assert len(normalise(message)) <= 300
    assert not re.search(r"\n", normalise(message))
