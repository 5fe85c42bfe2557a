"""Runs that stop at the first failure: of what came after it nobody knows whether it passes."""

from pathlib import Path

import pytest

from bot.logs import read_log

LOGS = Path(__file__).parent.parent / "data" / "logs" / "logs"

UNITTEST = """\
.F
======================================================================
FAIL: test_two (test_ssl.Tests.test_two)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/b/test_ssl.py", line 4, in test_two
    self.assertTrue(False)
AssertionError: False is not true

----------------------------------------------------------------------
Ran 2 tests in 0.001s

FAILED (failures=1)
"""
GREEN = """\
...
----------------------------------------------------------------------
Ran 3 tests in 0.001s

OK
"""
REGRTEST = """\
== CPython 3.14.0 (tags/v3.14.0:ebf955d) [GCC 12.2.0]
0:00:00 load avg: 1.85 Run 3 tests sequentially in a single process
0:00:00 load avg: 1.85 [1/3] test_os
0:00:00 load avg: 1.85 [2/3] test_ssl
test test_ssl failed -- Traceback (most recent call last):
  File "/b/Lib/test/test_ssl.py", line 4, in test_two
    self.assertTrue(False)
AssertionError: False is not true

== Tests result: FAILURE ==
{omitted}
1 test failed:
    test_ssl

1 test OK.

Total duration: 385 ms
Result: FAILURE
"""
OMITTED = REGRTEST.format(omitted="\n1 test omitted:\n    test_zipfile\n")
PYTEST = """\
============================= test session starts ==============================
collected 3 items

test_ssl.py .F

=========================== short test summary info ============================
FAILED test_ssl.py::test_two - assert 0
{stop}
========================= 1 failed, 1 passed in 0.01s ==========================
"""
STOPPED = "!!!!!!!!!!!!!!!!!!!!! stopping after 1 failures !!!!!!!!!!!!!!!!!!!!!"
STOPPED_BY_XDIST = "!!!!! xdist.dsession.Interrupted: stopping after 1 failures !!!!!"


@pytest.mark.parametrize(
    ("command", "text", "complete"),
    [
        ("python3 -m unittest", UNITTEST, True),
        ("python3 -m unittest discover -s unit-f -v", UNITTEST, True),
        ("make -f Makefile.ci test", UNITTEST, True),
        ("python3 -m unittest -f", UNITTEST, False),
        ("python3 -m unittest -f", GREEN, True),
        ("/bin/sh -c 'python3 -m unittest discover -vf'", UNITTEST, False),
        ("python3 manage.py test --failfast", UNITTEST, False),
        ("./python -m test -v", REGRTEST.format(omitted=""), True),
        ("./python -m test -M4G -uall -v", REGRTEST.format(omitted=""), True),
        ("./python -m test -v", OMITTED, False),
        ("./python -m test -v -G", REGRTEST.format(omitted=""), False),
        ("./python -m test -Wj2 --failfast", REGRTEST.format(omitted=""), False),
        ("./python -m test --forever test_ssl", REGRTEST.format(omitted=""), False),
        ("pytest -x", PYTEST.format(stop=STOPPED), False),
        ("pytest -x -n2", PYTEST.format(stop=STOPPED_BY_XDIST), False),
    ],
)
def test_what_came_after_the_first_failure_did_not_pass(
    command: str, text: str, complete: bool
) -> None:
    """Else a build that stopped early would clear the pull that broke a later test."""
    reading = read_log([f"{command}\n in dir /b (timeout 1200 secs)\n{text}".encode()])
    assert [(run.complete, run.not_reached) for run in reading.runs] == [(complete, None)]
    assert len(reading.tests) == (text is not GREEN)


@pytest.mark.parametrize(
    ("command", "option", "log"),
    [
        ("go test ./...", "-failfast", "go_fail"),
        ("npx mocha", "--bail", "mocha"),
        ("npx jest", "--bail", "jest"),
        ("./tests", "--gtest_fail_fast", "gtest"),
        ("ctest", "--stop-on-failure", "ctest_fail"),
        ("python -m twisted.trial", "-x", "trial"),
    ],
)
def test_what_the_output_does_not_tell_the_command_does(
    command: str, option: str, log: str
) -> None:
    """These runners end at the first failure with the words of a run that is whole."""
    text = (LOGS / f"{log}.log").read_text()
    for words, complete in ((command, True), (f"{command} {option}", False)):
        reading = read_log([f"{words}\n in dir /b (timeout 1200 secs)\n{text}".encode()])
        assert {run.complete for run in reading.runs} == {complete}
