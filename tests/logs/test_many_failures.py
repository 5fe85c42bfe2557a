"""A commit that breaks sixty test files is read whole: a partial reading would accuse nobody."""

from bot.logs import read_log
from tests.support.farm import make_log


def test_sixty_failing_files_are_sixty_failures() -> None:
    failing = [f"test_{number:03}" for number in range(60)]
    reading = read_log([make_log(failing, "41 != 42").encode()])
    assert len(reading.failures) == 60
    assert reading.notes == ("the excerpt shows 8 failures; and 52 more",)
    assert not reading.partial


def test_a_coloured_summary_names_the_same_tests() -> None:
    """Colour is the usual case on hosted runners: the reset stands before the blank."""
    plain = (
        "============================= test session starts ==============================\n"
        "=========================== short test summary info ============================\n"
        "FAILED tests/test_a.py::test_x - assert 1 == 2\n"
        "ERROR tests/test_b.py::TestDb::test_q - RuntimeError: no database\n"
        "========================= 1 failed, 1 error in 0.10s ===========================\n"
    )
    coloured = plain.replace("FAILED ", "\x1b[31mFAILED\x1b[0m ")
    coloured = coloured.replace("ERROR ", "\x1b[31mERROR\x1b[0m ")
    assert len(read_log([plain.encode()]).tests) == 2
    assert read_log([coloured.encode()]).tests == read_log([plain.encode()]).tests
