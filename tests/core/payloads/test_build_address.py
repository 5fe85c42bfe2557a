"""Every address of a build that people paste, and none of anything else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UserError
from bot.core.payloads.build_address import (
    BuildAddress,
    is_same_site,
    parse_build_address,
    parse_build_place,
)

OURS = "https://buildbot.example.org/all"
NUMBERED = {"builder": "3", "number": 45}


@pytest.mark.parametrize("base", ["http://b.example", "http://127.0.0.1:8010", OURS, f"{OURS}/2"])
@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("/#/builders/3/builds/45", NUMBERED),
        ("/#builders/3/builds/45", NUMBERED),
        ("#/builders/3/builds/45", NUMBERED),
        ("#builders/3/builds/45", NUMBERED),
        ("/#!/builders/3/builds/45", NUMBERED),
        ("/builders/3/builds/45", NUMBERED),
        ("/index.html#/builders/3/builds/45", NUMBERED),
        ("/?redirect=1#/builders/3/builds/45", NUMBERED),
        ("//#/builders/3//builds/45//", NUMBERED),
        ("/#/builders/3/builds/45/", NUMBERED),
        ("/#/builders/3/builds/45?redirect_to_build=true", NUMBERED),
        ("/#/builders/AMD64%20Debian/builds/45", {"builder": "AMD64 Debian", "number": 45}),
        ("/#/builders/3/builds/45/steps/4", NUMBERED | {"step": "4"}),
        (
            "/#/builders/3/builds/45/steps/4/logs/stdio",
            NUMBERED | {"step": "4", "log": "stdio"},
        ),
        (
            "/builders/3/builds/45/steps/unit%20tests/logs/stdio/",
            NUMBERED | {"step": "unit tests", "log": "stdio"},
        ),
        ("/#/builds/77", {"buildid": 77}),
        ("/api/v2/builds/77", {"buildid": 77}),
        ("/api/v2/builds/77/", {"buildid": 77}),
        ("/api/v2/builds/77?property=*", {"buildid": 77}),
        ("/api/v2/builds/77/steps", {"buildid": 77}),
        ("/api/v2/builds/77/properties", {"buildid": 77}),
        ("/api/v2/builds/77/steps/4/logs/stdio/raw", {"buildid": 77, "step": "4", "log": "stdio"}),
        ("/api/v2/builders/3/builds/45?x=1", NUMBERED),
        ("/api/v2/steps/901", {"stepid": 901}),
        ("/api/v2/steps/901/logs", {"stepid": 901}),
        ("/api/v2/steps/901/logs/stdio", {"stepid": 901, "log": "stdio"}),
        ("/api/v2/logs/12", {"logid": 12}),
        ("/api/v2/logs/12/raw", {"logid": 12}),
        ("/api/v2/logs/12/raw_inline", {"logid": 12}),
        ("/api/v2/logs/12/contents?offset=0&limit=100", {"logid": 12}),
    ],
)
def test_a_build_is_found_behind_any_of_its_addresses(
    base: str, way: str, expected: dict[str, Any]
) -> None:
    assert parse_build_address(base + way) == BuildAddress(base, **expected)
    assert parse_build_address(f" <{base}{way}>\n") == BuildAddress(base, **expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://b.example/",
        "http://b.example/#/builders/3",
        "http://b.example/#/builders/3/builds/",
        "http://b.example/#/builders/3/builds/x",
        "http://b.example/#/builders/3/builds/٣",
        "http://b.example/#/builders/3/builds/99999999999999999999",
        "http://b.example/#/builders/3/builds/9999999999999999999",
        "http://b.example/#/builders/3/builds/4 5",
        "ftp://b.example/#/builders/3/builds/45",
        "https://github.com/a/b/pull/1",
        "http:///#/builders/3/builds/45" + "x" * 5000,
        "http://b.example/#/workers/3",
    ],
)
def test_what_is_no_build_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UserError, match="not the address of a build"):
        parse_build_address(text)


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_a_clear_no(text: str) -> None:
    for shown in (text, f"http://b.example/{text}", f"http://b.example/#/builders/{text}"):
        try:
            parse_build_address(shown)
        except UserError:
            continue


def test_a_build_is_named_as_people_do() -> None:
    assert parse_build_place("AMD64 Debian/45", OURS) == BuildAddress(
        OURS, builder="AMD64 Debian", number=45
    )
    assert parse_build_place("a/b/45", OURS) == BuildAddress(OURS, builder="a/b", number=45)
    for way in ("/#/", "/#", "#/", "#", "/", "/api/v2/"):
        found = parse_build_place(f"{OURS}{way}builders/3/builds/45/", OURS)
        assert (found.builder, found.number) == ("3", 45)


@pytest.mark.parametrize(
    "text",
    [
        f"{OURS.removeprefix('https://')}/#/builders/3/builds/45",
        f"({OURS}/#/builders/3/builds/45).",
        f"<{OURS}/#/builders/3/builds/45/steps/2/logs/stdio/raw_inline>",
        f"`{OURS}/api/v2/builders/3/builds/45`,",
    ],
)
def test_what_surrounds_an_address_that_was_pasted_does_no_harm(text: str) -> None:
    """Browsers leave the scheme out, and sentences end with a dot."""
    found = parse_build_place(text, OURS)
    assert (found.base, found.builder, found.number) == (OURS, "3", 45)


@pytest.mark.parametrize(
    "text",
    [
        "45",
        "/45",
        "AMD64/x",
        "AMD64/٣",
        "AMD64/" + "9" * 40,
        "https://evil.example.org/#/builders/3/builds/45",
        "https://buildbot.example.org/all.evil.example/#/builders/3/builds/45",
        "https://buildbot.example.org@evil.example/all/#/builders/3/builds/45",
        "http://buildbot.example.org/all/#/builders/3/builds/45",
        f"{OURS}/#/builders/3",
    ],
)
def test_what_is_no_build_of_our_buildbot_is_refused(text: str) -> None:
    """Nobody makes us call another host by a link."""
    with pytest.raises(UserError):
        parse_build_place(text, OURS)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://B.example:443/x/", "https://b.example/x", True),
        ("http://b.example:80", "http://b.example/", True),
        ("http://b.example", "https://b.example", False),
        ("http://b.example/x", "http://b.example/X", False),
        ("http://u@b.example", "http://b.example", False),
        ("http://b.example:99999", "http://b.example", False),
        ("http://[::1", "http://[::1", True),
    ],
)
def test_one_buildbot_has_one_address(one: str, other: str, same: bool) -> None:
    assert is_same_site(one, other) is same
