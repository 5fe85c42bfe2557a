"""What those who run it get to read when a setting is wrong."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import make_url

from bot.app.request_settings import REQUEST_SETTINGS
from bot.app.settings import POLICY_SETTINGS, SETTINGS, Settings, read_some
from bot.core.errors import UserError

ENOUGH = {"BUILDBOT_URL": "http://127.0.0.1:8010/", "GITHUB_TOKEN": "t0ken"}


@pytest.fixture(scope="module")
def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


def test_two_settings_are_enough_to_watch_a_fleet() -> None:
    settings = Settings.from_environ(ENOUGH)
    assert settings.buildbot_url == "http://127.0.0.1:8010"
    assert settings.post_comments is False
    assert settings.database_url == "sqlite+aiosqlite:///nightswatch.db"
    assert settings.github_webhook_secret is None


def test_everything_that_is_wrong_is_named_at_once() -> None:
    """Nobody should have to start a service five times to learn of five mistakes."""
    with pytest.raises(UserError) as caught:
        Settings.from_environ(
            {
                "PORT": "eighty",
                "POST_COMMENTS": "yes",
                "REPOSITORY": "cpython",
                "DASHBOARD": "basic",
                "GITHUB_APP_ID": "1",
                "GITHUB_TOKEN": "t",
                "BUILDBOT_USERNAME": "u",
            }
        )
    message = str(caught.value)
    for name in (
        "BUILDBOT_URL is missing",
        "PORT must be",
        "POST_COMMENTS must be",
        "REPOSITORY must look like",
        "DASHBOARD_PASSWORD is missing",
        "GITHUB_APP_PRIVATE_KEY is missing",
        "exclude each other",
        "BUILDBOT_PASSWORD is missing",
    ):
        assert name in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUILDBOT_URL", "ftp://example.org"),
        ("BUILDBOT_URL", "not a url"),
        ("BUILDBOT_URL", "http://127.0.0.1:port"),
        ("SENTRY_DSN", "not a dsn"),
        ("BUILDBOT_URL", "http://user:pass@example.org"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("PORT", "٣"),
        ("HISTORY_DAYS", "0"),
        ("LOG_FORMAT", "xml"),
        ("DASHBOARD", "private"),
        ("REPOSITORY", "a/b/c"),
        ("REPOSITORY", "/b"),
        ("POST_COMMENTS", "true"),
        ("GITHUB_APP_PRIVATE_KEY", "/nonexistent/key.pem"),
        ("GITHUB_APP_PRIVATE_KEY", "-----BEGIN RSA PRIVATE KEY-----\nno\n-----END"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(UserError, match=name):
        Settings.from_environ({**ENOUGH, name: value})


@pytest.mark.parametrize("spelling", ["pem", "escaped", "path"])
def test_the_private_key_may_be_given_in_three_ways(
    pem: str, tmp_path: Path, spelling: str
) -> None:
    path = tmp_path / "app.pem"
    path.write_text(pem)
    given = {"pem": pem, "escaped": pem.replace("\n", "\\n"), "path": str(path)}[spelling]
    settings = Settings.from_environ(
        {
            "BUILDBOT_URL": "http://127.0.0.1:1",
            "GITHUB_APP_ID": "1",
            "GITHUB_APP_PRIVATE_KEY": given,
        }
    )
    assert settings.github_app_private_key is not None
    assert settings.github_app_private_key.strip() == pem.strip()


def test_empty_counts_as_unset() -> None:
    """`NAME=` in a .env file is how people switch a setting off."""
    assert Settings.from_environ({**ENOUGH, "SENTRY_DSN": " ", "PORT": ""}).port == 8080


def test_secrets_stay_out_of_the_representation() -> None:
    secrets = {s.name: f"value-of-{s.name}" for s in SETTINGS if s.secret}
    secrets.pop("GITHUB_APP_PRIVATE_KEY")
    secrets["SENTRY_DSN"] = "https://value-of-sentry@sentry.example.org/1"
    secrets["GITHUB_APP_CLIENT_ID"] = "value-of-client"
    secrets["BUILDBOT_USERNAME"] = "value-of-user"
    secrets["DATABASE_URL"] = "postgresql://watch@value-of-host/watch"
    shown = repr(Settings.from_environ({**ENOUGH, **secrets}))
    del secrets["BUILDBOT_USERNAME"], secrets["GITHUB_APP_CLIENT_ID"]
    assert [value for value in secrets.values() if value in shown] == []


# ---------------------------------------------------------------- secrets in files


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    """Environments are seen by many: `docker inspect`, `/proc`, a supervisor's status page."""
    path = tmp_path / "token"
    path.write_text("t0ken-of-a-file\n")
    given = {"BUILDBOT_URL": "http://127.0.0.1:1", "GITHUB_TOKEN_FILE": str(path)}
    settings = Settings.from_environ(given)
    assert settings.github_token == "t0ken-of-a-file"
    assert "t0ken-of-a-file" in settings.secrets
    with pytest.raises(UserError, match="GITHUB_TOKEN and GITHUB_TOKEN_FILE exclude each other"):
        Settings.from_environ({**given, "GITHUB_TOKEN": "x"})
    path.write_text(" ")
    with pytest.raises(UserError, match="GITHUB_TOKEN_FILE is empty"):
        Settings.from_environ(given)
    path.unlink()
    with pytest.raises(UserError, match="GITHUB_TOKEN_FILE is no file that can be read"):
        Settings.from_environ(given)


