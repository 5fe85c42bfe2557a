"""What Maven says of modules that it did not come to."""

import pytest

from bot.logs import read_log

SUM = """\
[INFO] -------------------------------------------------------
[INFO]  T E S T S
[INFO] -------------------------------------------------------
[ERROR] CartTest.total:9 expected: <1> but was: <2>
[INFO] Results:
[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0
"""
SKIPPED = "[INFO] shop-web ......................................... SKIPPED\n"


@pytest.mark.parametrize(
    ("end", "complete"),
    [
        ("[INFO] BUILD FAILURE\n", True),
        (SKIPPED, False),
        ("process killed by signal 9\nprogram finished with exit code -1\n", False),
    ],
)
def test_a_module_that_was_skipped_did_not_pass(end: str, complete: bool) -> None:
    """Else its tests would clear the pull that broke them."""
    reading = read_log([(SUM + end).encode()])
    assert [run.complete for run in reading.runs] == [complete]
