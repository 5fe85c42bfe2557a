"""How builders did: days, costs, and how long red lasted."""

from datetime import timedelta

from bot.core.model.build_results import Result
from bot.core.trends.builds import count_days, find_cost, find_minutes, find_recovery
from tests.support.make_stored import MOMENT
from tests.support.make_summaries import make_summary

RED, GREEN, BROKEN = Result.FAILURE, Result.SUCCESS, Result.EXCEPTION


def test_days_count_what_tells_something_and_what_broke_apart() -> None:
    flaked = make_summary(3, Result.WARNINGS, flaked=True)
    builds = [make_summary(1), make_summary(2, RED), flaked, make_summary(4, BROKEN)]
    tomorrow = make_summary(30, RED)
    first, second = count_days([tomorrow, *builds])
    assert (first.builds, first.failed, first.flaked, first.broken) == (3, 1, 1, 1)
    assert first.failure_rate == first.flake_rate == 1 / 3
    assert (second.day - first.day, second.failure_rate) == (timedelta(days=1), 1.0)


def test_a_day_of_machines_that_broke_has_no_rate() -> None:
    (day,) = count_days([make_summary(1, BROKEN)])
    assert (day.failure_rate, day.flake_rate, day.broken) == (None, None, 1)


def test_red_and_broken_builds_are_what_it_cost() -> None:
    builds = [make_summary(1), make_summary(2, RED), make_summary(3, BROKEN)]
    assert find_cost(builds) == timedelta(hours=1)
    assert find_minutes(builds) == 30.0
    assert find_minutes([]) == 0.0


def test_a_clock_that_was_set_back_makes_no_time() -> None:
    odd = make_summary(1, RED, started_at=MOMENT + timedelta(hours=9))
    assert find_cost([odd]) == timedelta(0)


def test_red_lasts_from_its_first_build_until_green_on_its_own_branch() -> None:
    builds = [
        make_summary(1, RED),
        make_summary(2, RED),
        make_summary(3, BROKEN),  # says nothing
        make_summary(4, GREEN, branch="3.14"),
        make_summary(5, GREEN),
        make_summary(6, RED),
        make_summary(7, GREEN),
        make_summary(8, RED, builder="ARM64"),
    ]
    recovery = find_recovery(reversed(builds))
    assert (recovery.streaks, recovery.longest) == (2, timedelta(hours=4))
    assert recovery.median == timedelta(hours=2.5)
    assert recovery.red_since == MOMENT + timedelta(hours=8)


def test_what_never_was_red_has_nothing_to_recover_from() -> None:
    recovery = find_recovery([make_summary(1)])
    assert (recovery.streaks, recovery.median, recovery.red_since) == (0, None, None)
