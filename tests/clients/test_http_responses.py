"""What others answer over HTTP: how long they ask us to wait is believed within reason."""

from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.clients.http_responses import (
    describe,
    find_retry_after,
    parse_date,
    parse_json,
    parse_whole,
)
from bot.core.errors import Unavailable

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DATE = "Mon, 02 Mar 2026 12:05:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "99999999999"}, 86_400),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": DATE}, 300),
        ({"Retry-After": DATE, "Date": "Mon, 02 Mar 2026 12:04:30 GMT"}, 30),
        ({"Retry-After": DATE, "Date": "Mon, 02 Mar 2026 13:00:00 GMT"}, 1),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], seconds: int | None) -> None:
    """By their own clock where they tell it: ours may be minutes off."""
    wait = find_retry_after(headers, NOW)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), (None, None), ("", None), ("７", None), ("1e3", None)]
)
def test_a_whole_number_is_nothing_else(text: str | None, number: int | None) -> None:
    assert parse_whole(text) == number


@pytest.mark.parametrize("text", [None, "", "yesterday", "Mon, 02 Mar 2026 12:05:00 -0000"])
def test_a_date_without_a_zone_is_none(text: str | None) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "HTML"),
        (b"\n  <!doctype html>", "HTML"),
        (b'{"a":', "broken JSON"),
        (b"\xff", "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
    ],
)
def test_what_is_no_json_may_be_some_the_next_time(body: bytes, words: str) -> None:
    with pytest.raises(Unavailable) as caught:
        parse_json(body, "GitHub")
    assert words in caught.value.reason
    assert caught.value.reason.startswith("GitHub answered")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("10.0.0.5"), "no answer in time"),
        (TimeoutError(), "no answer in time"),
        (aiohttp.ServerDisconnectedError(), "it hung up"),
        (aiohttp.ClientPayloadError("10.0.0.5"), "its answer broke off"),
        (ConnectionResetError("10.0.0.5"), "the connection broke"),
        (aiohttp.InvalidURL("10.0.0.5"), "it is no address"),
        (RuntimeError("10.0.0.5"), "RuntimeError"),
    ],
)
def test_a_fault_is_told_without_addresses_of_ours(error: BaseException, words: str) -> None:
    """`/health` is for everybody."""
    assert describe(error) == words
