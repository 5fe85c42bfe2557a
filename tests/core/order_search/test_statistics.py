"""Figures against what is known of them."""

import pytest

from bot.core.order_search.statistics import count_passes, entropy, find_chance, find_luck


def test_a_fair_coin_tells_one_bit_and_a_sure_one_none() -> None:
    assert (entropy(0.5), entropy(0.0), entropy(1.0)) == (1.0, 0.0, 0.0)
    assert entropy(0.11) == pytest.approx(0.4999, abs=1e-3)


def test_passes_are_repeated_until_chance_is_ruled_out() -> None:
    assert count_passes(1.0, 0.01) == 1
    assert count_passes(0.6, 0.01) == 6
    assert 0.4**6 <= 0.01 < 0.4**5


def test_fishers_exact_test() -> None:
    """The lady tasting tea: all eight cups told right has one chance in seventy."""
    assert find_chance((4, 0), (0, 4)) == pytest.approx(1 / 70)
    assert find_chance((3, 1), (1, 3)) == pytest.approx(17 / 70)
    assert find_chance((0, 8), (8, 0)) == pytest.approx(1.0)


def test_luck_is_the_lower_tail() -> None:
    assert find_luck(0, 3, 0.5) == pytest.approx(0.125)
    assert find_luck(3, 3, 0.5) == pytest.approx(1.0)
    assert find_luck(1, 2, 0.995) == pytest.approx(1 - 0.995**2)
