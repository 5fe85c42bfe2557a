"""Commands print what logs, names and pages hold, and nothing of it steers the terminal."""

import subprocess
import sys
from pathlib import Path

import pytest

# A name and a message with a title, a clipboard and colours in them, in both spellings of ESC.
HOSTILE = (
    "FAIL: test_\x1b]52;c;ZXZpbA==\x07a (test.test_x.Xs.test_\x9b2Ja)\n" + "-" * 70 + "\n"
    "Traceback (most recent call last):\n"
    '  File "/b/build/\x1b[2J.py", line 3, in test_a\n'
    "AssertionError: \x1b[31mred\x1b[0m \u009b2J\n\n" + "-" * 70 + "\nRan 1 test in 0.1s\n"
)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_escape_of_a_log_is_printed(options: list[str], tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text(HOSTILE)
    command = [sys.executable, "-m", "bot", "explain", *options, str(log)]
    printed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert "test_x" in printed
    assert not {letter for letter in printed if letter < " " or "\x7f" <= letter < "\xa0"} - {"\n"}


def test_no_escape_of_a_name_is_printed(tmp_path: Path) -> None:
    """A mistake is told with the name as it was given."""
    command = [sys.executable, "-m", "bot", "explain", str(tmp_path / "\x1b[2Jx")]
    told = subprocess.run(command, capture_output=True, check=False)
    assert told.returncode == 2
    assert b"\x1b" not in told.stderr
    assert b"\\u001b[2Jx" in told.stderr
