"""regrtest and unittest: one id for one test, whatever prints it."""

from collections.abc import Callable

import pytest

from bot.core.model import Kind, Reading
from bot.logs import LogScanner, merge_readings, read_log

QUIET = """\
== CPython 3.15.0a2+ (heads/main:deadbeef) [GCC 12.2.0]
Using random seed: 1234567
0:00:00 load avg: 0.42 Run 7 tests sequentially in a single process
0:00:00 load avg: 0.42 [5/7] test_os passed
test test_ssl failed -- Traceback (most recent call last):
  File "/b/build/Lib/test/test_ssl.py", line 117, in test_basic
    self.assertEqual(f(), 42)
AssertionError: 41 != 42

0:00:00 load avg: 0.42 [6/7] test_ssl failed (1 failure)
0:00:00 load avg: 0.42 [7/7] test_zipfile passed

== Tests result: FAILURE ==

1 test failed:
    test_ssl

6 tests OK.

Total duration: 0.2 sec
Result: FAILURE
"""


def read(text: str) -> Reading:
    return read_log([text.encode()])


def test_one_quiet_failure() -> None:
    """Without -v and without a re-run, one line of regrtest is all there is."""
    reading = read(QUIET)
    [failure] = reading.failures
    assert (reading.kind, reading.seed) == (Kind.TEST_FAILURE, "1234567")
    assert failure.test == "test.test_ssl"
    assert failure.message == "AssertionError: 41 != 42"
    assert failure.exception == "AssertionError"
    assert failure.location == "Lib/test/test_ssl.py:117"
    assert failure.line == 5
    assert "AssertionError: 41 != 42" in failure.excerpt
    assert not any("passed" in line for line in reading.excerpt)
    [run] = reading.runs
    assert (run.suite, run.complete, run.not_reached) == ("regrtest", True, None)


def test_a_run_that_was_killed_says_nothing_of_the_tests_it_did_not_reach() -> None:
    """Otherwise every test after the kill counts as passed and clears the culprit."""
    text = QUIET.partition("== Tests result")[0] + (
        "command timed out: 1200 seconds without output, attempting to kill\n"
        "process killed by signal 9\nprogram finished with exit code -1\n"
    )
    reading = read(text)
    assert [(run.complete, run.not_reached) for run in reading.runs] == [(False, None)]
    assert reading.kind is Kind.TIMEOUT
    assert reading.tests == ("test.test_ssl",)
    assert reading.exit_status == -1


@pytest.mark.parametrize(
    "header",
    [
        "FAIL: test_a (test.test_x.Xs)",
        "FAIL: test_a (test.test_x.Xs.test_a)",
        "FAIL: test_a (test.test_x.Xs.test_a) (i=3)",
        "FAIL: test_a (test.test_x.Xs) [some message] (i=3)",
        "FAIL: test_a (test.test_x.Xs)\nWhat the test is about.",
    ],
)
def test_a_test_has_one_name(header: str) -> None:
    """3.11 moved the method into the parentheses; subtests and docstrings add to the line."""
    text = f"""======================================================================
{header}
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/b/build/Lib/test/test_x.py", line 3, in test_a
AssertionError: 41 != 42

----------------------------------------------------------------------
Ran 1 test in 0.001s

FAILED (failures=1)
"""
    reading = read(text)
    assert reading.tests == ("test.test_x.Xs.test_a",)
    assert reading.failures[0].message == "AssertionError: 41 != 42"


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
def test_how_the_log_is_cut_into_chunks_does_not_matter(size: int) -> None:
    """The network cuts where it likes."""
    data = QUIET.encode()
    scanner = LogScanner()
    for start in range(0, len(data), size):
        scanner.feed(data[start : start + size])
    assert scanner.finish() == read(QUIET)


def wrap_github(line: str) -> str:
    return f"2024-06-07T05:32:31.5456787Z {line}"


def wrap_jenkins(line: str) -> str:
    return f"[2024-06-07T05:32:31.545Z] {line}"


def wrap_letters(line: str) -> str:
    return f"o{line}"


def wrap_colours(line: str) -> str:
    return f"\x1b[0m{line}\x1b[K"


def wrap_progress(line: str) -> str:
    return "\r".join(["\x1b[2K[1/4] test_x", "\x1b[2K[2/4] test_y", line])


