"""Alcotest: how a test is run again hangs on who called its program."""

import pytest

from bot.logs import read_log

_SAID = "Testing `Lid'.\n> [FAIL]        hinge          3   is shut.\n"
_END = "1 failure! in 0.000s. 4 tests run.\nprogram finished with exit code 1\n"


@pytest.mark.parametrize(
    ("command", "ran", "line"),
    [
        ("dune runtest", "(cd _build/default/test && ./lid.exe)\n",
         "dune exec ./test/lid.exe -- test hinge 3"),
        ("dune runtest", "(cd _build/default && ./lid.exe)\n",
         "dune exec ./lid.exe -- test hinge 3"),
        ("./lid.exe", "", "./lid.exe test hinge 3"),
        ("make check", "", "make check"),
    ],
)  # fmt: skip
def test_the_program_is_asked_for_the_test_by_number(command: str, ran: str, line: str) -> None:
    head = f"{command}\n in dir /b (timeout 1200 secs)\n using PTY: False\n"
    assert read_log([f"{head}{ran}{_SAID}{_END}".encode()]).reproduce == line
