"""testthat: what it leaves out has not passed."""

from bot.logs import read_log

FAILED = "Failure ('test-lid.R:1'): lid is shut\n1 + 2 not equal to 4.\n"
CLOSING = "\n[ FAIL 1 | WARN 0 | SKIP 0 | PASS 1 ]\n"


def test_a_run_that_gave_up_is_not_whole() -> None:
    """It prints its closing line all the same, and leaves out the files behind."""
    whole = read_log([(FAILED + CLOSING).encode()])
    gave_up = "Maximum number of failures exceeded; quitting at end of file.\n"
    cut = read_log([(FAILED + gave_up + CLOSING).encode()])
    assert whole.tests == cut.tests == ("test-lid.R: lid is shut",)
    assert [run.complete for run in (*whole.runs, *cut.runs)] == [True, False]


def test_the_place_is_told_also_with_a_column() -> None:
    told = FAILED.replace("R:1'", "R:1:24'")
    assert [f.location for f in read_log([told.encode(), CLOSING.encode()]).failures] == [
        "test-lid.R:1"
    ]


def test_a_test_in_one_line_has_no_place_and_its_file_stands_above() -> None:
    """Its failure was lost, and the step looked like one that could not be built."""
    log = "✖ | 1       0 | lid [0.6s]\n───\nFailure (???): is shut\n3 not equal to 4.\n───\n"
    end = "[ FAIL 1 | WARN 0 | SKIP 0 | PASS 0 ]\n"
    assert read_log([(log + end).encode()]).tests == ("test-lid.R: is shut",)
