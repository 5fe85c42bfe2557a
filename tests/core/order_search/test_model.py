"""What a search counts, and the rate that follows from it."""

from bot.core.order_search.model import Result, State, Tally


def make_result(held: Tally) -> Result:
    return Result(State.FOUND, (3,), 9, Tally(2), held, Tally(), Tally(1))


def test_runs_that_told_nothing_are_not_judged() -> None:
    assert Tally(failed=2, passed=3, unresolved=4).judged == 5


def test_a_rate_is_of_all_lists_that_hold_what_is_needed() -> None:
    assert make_result(Tally(failed=3, passed=1)).rate == 0.75
    assert make_result(Tally(unresolved=2)).rate == 1.0
