"""The only reader of the environment: `Settings.from_environ(os.environ)`.

Frozen; importing does nothing. Everything that is missing, malformed or contradictory is named
at once in one `UserError`. Secrets have no defaults: a door without its secret is shut.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import re2  # type: ignore[import-untyped]  # it has no stubs
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sentry_sdk.utils import BadDsn, Dsn

from bot.core.commands import PREFIX
from bot.core.errors import UserError


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: what the README and `--help` say of it, too."""

    name: str
    default: str | None
    meaning: str
    parse: Callable[[str], Any] = str
    required: bool = False
    secret: bool = False


# ------------------------------------------------ parsers: text → value, or ValueError


def _parse_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http(s) URL")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password")
    try:
        _ = parts.port  # a property that checks
    except ValueError as error:
        raise ValueError("must have a port that is a number") from error
    return text.rstrip("/")


def _parse_dsn(text: str) -> str:
    try:
        Dsn(text)
    except BadDsn as error:
        raise ValueError("is not a DSN of Sentry") from error
    return text


def _parse_port(text: str) -> int:
    return _parse_number(text, 0, 65535)


def _parse_days(text: str) -> int:
    return _parse_number(text, 1, 365)


def _parse_kept_days(text: str) -> int:
    return _parse_number(text, 120, 36_500)


def _parse_long_days(text: str) -> int:
    return _parse_number(text, 1, 36_500)


def _parse_rate(text: str) -> int:
    return _parse_number(text, 1, 1000)


def _parse_prefix(text: str) -> str:
    """Marks that Markdown knows would make another thing of a line."""
    if not re.fullmatch(r"[/!.]?[a-zA-Z][a-zA-Z0-9-]{1,30}", text):
        raise ValueError("must be a word, with one of / ! . before it or without")
    return text


def _parse_number(text: str, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"must be a whole number from {low} to {high}")
    return int(text)


def _parse_switch(text: str) -> bool:
    values = {"1": True, "0": False}
    if text not in values:
        raise ValueError("must be 1 or 0")
    return values[text]


def _parse_repository(text: str) -> str:
    owner, slash, name = text.partition("/")
    if not (owner and slash and name) or "/" in name or any(c.isspace() for c in text):
        raise ValueError("must look like owner/name")
    return text


def _parse_private_key(text: str) -> str:
    """A PEM, also with its line breaks written as backslash n, or the path of one."""
    pem = text.replace("\\n", "\n")
    if not pem.lstrip().startswith("-----BEGIN"):
        try:
            pem = Path(text).expanduser().read_text()
        except (OSError, ValueError, UnicodeDecodeError) as error:
            raise ValueError("is neither a PEM key nor the path of one that can be read") from error
    try:
        load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise ValueError("is not a PEM private key") from error
    return pem


def _parse_pattern(text: str) -> str:
    """A regular expression in RE2's syntax, which takes linear time whatever it is given."""
    options = re2.Options()
    options.log_errors = False  # it would write to stderr by itself
    try:
        re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unknown"
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"must be a regular expression that RE2 knows: {words}") from error
    return text


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return parse


SETTINGS = (
    Setting("BUILDBOT_URL", None, "The Buildbot that is watched.", _parse_url, required=True),
    Setting(
        "REPOSITORY",
        None,
        "`owner/name`, when Buildbot's sourcestamps do not name it.",
        _parse_repository,
    ),
    Setting("GITHUB_TOKEN", None, "A token, instead of an App.", secret=True),
    Setting("GITHUB_APP_ID", None, "The App's id; with `GITHUB_APP_PRIVATE_KEY`."),
    Setting(
        "GITHUB_APP_PRIVATE_KEY",
        None,
        "The App's private key: a PEM, or the path of one.",
        _parse_private_key,
        secret=True,
    ),
    Setting(
        "GITHUB_WEBHOOK_SECRET",
        None,
        "Signs GitHub's webhooks. Without it `POST /github` is shut.",
        secret=True,
    ),
    Setting(
        "BUILDBOT_WEBHOOK_TOKEN",
        None,
        "Buildbot's bearer token. Without it `POST /buildbot` is shut.",
        secret=True,
    ),
    Setting("POST_COMMENTS", "0", "`1` writes to GitHub; `0` is a dry run.", _parse_switch),
    Setting("COMMAND_PREFIX", PREFIX, "What commands in comments begin with.", _parse_prefix),
    Setting("COMMANDS_PER_HOUR", "20", "So many comments of one person are obeyed.", _parse_rate),
    Setting(
        "DATABASE_URL",
        "sqlite+aiosqlite:///nightswatch.db",
        "Where facts, incidents and what was said are kept.",
        secret=True,
    ),
    Setting(
        "DATABASE_PASSWORD",
        None,
        "The database's password as it is, where `DATABASE_URL` holds none.",
        secret=True,
    ),
    Setting("PORT", "8080", "The port we listen on.", _parse_port),
    Setting("HOST", "0.0.0.0", "The address we listen on."),  # noqa: S104 - a web service's job
    Setting("PUBLIC_URL", None, "Our own address as people reach it, for links.", _parse_url),
    Setting("STABLE_TAG", "stable", "Builders with this tag may open incidents."),
    Setting(
        "STABLE_PATTERN",
        None,
        "Instead of the tag: builders whose whole name fits this regular expression (RE2).",
        _parse_pattern,
    ),
    Setting("HISTORY_DAYS", "14", "Days of the past that the first start reads.", _parse_days),
    Setting(
        "FACTS_DAYS",
        "180",
        "Days that builds are kept which no incident or comment needs; at least 120, which are"
        " folded.",
        _parse_kept_days,
    ),
    Setting(
        "READINGS_DAYS",
        "90",
        "Days that their excerpts are kept, nine tenths of the space.",
        _parse_long_days,
    ),
    Setting(
        "DASHBOARD",
        "public",
        "Who may see the pages and `/api`: `public`, `basic` (password) or `off`.",
        _one_of("public", "basic", "off"),
    ),
    Setting(
        "DASHBOARD_PASSWORD", None, "The password for `DASHBOARD=basic`, any user.", secret=True
    ),
    Setting("BUILDBOT_USERNAME", None, "Log in to a private Buildbot; with the password."),
    Setting("BUILDBOT_PASSWORD", None, "The password for that.", secret=True),
    Setting("GITHUB_API_URL", "https://api.github.com", "GitHub's REST API.", _parse_url),
    Setting("GITHUB_GRAPHQL_URL", None, "GitHub's GraphQL API; derived if unset.", _parse_url),
    Setting("SENTRY_DSN", None, "Where errors are reported to.", _parse_dsn, secret=True),
    Setting("LOG_FORMAT", "text", "`text` or `json`.", _one_of("text", "json")),
)

