"""What cargo's run says of tests that it did not come to."""

import pytest

from bot.logs import read_log

FAILED = """\
     Running unittests src/lib.rs (target/debug/deps/a-1)
test tests::boom ... FAILED

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out

error: test failed, to rerun pass `--lib`
"""
KILLED = "test result: ok. 2 passed; 0 failed\nprocess killed by signal 9\n"
HEADER = "/bin/sh -c '{}'\n in dir /w (timeout 9 secs)\n"


@pytest.mark.parametrize(
    ("command", "text", "complete"),
    [
        ("cargo test", FAILED, False),
        ("cargo test --no-fail-fast", FAILED, True),
        ("cargo test", KILLED, False),
        ("cargo test", "test result: ok. 2 passed; 0 failed\n", True),
    ],
)
def test_a_binary_that_did_not_run_did_not_pass(command: str, text: str, complete: bool) -> None:
    """Else the doctests that were never reached would clear the pull that broke them."""
    reading = read_log([(HEADER.format(command) + text).encode()])
    assert [run.complete for run in reading.runs] == [complete]
