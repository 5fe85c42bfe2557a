"""What others say of themselves: who is logged in at a master, which API version ends when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.payloads.diagnostics import Deprecation, parse_deprecation, parse_site

VERSION = "2022-11-28"
BEGUN, ENDS = datetime(2026, 3, 10, tzinfo=UTC), datetime(2028, 3, 10, tzinfo=UTC)
HTTP_BEGUN, HTTP_ENDS = "Tue, 10 Mar 2026 00:00:00 GMT", "Fri, 10 Mar 2028 00:00:00 GMT"


@pytest.mark.parametrize(
    ("user", "logged_in"),
    [
        ({"anonymous": True}, False),
        ({"anonymous": False}, True),
        ({"username": "watcher", "email": "watcher"}, True),  # as masters answer after a login
        ({"full_name": "The Watcher"}, True),
        ({}, False),
        (None, False),
        ("watcher", False),
    ],
)
def test_who_has_a_name_is_logged_in(user: Any, logged_in: bool) -> None:
    """A good login counted as none, for masters leave `anonymous` out where it is not so."""
    site = parse_site({"versions": [["Buildbot", "4.3.0"]], "user": user})
    assert (site.version, site.logged_in) == ("4.3.0", logged_in)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, None),
        ({"Deprecation": "false"}, None),
        (
            {"Deprecation": f"@{int(BEGUN.timestamp())}", "Sunset": HTTP_ENDS},
            Deprecation(VERSION, BEGUN, ENDS),
        ),
        ({"Deprecation": HTTP_BEGUN}, Deprecation(VERSION, BEGUN, None)),
        ({"Deprecation": "true"}, Deprecation(VERSION, None, None)),
        ({"Sunset": HTTP_ENDS}, Deprecation(VERSION, None, ENDS)),
        ({"Deprecation": "@" + "9" * 40, "Sunset": "soon"}, Deprecation(VERSION, None, None)),
    ],
)
def test_headers_that_tell_of_an_end(headers: dict[str, str], told: Deprecation | None) -> None:
    """A date that cannot be read is left out; that there is one is still told."""
    assert parse_deprecation(headers, VERSION) == told
