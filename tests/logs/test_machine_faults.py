"""Who is believed that the machine is at fault: never a test, nor any beside failed tests."""

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log

HEADER = b"/bin/sh -c 'make check'\n in dir /srv/w/x/build (timeout 1200 secs)\n using PTY: False\n"
WORDS = (
    "write: No space left on device",
    "connect: Connection refused",
    "lookup: Temporary failure in name resolution",
    "curl: (6) Could not resolve host: mirror.test",
    "fatal: unable to access 'https://x.test/': Could not resolve host: x.test",
    "Killed",
    "fork: Cannot allocate memory",
    "dial tcp 127.0.0.1:25: connection refused",
    "Disk quota exceeded",
    "E: Failed to fetch http://deb.test/x",
)
# How runners, known and unknown, say that tests failed.
SAYINGS = (
    "3 tests failed",
    "2 of 7 checks failed",
    "FAIL: lid shuts",
    "lid shuts ... FAILED",
    "not ok 2 - lid shuts",
    "  ✗ lid shuts",
    "  × lid shuts",
    "[FAIL] lid shuts",
    "Failure: lid shuts",
    "lid shuts: failed",
    "FAILED lid_shuts",
    "1 failure",
)


def read(text: str, status: int = 1) -> Reading:
    footer = f"program finished with exit code {status}\n".encode()
    return read_log([HEADER, text.encode(), b"\n", footer])


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("saying", SAYINGS)
def test_where_tests_failed_no_word_of_theirs_is_the_machines(words: str, saying: str) -> None:
    """Thirteen of thirteen such logs were called the machine's, and their tests were lost."""
    for text in (f"{words}\n{saying}", f"{saying}\n{words}"):
        reading = read(f"box: checks\n{text}\ndone")
        assert reading.kind is not Kind.INFRA
        assert Kind.INFRA not in {failure.kind for failure in reading.failures}


@pytest.mark.parametrize("words", [words for words in WORDS if "connect:" not in words])
def test_without_a_test_the_machine_is_believed(words: str) -> None:
    """A checkout, a download or a full disk that ends the step before any test ran."""
    assert read(f"fetching\n{words}\nmake: *** [Makefile:4: table.h] Error 1").kind is Kind.INFRA


@pytest.mark.parametrize("words", WORDS)
def test_what_is_printed_above_a_run_that_passed_was_meant(words: str) -> None:
    """All tests passed, and something else ended the step."""
    text = f"t/loud.t .. \n{words}\nok\nAll tests successful.\nFiles=1, Tests=1\nResult: PASS\n"
    assert read(f"{text}make: *** [Makefile:4: dist] Error 1").kind is not Kind.INFRA


def test_what_comes_behind_a_run_that_passed_is_believed() -> None:
    text = "t/lamp.t .. ok\nAll tests successful.\nResult: PASS\n"
    assert read(f"{text}curl: (6) Could not resolve host: mirror.test", 6).kind is Kind.INFRA


def test_the_worker_is_believed_whatever_failed() -> None:
    """It writes where no test can."""
    reading = read("FAIL: lid shuts\nremoteFailed: [Failure instance: ConnectionLost]")
    assert Kind.INFRA in {failure.kind for failure in reading.failures}
    assert reading.kind is Kind.TEST_FAILURE


@pytest.mark.parametrize(
    "text",
    [
        "Connecting to mirror.test... failed: Connection timed out.",
        "error: failed to get `serde` as a dependency\n  download of config.json failed",
        "ERROR: Could not install packages due to an OSError: Max retries, 5 failed",
        "NOTE: Tasks Summary: Attempted 18 tasks of which 17 didn't need to be rerun",
        "checking for sys/x.h... no\nconfigure: error: no x",
        "[3/9] Linking CXX executable x\nFAILED: x\n: && /usr/bin/c++ -O2 x.o -o x\nld: bad",
    ],
)
def test_a_tool_that_failed_is_no_test(text: str) -> None:
    """What is guessed must not make tests of downloads and object files."""
    assert read(text).tests == ()
