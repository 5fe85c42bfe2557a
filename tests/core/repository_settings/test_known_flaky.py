"""Lists of flaky tests, as projects write them and as somebody hostile would."""

from datetime import timedelta

import pytest

from bot.core.model.known_flaky import KnownFlaky
from bot.core.payloads.repository_contents import FileContent
from bot.core.repository_settings.known_flaky import (
    MOST_TESTS,
    Names,
    WrongList,
    parse_listed_file,
    parse_listed_pattern,
    update_known_flaky,
)
from tests.support.make_observations import START

HOUR = timedelta(hours=1)
FILE, LABEL = "file:tests/flaky.txt", "label:flaky-test"
PLAIN = b"""\
# seen since the new year
test_ssl.T.test_a   # gh-1
tests/test_a.py::test_b[a#b]

LLVM :: CodeGen/a.ll\r
test_ssl.T.test_a
"""
BAD = {
    "gone": (None, "it is not there"),
    "ten megabytes": (FileContent("a" * 40, 10_000_000, None), "it has 10000000 bytes; at most"),
    "a little too large": (FileContent("a" * 40, 300_000, b"x\n" * 150_000), "300000 bytes"),
    "many lines": (FileContent("a" * 40, 30_000, b"x\n" * 15_000), "15000 lines"),
    "binary": (FileContent("a" * 40, 3, b"\xff\xfe\x00"), "not in UTF-8"),
    "a long name": (FileContent("a" * 40, 400, b"x" * 400), "longer than 300 letters"),
    "an escape": (FileContent("a" * 40, 9, b"a\x1b[31mb"), "control characters"),
}


def read(content: bytes, pattern: str | None = None) -> list[str]:
    names = parse_listed_file(FileContent("a" * 40, len(content), content), pattern)
    return [name for name, _ in names]


def test_plain_names_stand_one_on_a_line() -> None:
    names = ["test_ssl.T.test_a", "tests/test_a.py::test_b[a#b]", "LLVM :: CodeGen/a.ll"]
    assert read(PLAIN) == names


def test_a_pattern_finds_names_in_what_a_project_has_already() -> None:
    text = b"[pytest]\naddopts =\n  --deselect=tests/test_a.py::test_b\n  --deselect tests/c.py\n"
    assert read(text, r"--deselect[ =](\S+)") == ["tests/test_a.py::test_b", "tests/c.py"]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "no pattern that takes linear time"),
        (r"(a)\1", "no pattern that takes linear time"),
        ("a", "must have one group"),
        ("(a)(b)", "must have one group"),
        ("(a*)", "nothing in it"),
    ],
)
def test_a_bad_pattern_is_told(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_listed_pattern(pattern)


@pytest.mark.parametrize(("found", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_told(found: FileContent | None, words: str) -> None:
    with pytest.raises(WrongList, match=words):
        parse_listed_file(found, None)


def update(
    known: KnownFlaky, hours: int = 0, names: Names | WrongList = (), **more: Names
) -> KnownFlaky:
    found: dict[str, Names | WrongList] = {FILE: names, **more}
    return update_known_flaky(known, found, START + hours * HOUR)


ONE: Names = (("test_a", None),)


def test_a_name_is_listed_from_when_it_was_read_first_until_it_was_not() -> None:
    first = update(KnownFlaky(), 1, ONE)
    assert update(first, 2, ONE) == first
    gone = update(first, 3)
    (test,) = gone.tests
    assert (test.since, test.until) == (START + HOUR, START + 3 * HOUR)
    assert update(gone, 4) == gone
    again = update(gone, 5, ONE)
    assert [t.since for t in again.tests if t.until is None] == [START + 5 * HOUR]
    assert update(gone, 24 * 70).tests == ()


def test_a_file_that_cannot_be_read_lists_what_it_did_with_a_note() -> None:
    first = update(KnownFlaky(), 1, ONE)
    wrong = update(first, 2, WrongList("it is not there"))
    assert wrong.tests == first.tests
    assert wrong.problems == ("tests/flaky.txt: it is not there; what it listed before holds",)
    assert update(wrong, 3, ONE) == first


def test_a_file_that_is_not_named_any_more_lists_nothing() -> None:
    first = update(KnownFlaky(), 1, ONE)
    (test,) = update_known_flaky(first, {LABEL: (("test_ssl: test_a", 7),)}, START).tests[:1]
    assert test.until == START


def test_too_many_names_change_nothing() -> None:
    first = update(KnownFlaky(), 1, ONE)
    many = tuple((f"test_{n}", None) for n in range(MOST_TESTS + 1))
    flooded = update(first, 2, many)
    assert flooded.tests == first.tests
    assert "1001 tests are listed as flaky; at most 1000 are read" in flooded.problems[0]