# Pairs that make sense only together.
_TOGETHER = (
    ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"),
    ("BUILDBOT_USERNAME", "BUILDBOT_PASSWORD"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service was told. Secrets stay out of `repr`."""

    buildbot_url: str
    repository: str | None
    github_token: str | None = field(repr=False)
    github_app_id: str | None
    github_app_private_key: str | None = field(repr=False)
    github_webhook_secret: str | None = field(repr=False)
    buildbot_webhook_token: str | None = field(repr=False)
    post_comments: bool
    command_prefix: str
    commands_per_hour: int
    database_url: str = field(repr=False)  # with its password
    database_password: str | None = field(repr=False)
    port: int
    host: str
    public_url: str | None
    stable_tag: str
    stable_pattern: str | None
    history_days: int
    facts_days: int
    readings_days: int
    dashboard: str
    dashboard_password: str | None = field(repr=False)
    buildbot_username: str | None
    buildbot_password: str | None = field(repr=False)
    github_api_url: str
    github_graphql_url: str | None
    sentry_dsn: str | None = field(repr=False)
    log_format: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read all of them; raises `UserError` with every problem at once."""
        given, problems = _read(environ)
        problems += _find_contradictions(given)
        values: dict[str, Any] = {}
        for setting in SETTINGS:
            try:
                values[setting.name.lower()] = _parse(setting, given.get(setting.name))
            except ValueError as error:
                problems.append(f"{setting.name} {error}")
        if problems:
            raise UserError("settings: " + "; ".join(problems))
        password = values["database_password"]
        if password is not None:
            values["database_url"] = _put_password(values["database_url"], password)
        return cls(**values)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never leave this process."""
        values = (getattr(self, s.name.lower()) for s in SETTINGS if s.secret)
        return tuple(value for value in values if value)


def _read(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The texts that are given, and problems; a secret may lie in a file that `NAME_FILE` names.

    So supervisors hand them over: Docker's and systemd's environments are seen by many.
    """
    given: dict[str, str] = {}
    problems: list[str] = []
    for setting in SETTINGS:
        text, path = (environ.get(setting.name + end, "").strip() for end in ("", "_FILE"))
        if setting.secret and path and text:
            problems.append(f"{setting.name} and {setting.name}_FILE exclude each other")
        elif setting.secret and path:
            try:
                text = Path(path).expanduser().read_text().strip()
            except (OSError, ValueError):
                problems.append(f"{setting.name}_FILE is no file that can be read")
            else:
                problems += [] if text else [f"{setting.name}_FILE is empty"]
        if text:
            given[setting.name] = text
    return given, problems


def _put_password(url: str, password: str) -> str:
    """The URL with the password in it, which may hold any character."""
    scheme, _, rest = url.partition("://")
    account, _, place = rest.rpartition("@")
    return f"{scheme}://{account}:{quote(password, safe='')}@{place}"


def _parse(setting: Setting, text: str | None) -> Any:
    text = setting.default if text is None else text
    if text is not None:
        return setting.parse(text)
    if setting.required:
        raise ValueError("is missing")
    return None


def _find_contradictions(given: Mapping[str, str]) -> list[str]:
    problems = [
        f"{missing} is missing: {present} needs it"
        for pair in _TOGETHER
        for present, missing in (pair, pair[::-1])
        if present in given and missing not in given
    ]
    has_app, has_token = "GITHUB_APP_ID" in given, "GITHUB_TOKEN" in given
    if has_app and has_token:
        problems.append("GITHUB_TOKEN and GITHUB_APP_ID exclude each other")
    if not has_app and not has_token and "GITHUB_APP_PRIVATE_KEY" not in given:
        problems.append("GITHUB_TOKEN, or GITHUB_APP_ID with GITHUB_APP_PRIVATE_KEY, is missing")
    account = given.get("DATABASE_URL", "").partition("://")[2].rpartition("@")[0]
    if "DATABASE_PASSWORD" in given and (not account or ":" in account):
        problems.append("DATABASE_PASSWORD needs a DATABASE_URL with a user and no password")
    if given.get("DASHBOARD") == "basic" and "DASHBOARD_PASSWORD" not in given:
        problems.append("DASHBOARD_PASSWORD is missing: DASHBOARD=basic needs it")
    return problems
