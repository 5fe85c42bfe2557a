"""A commit that breaks sixty test files is read whole: a partial reading would accuse nobody."""

from bot.logs import read_log
from tests.scenarios.farm import make_log


def test_sixty_failing_files_are_sixty_failures() -> None:
    failing = [f"test_{number:03}" for number in range(60)]
    reading = read_log([make_log(failing, "41 != 42").encode()])
    assert len(reading.failures) == 60
    assert reading.notes == ()
    assert not reading.partial
