"""Spans of time as people read them."""

from datetime import timedelta

import pytest

from bot.core.model.durations import tell_duration, tell_span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (-3, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7500, "2 h 5 min"),
        (86_400, "1 d"),
        (86_400 + 120, "1 d"),
        (3 * 86_400 + 7200, "3 d 2 h"),
    ],
)
def test_a_span_has_its_two_largest_units(seconds: float, words: str) -> None:
    assert tell_duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "under a minute"),
        (59, "under a minute"),
        (61, "1 min"),
        (7512, "2 h 5 min"),
        (2 * 86_400 + 4 * 3600 + 540, "2 d 4 h"),
    ],
)
def test_what_lasts_for_hours_has_no_seconds(seconds: float, words: str) -> None:
    assert tell_span(timedelta(seconds=seconds)) == words
