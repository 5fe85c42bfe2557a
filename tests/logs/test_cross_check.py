"""A file for machines and the console of the same run tell of one run, and not of two."""

from dataclasses import replace

import pytest

from bot.core.model import Kind, Log, Reading
from bot.core.model.build_results import Result
from bot.logs import cross_check, read_log
from bot.reconcile.build_logs import check_files
from tests.logs.files import FILES, read, read_parts


def merge(name: str) -> Reading:
    """Both as logs of one step."""
    console, file = read_parts(name)
    assert file.is_file
    checked = cross_check([("stdio", console), ("junit", file)])
    failures = tuple(f for reading in checked for f in reading.failures)
    return replace(checked[0], failures=failures)


@pytest.mark.parametrize(
    ("name", "tests", "ended"),
    [
        ("pytest.log", ("test_lid.py::test_shut", "test_lid.py::test_size[9]"), 1),
        ("doctest.log", (), 0),  # its three <failure>s are allowed ones
        ("robot.log", ("Lid",), 2),  # both tests passed, and then the suite's teardown failed
        ("bats.log", ("teardown_file failed",), 1),  # in the file it is the last test's
        ("behave.log", (), 1),  # the file tells of no failure at all
    ],
)
def test_the_console_is_believed_and_the_file_adds_nothing(
    name: str, tests: tuple[str, ...], ended: int
) -> None:
    for reading in (read(name), merge(name)):
        assert reading.tests == tests
        assert reading.exit_status == ended
        assert bool(reading.failures) == (ended != 0)
        assert reading.kind is (Kind.TEST_FAILURE if ended else Kind.UNKNOWN)


def test_what_only_the_file_says_is_noted() -> None:
    assert read("robot.log").notes == (
        "a file of this run tells of 2 failures that the console does not: Lid.Opens, Lid.Shuts",
    )


def test_a_console_that_says_nothing_leaves_it_to_the_file() -> None:
    _, file = read_parts("pytest.log")
    head = b"make check\n in dir /b\n using PTY: False\n"
    quiet = read_log([head, b"program finished with exit code 2\n"])
    checked = cross_check([("stdio", quiet), ("junit", file)])
    assert checked[1].tests == file.tests == read("pytest.log").tests


def test_a_console_that_is_cut_is_filled_up() -> None:
    text = (FILES / "pytest.log").read_bytes()
    console = read_log([text[: text.index(b"=== short test summary")]])
    assert not console.runs
    _, file = read_parts("pytest.log")
    said = cross_check([("stdio", console), ("junit", file)])
    assert {test for reading in said for test in reading.tests} == set(file.tests)


def test_a_file_without_a_failure_says_what_it_does_not_tell() -> None:
    _, file = read_parts("behave.log")
    assert file.failures == ()
    assert "what else became of its run it does not tell" in file.notes[0]


def test_a_tap_file_beside_its_console_is_told_once() -> None:
    report = b"Test Summary Report\n-------------------\nt/a.t (Wstat: 256 Tests: 1 Failed: 1)\n"
    end = b"  Failed test:  1\nFiles=1, Tests=1\nResult: FAIL\n"
    console = read_log([b"t/a.t .. \nnot ok 1 - is shut\n1..1\n\n", report, end])
    file = read_log([b"TAP version 13\n1..1\nnot ok 1 - is shut\n"])
    assert file.is_file
    checked = cross_check([("stdio", console), ("tap", file)])
    assert checked[1].failures == ()


def test_a_build_counts_a_failure_of_one_step_once() -> None:
    console, file = read_parts("pytest.log")
    logs = [
        Log(n, step, n, Result.FAILURE, name, 9)
        for n, (step, name) in enumerate([("test", "stdio"), ("test", "junit"), ("more", "junit")])
    ]
    checked = check_files([(logs[0], console), (logs[1], file), (logs[2], file)])
    assert [len(reading.failures) for _, reading in checked] == [2, 0, 2]


def test_a_red_run_that_names_no_failure_says_so() -> None:
    """What runs at the end of a program may fail when its tests are over."""
    ran = b"Ran 3 tests in 0.1s\n\nOK\nprogram finished with exit code 1\n"
    reading = read_log([b"python -m unittest\n in dir /b\n using PTY: False\n...\n", ran])
    assert reading.notes == ("the tests ended with status 1, and no line names what failed",)
    assert read_log([ran.replace(b"code 1", b"code 0")]).notes == ()
