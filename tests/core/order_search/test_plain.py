"""Plain bisection: what it takes, and where it goes wrong."""

from bot.core.order_search.plain import Plain, play_plain


def test_one_of_four_hundred_takes_a_run_for_each_halving_and_two_to_be_sure() -> None:
    assert play_plain(400, (123,), 1.0, 0.01) == Plain(11, works=True)


def test_of_two_that_are_needed_together_it_keeps_one() -> None:
    assert not play_plain(400, (10, 390), 1.0, 0.01).works


def test_each_pass_of_a_flaky_one_is_repeated() -> None:
    """Eight times at a rate of 60 % for 1 % over nine halvings; a failure takes two runs."""
    last = play_plain(512, (511,), 0.6, 0.01)
    assert last == Plain(2 + 9 * 8 + 2, works=True)
