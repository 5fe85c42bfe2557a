"""Reproduce lines of Avocado and asv; that they work is pasted where the tools are."""

import pytest

from bot.core.model import Kind
from bot.logs.formats.base import Finding
from bot.logs.rerun.command import make_reproduce

KIND = Kind.TEST_FAILURE


@pytest.mark.parametrize(
    ("suite", "command", "test", "line"),
    [
        ("avocado", "avocado --show=test run -p n=3 t.py", "t.py:T.test_a",
         "avocado run -p n=3 t.py:T.test_a"),
        ("avocado", "make check", "t.py:T.test_a", "avocado run t.py:T.test_a"),
        ("asv", "asv run --quick", "lid.T.time_a",
         r"asv run --python=same --quick --bench '^lid\.T\.time_a\b'"),
        ("asv", "asv --config=a.json continuous main HEAD", "lid.time_a",
         r"asv run --config=a.json --python=same --quick --bench '^lid\.time_a\b'"),
    ],
)  # fmt: skip
def test_the_line(suite: str, command: str, test: str, line: str) -> None:
    finding = Finding(kind=KIND, lines=(), test=test)
    assert make_reproduce(suite, [finding], command, None) == line
