"""A file for machines is read as one, and says no less than the console of the same run."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log

FILES = Path(__file__).parent.parent / "data" / "junit"
HEAD = '<?xml version="1.0"?>\n<testsuites>'


def read(text: str | bytes) -> Reading:
    return read_log([text.encode() if isinstance(text, str) else text])


def case(name: str, inner: str, suite: str = 'name="s" failures="1"') -> str:
    test = f"<testcase classname='a.B' name='{name}'>{inner}</testcase>"
    return f"{HEAD}<testsuite {suite}>{test}</testsuite></testsuites>"


def test_the_ids_of_pytest_are_those_of_its_console() -> None:
    reading = read((FILES / "pytest.xml").read_bytes())
    assert reading.kind is Kind.TEST_FAILURE
    assert reading.tests == (
        "tests/test_lid.py::TestLid::test_shut",
        "tests/test_lid.py::TestLid::test_size[9]",
        "tests/test_lid.py::test_twice",  # also its fixture's teardown failed
    )
    assert [f.message for f in reading.failures][1:] == ["assert 9 < 5", "assert 3 == 4"]
    assert reading.reproduce
    assert reading.reproduce.startswith("python -m pytest tests/test_lid.py::TestLid::test_shut")


def test_what_ctest_calls_skipped_though_it_failed() -> None:
    """On the console a program that is missing is a failure, and so is what needs a fixture."""
    reading = read((FILES / "ctest.xml").read_bytes())
    assert reading.tests == ("lid", "missing", "setup", "uses")
    assert reading.failures[0].message == "3 is not 4"


def test_nothing_is_believed_to_have_passed() -> None:
    """Such a file does not tell what never ran."""
    assert [run.complete for run in read((FILES / "pytest.xml").read_bytes()).runs] == [False]


@pytest.mark.parametrize("name", ["pytest", "ctest"])
def test_pieces_of_any_size_give_the_same(name: str) -> None:
    text = (FILES / f"{name}.xml").read_bytes()
    assert read_log(text[n : n + 7] for n in range(0, len(text), 7)) == read(text)
    assert read("\ufeff".encode() + text).tests == read(text).tests


@pytest.mark.parametrize("name", ["pytest", "ctest"])
def test_a_file_that_is_cut_says_so(name: str) -> None:
    text = (FILES / f"{name}.xml").read_bytes()
    for n in random.Random(3).sample(range(80, len(text) - 20), 40):
        reading = read(text[:n])
        assert reading.partial
        assert "the JUnit file is broken" in reading.notes[0]
        assert set(reading.tests) <= set(read(text).tests)


def test_a_count_without_a_failure_is_a_failure() -> None:
    """A red run never reads as one in which nothing failed."""
    reading = read(f'{HEAD}<testsuite name="s" errors="2" failures="0"/></testsuites>')
    assert reading.kind is Kind.TEST_FAILURE
    assert "counts 2 failures" in reading.failures[0].message


def test_what_passed_when_run_again_is_told() -> None:
    reading = read(case("c", '<flakyFailure message="late"/>', 'name="s" failures="0"'))
    assert [(f.test, f.passed_on_rerun) for f in reading.failures] == [("a.B.c", True)]
    assert reading.tests == ()


def test_a_run_without_failures_has_none() -> None:
    reading = read(case("c", '<skipped message="later"/>', 'name="s" failures="0"'))
    assert reading.failures == ()
    assert reading.kind is Kind.UNKNOWN


@pytest.mark.parametrize(
    "hostile",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
def test_document_types_are_refused(hostile: str) -> None:
    """With them come entities: that grow, or that are somebody's files."""
    reading = read(f"<testsuites><testsuite>{hostile}<testcase/>")
    assert reading.partial
    reading = read(f"<?xml version='1.0'?>{hostile}<testsuites>&b;</testsuites>")
    assert not reading.failures


def pour(piece: bytes, times: int) -> Iterator[bytes]:
    yield f"{HEAD}<testsuite><testcase classname='a.B' name='c'><failure ".encode()
    yield from (piece for _ in range(times))


@pytest.mark.parametrize("piece", [b"x", b"x='1' ", b">&lt;", b"><a", b">\n\n"])
def test_no_piece_takes_more_than_it_should(piece: bytes) -> None:
    """A tag that never ends, text that never ends, and depth without end."""
    reading = read_log(pour(piece * 10_000, 60))
    assert reading.partial
    assert len(reading.excerpt) <= 40


def test_names_and_messages_stay_short() -> None:
    reading = read(
        case("n" * 50_000, f'<failure message="{"m" * 90_000}">{"t" * 90_000}</failure>')
    )
    assert len(reading.failures[0].test or "") <= 600
    assert len(reading.failures[0].message) <= 400


def test_fixtures_of_unittest_have_one_name_in_all_files() -> None:
    """xmlrunner leaves the class away, and nose2 cuts its words at the last point."""
    for case in (
        "classname='' name='setUpClass (test_a.Db)'",
        "classname='setUpClass (test_a' name='Db)'",
    ):
        text = f"<testsuite name='x'><testcase {case}><error message='no'/></testcase></testsuite>"
        assert read_log([text.encode()]).tests == ("test_a.Db.setUpClass",)
