"""The belief against Bayes' theorem done by hand."""

import pytest

from bot.core.order_search.belief import RATES, Belief


def test_a_sure_victim_is_looked_for_in_the_middle() -> None:
    belief = Belief(100, {1.0: 1.0}, none=0.0)
    assert belief.choose(range(101)) == 50
    belief.observe(50, failed=True)
    assert belief.choose(range(101)) == 25
    belief.observe(25, failed=False)
    assert belief.find_group(range(101))[2] == pytest.approx(1 / 25)


def test_of_a_flaky_victim_the_middle_is_not_what_tells_most() -> None:
    """Its failures tell all, its passes little: the best input of such a channel is 0.38."""
    belief = Belief(1000, {0.3: 1.0}, none=0.0)
    assert belief.choose(range(1001)) == pytest.approx(384, abs=3)


def test_a_pass_counts_as_much_as_the_rate_says() -> None:
    belief = Belief(1, {0.6: 1.0}, none=0.5)
    belief.observe(0, failed=False)
    assert belief.find_group([0, 1]) == pytest.approx((0, 1, 0.5 / (0.5 + 0.5 * 0.4)))


def test_a_pass_of_the_whole_makes_it_flaky() -> None:
    belief = Belief(10, RATES, none=0.1)
    before = belief.find_rates()
    belief.observe(10, failed=True)
    belief.observe(10, failed=False)
    after = belief.find_rates()
    assert before[0.995] == pytest.approx(0.8)
    assert after[0.995] < 0.2 < after[0.5] + after[0.6] + after[0.4]
    assert sum(after.values()) == pytest.approx(1.0)


def test_lengths_that_cannot_be_run_leave_groups() -> None:
    belief = Belief(10, {1.0: 1.0}, none=0.0)
    belief.observe(7, failed=True)
    belief.observe(3, failed=False)
    assert belief.find_group([0, 3, 7, 10]) == pytest.approx((3, 7, 1.0))
    assert belief.find_doubt() == pytest.approx(2.0)


def test_what_cannot_be_is_an_error() -> None:
    belief = Belief(0, {1.0: 1.0}, none=0.5)
    with pytest.raises(ArithmeticError, match="no hypothesis"):
        belief.observe(0, failed=False)
