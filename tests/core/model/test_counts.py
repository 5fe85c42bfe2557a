"""Numbers agree with their nouns, and long lists are short."""

import pytest

from bot.core.model.counts import count_words, name_some


def test_a_number_and_its_noun_agree() -> None:
    assert count_words(1, "builder") == "1 builder"
    assert count_words(0, "builder") == "0 builders"
    assert count_words(1200, "delivery", "deliveries") == "1,200 deliveries"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a, b"),
        (["a", "b", "c"], "a, b and 1 more"),
        (["a"] * 9, "a, a and 7 more"),
    ],
)
def test_of_many_names_the_first_are_told(names: list[str], told: str) -> None:
    assert name_some(names, 2) == told
