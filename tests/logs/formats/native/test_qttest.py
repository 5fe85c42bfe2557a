"""QtTest: rows of data have any name, and a fatal message ends the program."""

import pytest

from bot.core.model import Kind
from bot.logs import read_log

_END = "Totals: 1 passed, 1 failed, 0 skipped, 0 blacklisted, 3ms\n"


@pytest.mark.parametrize("row", ["", "one", "two (9) long", "a b (c)", "3.5: x"])
def test_a_row_may_have_brackets(row: str) -> None:
    log = f"FAIL!  : Lid::size({row}) 'n < 5' returned FALSE. (too large)\n   Loc: [t.cpp(7)]\n"
    failure = read_log([log.encode(), _END.encode()]).failures[0]
    assert failure.test == f"Lid::size({row})"
    assert failure.message == "'n < 5' returned FALSE. (too large)"
    assert failure.location == "t.cpp:7"


def test_the_fatal_message_is_the_cause() -> None:
    log = (
        b"QFATAL : Lid::shuts() no oil\nFAIL!  : Lid::shuts() Received a fatal error.\n"
        b"   Loc: [t.cpp(9)]\n"
    )
    failures = read_log([log, _END.encode()]).failures
    assert [(f.kind, f.message, f.location) for f in failures] == [
        (Kind.CRASH, "no oil", "t.cpp:9")
    ]


def test_what_is_expected_to_fail_did_not() -> None:
    log = "XFAIL  : Lid::known() known\n   Loc: [t.cpp(3)]\nPASS   : Lid::known()\n"
    assert read_log([log.encode(), b"Totals: 2 passed, 0 failed\n"]).failures == ()
