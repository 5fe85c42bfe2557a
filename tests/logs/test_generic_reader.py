"""A runner that nobody knows: what it names is told, and that it was guessed."""

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log

HEADER = b"/bin/sh -c 'sh check-all.sh'\n in dir /srv/w/x/build (timeout 1200 secs)\n"
ARGV = (
    b" argv: [b'/bin/sh', b'-c', b'sh check-all.sh']\n environment:\n  FAIL=no\n using PTY: False\n"
)


def read(text: str) -> Reading:
    return read_log([HEADER, ARGV, text.encode(), b"\nprogram finished with exit code 1\n"])


@pytest.mark.parametrize(
    ("line", "test"),
    [
        ("FAIL: lid shuts", "lid shuts"),
        ("FAIL lid shuts (12 ms)", "lid shuts"),
        ("[FAIL] lid shuts [0.12s]", "lid shuts"),
        ("  [ FAILED ]  lid.shuts", "lid.shuts"),
        ("FAILED - lid shuts", "lid shuts"),
        ("FAILURE: lid shuts", "lid shuts"),
        ("Failure in lid_shuts", "lid_shuts"),
        ("NOT OK lid shuts", "lid shuts"),
        ("lid shuts ... FAILED", "lid shuts"),
        ("lid shuts........FAIL", "lid shuts"),
        ("lid shuts: FAIL (gap of 3 mm)", "lid shuts"),
        ("(3/17) lid shuts -> failed", "lid shuts"),
        ("lid shuts => not ok", "lid shuts"),
        ("  ✗ lid shuts (4ms)", "lid shuts"),
        ("✘ lid shuts", "lid shuts"),
        ("  × lid shuts", "lid shuts"),
        ("FAIL: lid shuts: gap of 3 mm", "lid shuts"),
        ("FAIL: /srv/w/x/build/t/lid.sh", "t/lid.sh"),
        ("FAIL: lid at 0x55d0c0ffee00 shuts", "lid at 0x… shuts"),
        ("FAIL: copies to /tmp/x.8fK2p1/lid", "copies to <tmp>/lid"),
    ],
)
def test_names_stand_next_to_words_of_failure(line: str, test: str) -> None:
    reading = read(f"box: 4 checks\nlid opens ... ok\n{line}\n3 of 4 are fine")
    assert reading.tests == (test,)
    assert reading.kind is Kind.TEST_FAILURE
    assert any("guessed" in note for note in reading.notes)


@pytest.mark.parametrize(
    "line",
    [
        "FAILED (failures=2)",
        "FAIL: 3",
        "# FAIL:  2",
        "Failed: 2, Passed: 3",
        "XFAIL: lid shuts",
        "expected failure: lid shuts",
        "lid shuts ... FAILED (as expected)",
        "make: *** [check] FAILED",
        "+ echo FAIL: lid",
        "0 tests FAILED",
    ],
)
def test_counts_and_what_was_expected_are_no_names(line: str) -> None:
    assert read(f"box: 4 checks\n{line}\nend").tests == ()


def test_the_block_around_says_why() -> None:
    below = read(
        "lid shuts ... FAILED\n    lid.c:7: expected 0 mm, got 3 mm\n    gap\nlid opens ... ok"
    )
    above = read("lid opens ... ok\nlid.c:7: expected 0 mm, got 3 mm\nlid shuts ... FAILED\n")
    assert {f.message for r in (below, above) for f in r.failures} == {
        "lid.c:7: expected 0 mm, got 3 mm"
    }


def test_where_nothing_is_known_the_script_speaks_and_not_the_worker() -> None:
    """The worker's own command line was shown, as if it were the failure."""
    reading = read("box: 4 checks\nlid shuts ... NO (gap of 3 mm)")
    assert reading.excerpt == ("box: 4 checks", "lid shuts ... NO (gap of 3 mm)")


def test_a_known_runner_needs_no_guess() -> None:
    text = "TAP version 13\nFAIL: printed by a test\nnot ok 1 - lid shuts\n1..1\n# tests 1"
    reading = read(text)
    assert reading.tests == ("lid shuts",)
    assert reading.notes == ()
