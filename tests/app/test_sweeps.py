"""Every timer starts a sweep that there is, and every sweep is started by one."""

from bot.app.logging_setup import _SWEEPS as WATCHED
from bot.app.sweeps import AT_START, TIMERS


def test_sentry_waits_for_each_timer_as_often_as_it_runs() -> None:
    often = {timer.key.name: timer.every_seconds for timer in TIMERS}
    assert set(WATCHED) == set(often)
    for name, seconds in often.items():
        minutes, _ = WATCHED[name]
        assert seconds <= 60 * minutes < 2 * seconds
    assert {key.name for key in AT_START} <= set(often)
