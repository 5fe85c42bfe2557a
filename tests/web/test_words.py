"""Times, spans and numbers as people read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.web.words import count_words, tell_time, tell_time_since

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_a_time_is_read_in_utc_and_put_into_the_readers_zone_by_the_script() -> None:
    told = tell_time(AT.astimezone(timezone(timedelta(hours=9))))
    assert told == (
        '<time datetime="2026-02-03T04:05:06Z" title="2026-02-03 04:05:06 UTC">'
        "2026-02-03 04:05 UTC</time>"
    )
    assert tell_time(None, otherwise="<not yet>") == "&lt;not yet&gt;"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (-5, "just now"), (60, "1 min ago"), (7300, "2 h ago"), (-3600, "in 1 h")],
)
def test_how_long_ago_it_was(seconds: int, words: str) -> None:
    told = tell_time_since(AT, AT + timedelta(seconds=seconds))
    assert f" data-relative>{words}</time>" in told
    assert tell_time_since(None, AT) == "never"


def test_numbers_have_the_right_grammar() -> None:
    told = [count_words(n, "builder") for n in (0, 1, 2, 1200)]
    assert told == ["0 builders", "1 builder", "2 builders", "1,200 builders"]
    assert count_words(2, "entry", "entries") == "2 entries"
