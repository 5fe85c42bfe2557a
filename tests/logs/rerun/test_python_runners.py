"""Reproduce lines of Avocado and asv; that they work is pasted where the tools are."""

import pytest

from bot.core.model import Kind
from bot.logs import read_log
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


_HEAD = "{command}\n in dir /b (timeout 1200 secs)\n using PTY: False\n"
_HOOK = "spell....Failed\n- hook id: {}\n- exit code: 65\n\na.txt:3 teh\n\n"


@pytest.mark.parametrize(
    ("command", "said", "line"),
    [
        ("tox", "  good: OK (0.1 seconds)\n  py311: FAIL code 3 (0.2 seconds)\n", "tox -e py311"),
        ("tox run -c t.ini", "  a: FAIL code 1 (0.2 seconds)\n  b: FAIL code 1 (0.2 seconds)\n",
         "tox run -c t.ini -e a,b"),
        ("nox", "x\nnox > Session a failed.\ny\nnox > Session b aborted: it is open.\n",
         "nox -s a b"),
        ("pre-commit run --all-files", _HOOK.format("spell"), "pre-commit run spell --all-files"),
        # It takes one at a time.
        ("pre-commit run -a", _HOOK.format("spell") + _HOOK.format("tidy"), "pre-commit run -a"),
        ("make lint", _HOOK.format("spell"), "make lint"),
    ],
)  # fmt: skip
def test_what_drives_others_runs_what_failed_again(command: str, said: str, line: str) -> None:
    end = "program finished with exit code 1\n"
    log = _HEAD.format(command=command) + said + end
    assert read_log([log.encode()]).reproduce == line
