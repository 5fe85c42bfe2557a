"""regrtest: which blocks are a file's own, which a test of a test runner printed; what ran."""

import pytest

from bot.core.model import Reading
from bot.logs import read_log

RULE, LINE = "=" * 70, "-" * 70
HEAD = "0:00:00 load avg: 0.50 Run 3 tests sequentially in a single process\n"


def make_block(name: str, where: str, message: str) -> str:
    return (
        f"{RULE}\nFAIL: {name} ({where}.{name})\n{LINE}\nTraceback (most recent call last):\n"
        f'  File "/b/Lib/test/{where.split(".")[1]}.py", line 5, in {name}\n'
        f"    self.fail()\nAssertionError: {message}\n\n"
    )


def make_end(tests: int) -> str:
    return f"{LINE}\nRan {tests} tests in 0.010s\n\nFAILED (failures=1)\n"


INNER = make_block("test_in", "test.test_runner.Inner", "on purpose") + make_end(1)
OWN = make_block("test_real", "test.test_runner.RunnerTests", "for real") + make_end(3)
RESULT = """
== Tests result: FAILURE ==

1 test failed:
    {file}

2 tests OK.

Result: FAILURE
"""
GONE = """\
test test_gone crashed -- Traceback (most recent call last):
  File "/b/Lib/test/test_gone.py", line 1, in <module>
ModuleNotFoundError: No module named 'nowhere'

"""


def read(*parts: str) -> Reading:
    end = "program finished with exit code 2\nelapsedTime=1.0\n"
    return read_log(["".join((HEAD, *parts, end)).encode()])


@pytest.mark.parametrize("before", ["test_inner (test.test_runner.RunnerTests) ... F\n", "..F\n"])
def test_a_run_within_a_test_is_not_the_files_own(before: str) -> None:
    """It ends before the file's own run does, and may be of a class of the module."""
    progress = "0:00:01 load avg: 0.50 [1/3] test_runner\n"
    reading = read(
        progress, before, INNER, "ok\n", OWN, "test test_runner failed\n",
        RESULT.format(file="test_runner"),
    )  # fmt: skip
    assert reading.tests == ("test.test_runner.RunnerTests.test_real",)


def test_a_quiet_file_prints_no_blocks_of_its_own() -> None:
    """What stands there is of a run within a test; the one failure is told by the last lines."""
    quiet = (
        "test test_runner failed -- Traceback (most recent call last):\n"
        '  File "/b/Lib/test/test_runner.py", line 20, in test_real\n'
        "AssertionError: for real\n\n"
    )
    progress = "0:00:01 load avg: 0.50 [1/3] test_runner\n"
    reading = read(progress, INNER, quiet, RESULT.format(file="test_runner"))
    [failure] = reading.failures
    assert (failure.test, failure.message) == ("test.test_runner", "AssertionError: for real")


def test_the_reasons_below_a_file_are_no_files() -> None:
    """3.14 lists them below each name, indented once more."""
    listed = (
        "Warning -- files was modified by test_left\n"
        "0:00:01 load avg: 0.50 [1/3/1] test_left failed (env changed)\n"
        "\n== Tests result: ENV CHANGED ==\n\n"
        "2 tests altered the execution environment (env changed):\n"
        "    test_left:\n        files was modified\n        uncaught thread exception (OSError)\n"
        "    test_right:\n        cwd was modified\n\n1 test OK.\n\nResult: ENV CHANGED\n"
    )
    reading = read(listed)
    assert reading.tests == ("test.test_left", "test.test_right")
    assert "        cwd was modified" in reading.excerpt


@pytest.mark.parametrize(
    ("told", "file", "not_reached"),
    [
        ("0:00:01 load avg: 0.50 [1/3/1] test_dead crashed (Exit code -11)\n", "test_dead",
         ("test.test_dead",)),
        ("0:00:01 load avg: 0.50 [1/3/1] test_dead worker non-zero exit code (Exit code 7)\n",
         "test_dead", ("test.test_dead",)),
        (GONE, "test_gone", ("test.test_gone",)),
        (make_block("setUpClass", "test.test_cold.Tower", "cold").replace(".setUpClass)", ")")
         + make_end(3) + "test test_cold failed\n", "test_cold", ("test.test_cold.Tower",)),
        (make_block("setUpModule", "test.test_cold", "cold").replace(".setUpModule)", ")")
         + make_end(3) + "test test_cold failed\n", "test_cold", ("test.test_cold",)),
        (make_block("test_x", "test.test_warm.Tower", "warm") + make_end(3)
         + "test test_warm failed\n", "test_warm", None),
    ],
    ids=["killed", "left", "not imported", "class", "module", "only one test"],
)  # fmt: skip
def test_what_was_not_reached_is_said_of_a_run_that_came_to_its_end(
    told: str, file: str, not_reached: tuple[str, ...] | None
) -> None:
    """Its other files have passed; what is in this one has not."""
    reading = read(told, RESULT.format(file=file))
    assert [(run.complete, run.not_reached) for run in reading.runs] == [(True, not_reached)]
