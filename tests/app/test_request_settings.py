"""Settings of builds on request: what they mean, and what is wrong with others."""

from datetime import time

import pytest

from bot.app.settings import Settings
from bot.core.errors import UserError
from bot.core.model.request_options import RequestMode, RequestOptions

ENVIRON = {"BUILDBOT_URL": "https://example.org", "GITHUB_TOKEN": "t"}


def read(**more: str) -> RequestOptions:
    return Settings.from_environ({**ENVIRON, **more}).requests


def test_nothing_is_asked_for_until_somebody_says_so() -> None:
    options = read()
    assert options.mode is RequestMode.OFF
    assert not options.is_on
    assert options.limits.share_of_builder == 0.15


def test_limits_are_read() -> None:
    options = read(
        BUILDS_ON_REQUEST="auto",
        REQUEST_SHARE="5",
        REQUEST_QUIET_HOURS="22-6",
        REQUEST_BUILDERS="AMD64 .*",
    )
    assert options.mode is RequestMode.AUTO
    assert options.limits.share_of_builder == 0.05
    assert options.limits.quiet_hours == (time(22), time(6))
    assert (options.may_ask("AMD64 Debian"), options.may_ask("ARM64 Debian")) == (True, False)


WRONG = {
    "BUILDS_ON_REQUEST": "always",
    "REQUEST_QUIET_HOURS": "22",
    "REQUEST_SHARE": "90",
    "REQUEST_BUILDERS": "(",
    "BANG_BUILDBOT": "yes",
}


@pytest.mark.parametrize(("name", "text"), [*WRONG.items(), ("REQUEST_QUIET_HOURS", "6-6")])
def test_what_is_wrong_is_named(name: str, text: str) -> None:
    with pytest.raises(UserError, match=name):
        read(**{name: text})
