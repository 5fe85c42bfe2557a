"""Moments as people and programs write them."""

from datetime import UTC, datetime

import pytest

from bot.core.errors import Malformed
from bot.web.moments import parse_moment

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "1772452800",
        "1772452800.0",
        "2026-03-02T12:00:00Z",
        "2026-03-02T12:00",
        "2026-03-02 12:00",
        "2026-03-02T14:00+02:00",
        "2026-03-02T14:00 02:00",  # a plus that a browser took for a space
    ],
)
def test_a_moment_is_read_in_every_usual_form(text: str) -> None:
    assert parse_moment(text) == NOON


@pytest.mark.parametrize(
    "text", ["", "noon", "1" * 40, "9" * 20, "1e9", "²", "-5", "2026-13-01", "."]
)
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(Malformed, match="unix seconds"):
        parse_moment(text)