def test_the_database_s_password_may_hold_any_character() -> None:
    """In a URL, half of what `openssl rand -base64` gives means something else."""
    given = {
        **ENOUGH,
        "DATABASE_URL": "postgresql://watch@database/watch?sslmode=require",
        "DATABASE_PASSWORD": "a/b+c@d:e?f#g%h i",
    }
    settings = Settings.from_environ(given)
    url = make_url(settings.database_url)
    assert (url.username, url.password) == ("watch", given["DATABASE_PASSWORD"])
    assert (url.host, url.database, dict(url.query)) == (
        "database",
        "watch",
        {"sslmode": "require"},
    )
    assert {settings.database_url, given["DATABASE_PASSWORD"]} <= set(settings.secrets)
    for url_without_user in ("sqlite:///x.db", "postgresql://u:p@h/d", "postgresql://h/d"):
        with pytest.raises(UserError, match="DATABASE_PASSWORD needs a DATABASE_URL with a user"):
            Settings.from_environ({**given, "DATABASE_URL": url_without_user})


def test_a_command_that_needs_few_settings_reads_them_as_the_service_does(tmp_path: Path) -> None:
    """`backup` and `explain` must not look for another database, or log in as nobody."""
    (tmp_path / "word").write_text("s3cret\n")
    environ = {
        "DATABASE_URL": "postgres://u@h/d",
        "DATABASE_PASSWORD_FILE": str(tmp_path / "word"),
        "BUILDBOT_PASSWORD_FILE": str(tmp_path / "word"),
        "PORT": "eighty",
    }
    found = read_some(environ, "DATABASE_URL", "DATABASE_PASSWORD", "BUILDBOT_PASSWORD")
    assert make_url(found["DATABASE_URL"]).password == found["BUILDBOT_PASSWORD"] == "s3cret"
    assert read_some({}, "BUILDBOT_URL") == {"BUILDBOT_URL": None}
    with pytest.raises(UserError, match="PORT"):
        read_some(environ, "PORT")
    with pytest.raises(UserError, match="needs a DATABASE_URL with a user"):
        read_some({"DATABASE_PASSWORD": "x"}, "DATABASE_URL", "DATABASE_PASSWORD")


def test_mirrors_are_addresses_in_any_spelling() -> None:
    given = "git@git.example.org:copies/py.git, https://m.example.org:8443/Lib=octo/lib,"
    settings = Settings.from_environ(
        ENOUGH | {"REPOSITORY": "octo/demo", "REPOSITORY_MIRRORS": given}
    )
    assert settings.repository_mirrors == (
        ("git.example.org/copies/py", None),
        ("m.example.org/lib", "octo/lib"),
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"REPOSITORY_MIRRORS": "https://h/a"}, "REPOSITORY is missing: REPOSITORY_MIRRORS names"),
        ({"REPOSITORY_MIRRORS": "cpython=o/r"}, "REPOSITORY_MIRRORS must hold addresses of git"),
        ({"REPOSITORY_MIRRORS": "https://h/a=lib"}, "REPOSITORY_MIRRORS must look like owner/name"),
    ],
)
def test_a_mirror_of_nothing_is_told(more: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        Settings.from_environ(ENOUGH | more)


NAMES = [s.name for s in (*SETTINGS, *REQUEST_SETTINGS, *POLICY_SETTINGS)]
WORDS = st.sampled_from(
    [
        "0",
        "-1",
        "1e999",
        "nan",
        "١",
        "http://[",
        "http://h:99999",
        "a/b",
        "[" * 200,
        "\x00",
        " ",
        ",",
    ]
)


@given(st.dictionaries(st.sampled_from(NAMES), WORDS | st.text(max_size=40), max_size=6))
@example({"DATABASE_URL": "sqlite+aiosqlite://"})
@example({"DATABASE_URL": "postgres://[u:p@h/"})
def test_whatever_stands_in_a_setting_is_read_or_refused_in_words(values: dict[str, str]) -> None:
    """No value ends in a traceback, and none is echoed over several lines of a log."""
    try:
        Settings.from_environ(ENOUGH | values)
        told = ""
    except UserError as error:
        told = str(error)
    assert "\n" not in told
