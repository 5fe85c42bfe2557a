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


MAIL = '[[subscriptions]]\nname = "list"\nmail = "status@example.org"\nlist = true'


def test_mail_needs_a_server_and_a_sender() -> None:
    with pytest.raises(UserError, match=r"SMTP_HOST is missing.*; MAIL_FROM is missing"):
        read(SUBSCRIPTIONS=MAIL)
    found = read(SUBSCRIPTIONS=MAIL, SMTP_HOST="mail.example.org", MAIL_FROM="w@example.net")
    assert found.notices.mail is not None
    assert (found.notices.mail.port, found.notices.mail.tls) == (587, "starttls")
    assert found.notices.subscriptions[0].is_list
    assert "status@example.org" in found.secrets


@pytest.mark.parametrize(
    ("host", "password", "taken"),
    [
        ("127.0.0.1", None, True),
        ("localhost", None, True),
        ("::1", None, True),
        ("localhost", "secret", False),
        ("mail.example.org", None, False),
        ("10.0.0.8", None, False),
    ],
)
def test_mail_without_tls_stays_on_this_machine_and_holds_no_password(
    host: str, password: str | None, taken: bool
) -> None:
    given = {"SMTP_HOST": host, "SMTP_TLS": "off", "MAIL_FROM": "w@example.net"}
    if password:
        given |= {"SMTP_USERNAME": "watch", "SMTP_PASSWORD": password}
    if taken:
        assert read(**given).notices.mail is not None
        return
    with pytest.raises(UserError, match="SMTP_TLS may be off"):
        read(**given)


def test_a_login_is_whole_and_a_sender_is_an_address() -> None:
    with pytest.raises(UserError, match="only together"):
        read(SMTP_PASSWORD="secret")
    with pytest.raises(UserError, match="MAIL_FROM must be what is one mail address"):
        read(MAIL_FROM="Watch <w@example.net>, x@example.net")


IRC = '[[subscriptions]]\nname = "chat"\nirc = "#builds"'


def test_irc_needs_a_server_and_uses_tls() -> None:
    with pytest.raises(UserError, match="IRC_SERVER is missing"):
        read(SUBSCRIPTIONS=IRC)
    found = read(SUBSCRIPTIONS=IRC, IRC_SERVER="irc.libera.chat").notices.irc
    assert found is not None
    assert (found.host, found.port, found.tls) == ("irc.libera.chat", 6697, True)
    assert found.channels == ("#builds",)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"IRC_SERVER": "irc.example.org", "IRC_TLS": "0"}, "IRC_TLS may be 0"),
        ({"IRC_SERVER": "irc.example.org:port"}, "must look like host"),
        ({"IRC_NICK": "a b"}, "must be a nick"),
        ({"IRC_PASSWORD": "secret"}, "only together"),
    ],
)
def test_what_is_wrong_of_irc_is_named(given: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        read(**given)