def wrap_windows(line: str) -> str:
    return f"{line}\r"


@pytest.mark.parametrize(
    "wrap",
    [wrap_github, wrap_jenkins, wrap_letters, wrap_colours, wrap_progress, wrap_windows],
)
def test_what_is_wrapped_around_the_lines_is_seen_through(wrap: Callable[[str], str]) -> None:
    """The same build read through another door is the same reading."""
    wrapped = read("\n".join(wrap(line) for line in QUIET.splitlines()) + "\n")
    plain = read(QUIET)
    assert wrapped.failures == plain.failures
    assert wrapped.excerpt == plain.excerpt


def test_a_crash_names_the_c_assertion_first() -> None:
    """`Fatal Python error: Aborted` says nothing; the line above it says all."""
    reading = read("""\
0:00:01 load avg: 4.03 [ 6/10/1] test_gc crashed (Exit code -6 (SIGABRT))
python: Objects/dictobject.c:123: insert: Assertion `index >= 0' failed.
Fatal Python error: Aborted

Current thread 0x00007f4d95498b80 (most recent call first):
  File "/b/build/Lib/test/test_gc.py", line 5 in test_resurrect
  File "/b/build/Lib/unittest/case.py", line 606 in _callTestMethod
0:00:02 load avg: 4.03 [ 7/10/1] test_copy passed

== Tests result: FAILURE ==
""")
    [failure] = reading.failures
    assert (failure.kind, failure.test) == (Kind.CRASH, "test.test_gc")
    assert "Assertion `index >= 0' failed" in failure.message
    assert reading.excerpt[0] == failure.message
    assert failure.location == "Lib/test/test_gc.py:5"


def test_the_logs_of_a_build_are_one_reading() -> None:
    """A build has several red steps; the gravest gives the kind, all give failures."""
    compile_log = read("src/a.c:3:5: error: expected ';'\nmake: *** [Makefile:6: a.o] Error 1\n")
    merged = merge_readings([("compile", compile_log), ("test", read(QUIET))])
    assert [failure.kind for failure in merged.failures] == [
        Kind.COMPILE_ERROR,
        Kind.TEST_FAILURE,
    ]
    assert merged.kind is Kind.TEST_FAILURE
    assert merged.bytes == compile_log.bytes + len(QUIET.encode())
    assert len(merged.excerpt) <= 40


@pytest.mark.parametrize("data", [b"", b"\n", b"\0" * 100, b"\xff\xfe" * 50, b"no newline"])
def test_a_log_that_says_nothing_is_unknown(data: bytes) -> None:
    reading = read_log([data])
    assert (reading.kind, reading.failures) == (Kind.UNKNOWN, ())
    assert reading.bytes == len(data)


def test_secrets_do_not_leave_the_room() -> None:
    """A comment on a public pull must not hold the password that a test printed."""
    reading = read(
        QUIET.replace(
            "AssertionError: 41 != 42",
            "AssertionError: https://joe:hunter22@example.org/ ghp_0123456789abcdefghijABCDEFGHIJ",
        )
    )
    text = repr(reading)
    assert "hunter22" not in text
    assert "ghp_" not in text


def test_the_command_of_other_ci_systems_is_known() -> None:
    """What a person would run again: the step that failed, not the ones around it."""
    github = """\
2024-06-07T05:32:31.1Z ##[group]Run actions/checkout@v4
2024-06-07T05:32:32.1Z ##[group]Run python -m pytest -v
2024-06-07T05:32:33.1Z FAILED test_a.py::test_b - AssertionError: no
2024-06-07T05:32:34.1Z ##[error]Process completed with exit code 1.
2024-06-07T05:32:35.1Z ##[group]Run ./upload-coverage.sh
"""
    jenkins = """\
[2024-06-07T05:32:31.123Z] + make -j2
[2024-06-07T05:32:32.123Z] + python -m pytest -v
[2024-06-07T05:32:33.123Z] FAILED test_a.py::test_b - AssertionError: no
[2024-06-07T05:32:34.123Z] script returned exit code 1
"""
    for text in (github, jenkins):
        reading = read(text)
        assert (reading.command, reading.exit_status) == ("python -m pytest -v", 1)
        assert reading.tests == ("test_a.py::test_b",)


