"""Avocado tells of a test twice; what was raised stands in one line."""

from bot.core.model import Kind
from bot.logs import read_log

_HEAD = b"JOB ID     : " + b"0a" * 20 + b"\nJOB LOG    : /x/job.log\n"
_END = b"RESULTS    : PASS 0 | ERROR 0 | FAIL 1 | SKIP 0 | WARN 0 | INTERRUPT 0 | CANCEL 0\n"


def test_a_job_that_hangs_names_the_test() -> None:
    begun = b" (1/2) t.py:T.a: STARTED\n (1/2) t.py:T.a:  PASS (0.1 s)\n (2/2) t.py:T.b: STARTED\n"
    end = b"command timed out: 1200 seconds without output, attempting to kill\n"
    failures = read_log([_HEAD, begun, end]).failures
    assert ("t.py:T.b", Kind.TIMEOUT) in {(f.test, f.kind) for f in failures}


def test_older_ones_write_one_blank() -> None:
    log = b" (1/1) t.py:T.a: FAIL: 1 != 2 (0.01 s)\n"
    assert [(f.test, f.message) for f in read_log([_HEAD, log, _END]).failures] == [
        ("t.py:T.a", "1 != 2")
    ]


def test_only_the_list_was_kept() -> None:
    log = b"Test summary:\n7-t.py:T.a: ERROR\n12-w.sh: FAIL\n"
    assert read_log([_HEAD, _END, log]).tests == ("t.py:T.a", "w.sh")


def test_the_same_words_of_another_tool_are_not_its() -> None:
    assert "avocado" not in {f.suite for f in read_log([b"7-t.py:T.a: ERROR\n"]).failures}
