"""Octave names a file only in a log of its own, and in the table of `runtests`."""

from bot.logs import read_log

_FAILED = b"***** assert (lid (1), 3)\n!!!!! test failed\nASSERT errors for:  assert (lid (1),3)\n"


def test_without_a_file_the_code_is_the_name() -> None:
    reading = read_log([_FAILED, b"     ()   2   3   Abs err 1 exceeds tol 0 by 1\n"])
    assert [(f.test, f.message) for f in reading.failures] == [
        ("assert (lid (1), 3)", "Abs err 1 exceeds tol 0 by 1")
    ]


def test_with_a_file_that_is_it() -> None:
    for head in (b">>>>> processing /b/lid.m\n", b">>>>> /b/lid.m\n"):
        assert read_log([b"x\n in dir /b (timeout 9 secs)\n", head, _FAILED]).tests == ("lid.m",)


def test_a_table_without_failures_has_none() -> None:
    row = b"  lid.m ....................................................... PASS      6/6   \n"
    assert read_log([row, b"  oil.m ..... PASS      1/1\n"]).failures == ()