TAIL_OF_GREEN = """\
480 tests OK.

1 re-run test:
    test_ssl

Total duration: 10 min 3 sec
Result: FAILURE then SUCCESS
"""


def test_the_tail_of_a_green_build_names_what_passed_only_on_a_second_try() -> None:
    """Of green builds only the tail is read: a flake that is not seen there is never learnt."""
    reading = read(TAIL_OF_GREEN)
    [failure] = reading.failures
    assert (reading.rerun, failure.test, failure.passed_on_rerun) == (
        "passed",
        "test.test_ssl",
        True,
    )
    assert reading.tests == ()


def test_a_second_try_that_was_killed_is_not_a_second_failure() -> None:
    """Failed again means reproduced; a kill in the middle of it means nothing."""
    text = QUIET.partition("Total duration")[0] + (
        "0:00:02 load avg: 2.84 Re-running 1 failed tests in verbose mode\n"
        "0:00:02 load avg: 2.84 Re-running test_ssl in verbose mode (matching: test_basic)\n"
        "test_basic (test.test_ssl.Basic.test_basic) ... \n"
        "command timed out: 1200 seconds without output, attempting to kill\n"
        "process killed by signal 9\nprogram finished with exit code -1\n"
    )
    reading = read(text)
    assert reading.rerun is None
    assert {failure.passed_on_rerun for failure in reading.failures} == {None}
    assert "test.test_ssl.Basic.test_basic" in reading.tests


def test_a_failed_file_that_also_left_files_behind_failed() -> None:
    """With only the lists, the kind must not come from the smaller of two evils."""
    text = (
        "Warning -- files was modified by test_ssl\n\n== Tests result: FAILURE ==\n\n"
        "1 test failed:\n    test_ssl\n\n1 test altered the execution environment:\n    test_os\n"
    )
    reading = read(text)
    said = {(f.kind, f.test): f.message for f in reading.failures}
    assert said[Kind.TEST_FAILURE, "test.test_ssl"] == "test test_ssl failed"
    assert said[Kind.ENV_CHANGED, "test.test_os"].endswith("altered the execution environment")


PRINTED = """\
======================================================================
FAIL: test_demo (__main__.Demo.test_demo)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/tmp/x/demo.py", line 3, in test_demo
AssertionError: False is not true

----------------------------------------------------------------------
Ran 1 test in 0.001s

"""


def test_a_block_that_a_passing_test_prints_is_no_failure() -> None:
    """Tests of unittest print what they test; only files that regrtest lists have failed."""
    at = QUIET.index("0:00:00 load avg: 0.42 [5/7]")
    text = QUIET[:at] + f"0:00:00 load avg: 0.42 [4/7] test_x\n{PRINTED}" + QUIET[at:]
    assert read(text).tests == ("test.test_ssl",)


def test_a_block_beside_a_file_that_failed_is_kept() -> None:
    """Its name may be another file's: datetime's tests live in `datetimetester`."""
    block = PRINTED.replace("__main__.Demo", "test.datetimetester.Dates")
    text = QUIET.replace(
        "test test_ssl failed -- Traceback", f"{block}test test_ssl failed -- Traceback"
    )
    assert "test.datetimetester.Dates.test_demo" in read(text).tests


def test_a_block_of_a_run_without_a_verdict_is_kept() -> None:
    """Of a run that was cut short nobody says which files failed."""
    at = QUIET.index("0:00:00 load avg: 0.42 [5/7]")
    text = f"{QUIET[:at]}0:00:00 [3/7] test_a\n{PRINTED}0:00:00 [4/7] test_b\n"
    assert read(text).tests == ("Demo.test_demo",)


@pytest.mark.parametrize(("footer", "tests"), [("OK", ()), ("FAILED", ("test_srv.Srv.test_x",))])
def test_an_unexpected_success_is_what_its_runner_makes_of_it(
    footer: str, tests: tuple[str, ...]
) -> None:
    """2.7 ends well with it, and nobody broke anything; since 3.4 the builder is red for it."""
    text = "test_x (test_srv.Srv) ... unexpected success\n\n" + "-" * 70
    reading = read(f"{text}\nRan 1 test in 0.000s\n\n{footer} (unexpected successes=1)\n")
    assert reading.tests == tests
    assert [run.complete for run in reading.runs] == [True]
