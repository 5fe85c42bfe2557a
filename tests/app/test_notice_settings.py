"""Subscriptions come as text or as a file; nothing of them that is secret is shown."""

from pathlib import Path

import pytest

from bot.app.settings import Settings
from bot.core.errors import UserError

ENVIRON = {"BUILDBOT_URL": "http://buildbot.example.org", "GITHUB_TOKEN": "a-token"}
TEXT = '[[subscriptions]]\nname = "core"\nwebhook = "https://chat.example.org/0123456789abcdef"'


def read(**more: str) -> Settings:
    return Settings.from_environ({**ENVIRON, **more})


def test_nobody_hears_of_anything_unless_it_is_set() -> None:
    assert read().notices.subscriptions == ()


def test_subscriptions_stand_in_the_setting_or_in_a_file_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "subscriptions.toml"
    path.write_text(TEXT)
    for given in (TEXT, str(path)):
        (only,) = read(SUBSCRIPTIONS=given).notices.subscriptions
        assert only.name == "core"


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"#" * 300_000])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "subscriptions.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"settings: SUBSCRIPTIONS (is neither|names a file)"):
        read(SUBSCRIPTIONS=str(path))


def test_addresses_and_keys_are_masked() -> None:
    settings = read(SUBSCRIPTIONS=TEXT, WEBHOOK_SECRET="a-secret")
    assert {"a-secret", "0123456789abcdef"} <= set(settings.secrets)
    assert "0123456789abcdef" not in repr(settings)
    assert "a-secret" not in repr(settings)


def test_hosts_of_our_own_are_a_list() -> None:
    found = read(WEBHOOK_PRIVATE_HOSTS="zulip.internal, 10.0.0.8").notices
    assert found.webhook_private_hosts == {"zulip.internal", "10.0.0.8"}
