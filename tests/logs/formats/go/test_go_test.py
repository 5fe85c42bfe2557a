"""The go tool: verdicts that are told as text, as events, and those that tests only print."""

from typing import Any

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log


def read(text: str) -> Reading:
    return read_log([text.encode()])


FAILED = """\
--- FAIL: TestPrinted (0.00s)
    a_test.go:3: printed
"""


def test_of_a_package_that_passed_no_test_failed() -> None:
    """A test of a test runner prints such lines; somebody would be blamed for a green package."""
    reading = read(f"{FAILED}PASS\nok  \texample.com/a\t0.002s\n")
    assert (reading.tests, reading.kind) == ((), Kind.UNKNOWN)
    [run] = reading.runs
    assert run.complete


def test_what_passed_does_not_hide_what_failed() -> None:
    """The next package's failure is its own."""
    failed = FAILED.replace("TestPrinted", "TestReal")
    reading = read(
        f"{FAILED}PASS\nok  \texample.com/a\t0.002s\n"
        f"{failed}FAIL\nexit status 1\nFAIL\texample.com/b\t0.002s\n"
    )
    assert reading.tests == ("example.com/b.TestReal",)


def test_a_word_of_panic_is_no_panic_of_the_next_test() -> None:
    """It would be a second crash in a test that crashed once, or in one that did not."""
    reading = read(
        "panic: at the disco\n"
        "--- FAIL: TestDie (0.00s)\n"
        "panic: runtime error: index out of range [recovered]\n"
        "\n"
        "goroutine 21 [running]:\n"
        "example.com/b.TestDie(0xc0000969c0?)\n"
        "\t/w/b/b_test.go:18 +0x1c\n"
        "FAIL\texample.com/b\t0.006s\n"
    )
    [failure] = reading.failures
    assert failure.message == "panic: runtime error: index out of range [recovered]"


@pytest.mark.parametrize(
    "end",
    [
        "command timed out: 1200 seconds without output\nprocess killed by signal 9\n",
        "process killed by signal 9\nprogram finished with exit code -1\n",
        "program finished with exit code 143\n",
    ],
)
def test_a_run_that_was_killed_did_not_reach_all_packages(end: str) -> None:
    """Go ends without a last line: what was not reached would have passed, and clear a culprit."""
    [run] = read(f"ok  \texample.com/a\t0.002s\n{end}").runs
    assert not run.complete


def event(action: str, test: str | None = None, package: str = "example.com/b", **more: Any) -> str:
    # As test2json writes it: no blanks.
    named = f',"Test":"{test}"' if test else ""
    rest = "".join(f',"{name}":{value}' for name, value in more.items())
    return (
        f'{{"Time":"2026-11-21T15:11:50.447Z","Action":"{action}","Package":"{package}"'
        f"{named}{rest}}}\n"
    )


def output(text: str, test: str | None = None, package: str = "example.com/b") -> str:
    return event("output", test, package, Output=f'"{text}\\n"')


SUBTEST = (
    event("run", "TestBad")
    + output("=== RUN   TestBad/sub", "TestBad/sub")
    + output("    b_test.go:12: got 41 want 42", "TestBad/sub")
    + output("--- FAIL: TestBad (0.00s)", "TestBad")
    + event("fail", "TestBad/sub", Elapsed=0)
    + event("fail", "TestBad", Elapsed=0)
)


def test_events_give_the_same_names_as_text() -> None:
    """One builder with -json and one without have one failure."""
    reading = read(SUBTEST + output("FAIL") + event("fail", Elapsed=0.01))
    [failure] = reading.failures
    assert (failure.suite, failure.test) == ("go", "example.com/b.TestBad/sub")
    assert (failure.message, failure.location) == ("got 41 want 42", "b_test.go:12")
    assert reading.reproduce == "go test -run '^TestBad$/^sub$' example.com/b"
    assert [run.complete for run in reading.runs] == [True]


def test_packages_side_by_side_keep_their_tests() -> None:
    """Their events are mixed line by line."""
    other = "example.com/a"
    reading = read(
        output("--- FAIL: TestPrinted (0.00s)", "TestPrinted", other)
        + event("fail", "TestPrinted", other, Elapsed=0)
        + SUBTEST
        + event("pass", None, other, Elapsed=0.1)
        + event("fail", Elapsed=0.01)
    )
    assert reading.tests == ("example.com/b.TestBad/sub",)


def test_a_test_that_ends_its_package_is_named() -> None:
    """Before Go 1.20 only the package has a verdict then; the tests behind it did not run."""
    reading = read(
        output("=== RUN   TestHang", "TestHang")
        + output("panic: test timed out after 2s", "TestHang")
        + output("goroutine 17 [running]:", "TestHang")
        + event("fail", Elapsed=2.08)
    )
    [failure] = reading.failures
    assert (failure.kind, failure.test) == (Kind.TIMEOUT, "example.com/b.TestHang")
    assert [run.complete for run in reading.runs] == [False]


def test_a_package_that_was_not_built_ran_no_tests() -> None:
    """The compiler's lines are events since 1.24."""
    place = "c/c_test.go:3:28: undefined: x"
    built = (
        f'{{"ImportPath":"example.com/c","Action":"build-output","Output":"{place}\\n"}}\n'
        '{"ImportPath":"example.com/c","Action":"build-fail"}\n'
    )
    reading = read(
        built
        + event("pass", package="example.com/a", Elapsed=0.1)
        + event("fail", package="example.com/c", Elapsed=0, FailedBuild='"example.com/c"')
    )
    [failure] = reading.failures
    assert (failure.kind, failure.location) == (Kind.COMPILE_ERROR, "c/c_test.go:3")
    assert [run.complete for run in reading.runs] == [False]
