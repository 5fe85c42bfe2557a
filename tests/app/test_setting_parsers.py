"""What a setting's text means; what it cannot mean is said in one line, and never guessed."""

import re
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.app import setting_parsers as parsers
from tests.clients.hubs import APP_KEY


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parsers.parse_url, "https://bb.example.org/", "https://bb.example.org"),
        (parsers.parse_url, "http://[::1]:8010/bb/", "http://[::1]:8010/bb"),
        (parsers.parse_labels, "Quiet, no bots ,,", frozenset({"quiet", "no bots"})),
        (parsers.parse_labels, "", frozenset()),
        (parsers.whole_number(1, 60), "60", 60),
        (parsers.parse_switch, "1", True),
        (parsers.parse_switch, "0", False),
        (parsers.parse_hours, "22-6", (time(22), time(6))),
        (parsers.parse_repository, "octo-org/demo", "octo-org/demo"),
        (parsers.parse_mirrors, "", ()),
        (parsers.parse_mirrors, "https://h.example/Demo.git", (("h.example/demo", None),)),
        (
            parsers.parse_mirrors,
            "ssh://git@h/a=o/r, /srv/git/demo",
            (("h/a", "o/r"), ("/srv/git/demo", None)),
        ),
        (parsers.parse_pattern, "AMD64 .*", "AMD64 .*"),
        (parsers.one_of("auto", "off"), "off", "off"),
    ],
)  # fmt: skip
def test_what_is_meant_is_read(parse: Callable[[str], Any], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "words"),
    [
        (parsers.parse_url, "bb.example.org", "http(s) URL"),
        (parsers.parse_url, "ftp://bb.example.org", "http(s) URL"),
        (parsers.parse_url, "https://u:p@bb.example.org", "user name or password"),
        (parsers.parse_url, "https://bb.example.org:80a", "a port that is a number"),
        (parsers.parse_dsn, "https://sentry.example.org", "not a DSN"),
        (parsers.whole_number(1, 60), "0", "from 1 to 60"),
        (parsers.whole_number(1, 60), "61", "from 1 to 60"),
        (parsers.whole_number(1, 60), "-1", "from 1 to 60"),
        (parsers.whole_number(1, 60), "1.5", "from 1 to 60"),
        (parsers.whole_number(1, 60), "٣", "from 1 to 60"),
        (parsers.parse_switch, "yes", "1 or 0"),
        (parsers.parse_switch, "true", "1 or 0"),
        (parsers.parse_hours, "22", "two hours"),
        (parsers.parse_hours, "22-24", "two hours"),
        (parsers.parse_hours, "6-6", "two different hours"),
        (parsers.parse_repository, "demo", "owner/name"),
        (parsers.parse_repository, "octo-org/demo/x", "owner/name"),
        (parsers.parse_mirrors, "demo", "addresses of git"),
        (parsers.parse_mirrors, "https://h/p=demo", "owner/name"),
        (parsers.parse_pattern, "(a", "regular expression"),
        (parsers.parse_pattern, r"(a)\1", "regular expression"),
        (parsers.parse_private_key, "/no/such/file.pem", "neither a PEM key"),
        (parsers.parse_private_key, "-----BEGIN RSA PRIVATE KEY-----\nAAAA", "not a PEM"),
        (parsers.one_of("auto", "off"), "on", "one of auto, off"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(parse: Callable[[str], Any], text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_a_key_may_be_a_file_or_text_on_one_line(tmp_path: Path) -> None:
    """Hosts that know only one line of a setting have its line breaks written out."""
    file = tmp_path / "app.pem"
    file.write_text(APP_KEY)
    assert parsers.parse_private_key(str(file)) == APP_KEY
    assert parsers.parse_private_key(APP_KEY.replace("\n", "\\n")) == APP_KEY


def test_mirrors_of_the_watched_repository_need_one_that_is_watched() -> None:
    mirrors = {"REPOSITORY_MIRRORS": "https://h/a=o/r"}
    assert parsers.find_mirror_problems(mirrors) == []
    of_watched = {"REPOSITORY_MIRRORS": "https://h/a=o/r,https://h/b"}
    assert parsers.find_mirror_problems(of_watched)[0].startswith("REPOSITORY is missing")
    assert parsers.find_mirror_problems(of_watched | {"REPOSITORY": "o/r"}) == []
