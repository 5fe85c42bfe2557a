"""The only reader of the environment: `Settings.from_environ(os.environ)`.

Frozen; importing does nothing. Everything that is missing, malformed or contradictory is named
at once in one `UserError`. Secrets have no defaults: a door without its secret is shut.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.app.log_rules import LOG_RULES
from bot.app.notice_settings import NOTICE_SETTINGS, NoticeOptions, make_notice_options
from bot.app.request_settings import REQUEST_SETTINGS, make_request_options
from bot.app.setting import Setting, WrongSettings
from bot.app.setting_conflicts import find_contradictions, find_password_problems
from bot.app.setting_parsers import (
    one_of,
    parse_dsn,
    parse_labels,
    parse_mirrors,
    parse_pattern,
    parse_private_key,
    parse_repository,
    parse_switch,
    parse_url,
    put_password,
    whole_number,
)
from bot.app.tracker_settings import TRACKER_SETTINGS, make_tracker_options
from bot.core.checks.mistakes import find_quoted
from bot.core.checks.settings import find_misspelt
from bot.core.commands.parser import PREFIX
from bot.core.fleet.facets import FacetRule, parse_facet_rules
from bot.core.log_rules import ProjectFormat
from bot.core.model.command_prefix import parse_prefix
from bot.core.model.request_options import RequestMode, RequestOptions
from bot.core.model.tracker import TrackerOptions
from bot.core.policy.threshold_settings import MEANINGS, POLICIES, parse_threshold
from bot.core.policy.threshold_settings import PREFIX as POLICY_PREFIX
from bot.core.policy.thresholds import DEFAULT_POLICY, Policy, make_patient

SETTINGS = (
    Setting("BUILDBOT_URL", None, "The Buildbot that is watched.", parse_url, required=True),
    Setting("REPOSITORY", None, "`owner/name`, where sourcestamps name none.", parse_repository),
    Setting(
        "REPOSITORY_MIRRORS",
        "",
        "Mirrors that builds fetch it from (commas between them), or `address=owner/name`.",
        parse_mirrors,
    ),
    Setting("GITHUB_TOKEN", None, "A token, instead of an App.", secret=True),
    Setting("GITHUB_APP_ID", None, "The App's id; with `GITHUB_APP_PRIVATE_KEY`."),
    Setting(
        "GITHUB_APP_PRIVATE_KEY",
        None,
        "The App's private key: a PEM, or the path of one.",
        parse_private_key,
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
        "What Buildbot's reporter sends: as Basic's password (any user), or as a bearer token."
        " Without it `POST /buildbot` is shut.",
        secret=True,
    ),
    Setting("POST_COMMENTS", "0", "`1` writes to GitHub; `0` is a dry run.", parse_switch),
    Setting("COMMAND_PREFIX", PREFIX, "What commands in comments begin with.", parse_prefix),
    Setting(
        "COMMANDS_PER_HOUR",
        "20",
        "Comments with commands that one person may make in an hour.",
        whole_number(1, 1000),
    ),
    Setting(
        "COMMENTS_PER_PULL", "3", "New comments on a pull; then edits.", whole_number(1, 10_000)
    ),
    Setting(
        "COMMENTS_PER_HOUR", "10", "New comments in an hour; others wait.", whole_number(1, 10_000)
    ),
    Setting(
        "COMMENTS_PER_DAY", "30", "New comments in a day; others wait.", whole_number(1, 10_000)
    ),
    Setting(
        "OPT_OUT_LABELS",
        "buildbot:mute",
        "A pull with one of these labels (commas between them) gets no comment.",
        parse_labels,
    ),
    Setting(
        "BACKLOG_HOURS",
        "24",
        "What last failed longer ago, by Buildbot's clock, starts no comment.",
        whole_number(1, 24 * 365),
    ),
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
    Setting("PORT", "8080", "The port we listen on.", whole_number(0, 65535)),
    Setting("HOST", "0.0.0.0", "The address we listen on."),  # noqa: S104 - a web service's job
    Setting("PUBLIC_URL", None, "Our own address as people reach it, for links.", parse_url),
    Setting("STABLE_TAG", "stable", "Builders with this tag may open incidents."),
    Setting(
        "STABLE_PATTERN",
        None,
        "Instead of the tag: builders whose whole name fits this regular expression (RE2).",
        parse_pattern,
    ),
    Setting(
        "HISTORY_DAYS", "14", "Days of the past that the first start reads.", whole_number(1, 365)
    ),
    Setting(
        "BUILDER_GONE_MINUTES", "60", "Minutes until one missing is gone.", whole_number(0, 43_200)
    ),
    Setting(
        "FACTS_DAYS",
        "180",
        "Days that builds are kept which no incident or comment needs, and the audit; at least"
        " 120, which are folded.",
        whole_number(120, 36_500),
    ),
    Setting(
        "READINGS_DAYS",
        "90",
        "Days that their excerpts are kept, nine tenths of the space.",
        whole_number(1, 36_500),
    ),
    Setting(
        "DASHBOARD",
        "auto",
        "Who may see the pages and `/api`: `auto` (everybody what GitHub calls public; after a"
        " login with GitHub also what GitHub shows to whoever logged in), `github` (nobody anything"
        " without such a login), `basic` (who knows the password), `public` (everybody, private"
        " repositories, too) or `off`. With `auto` and `github` the password shows everything.",
        one_of("auto", "public", "basic", "github", "off"),
    ),
    Setting(
        "BUILDER_FACETS",
        None,
        "What builders are, for the filters of the grid, instead of our own table: rows of"
        " `facet:value=word,word` with `;` between them; facets are `system`, `architecture` and"
        " `configuration`, words of names and tags may end with `*`.",
        parse_facet_rules,
    ),
    Setting("GITHUB_APP_CLIENT_ID", None, "The App's client id, for logins with GitHub."),
    Setting(
        "GITHUB_APP_CLIENT_SECRET",
        None,
        "A client secret of the App's; sessions are sealed with it, so that a new one ends them.",
        secret=True,
    ),
    Setting("DASHBOARD_PASSWORD", None, "The password of the pages, any user.", secret=True),
    Setting("BUILDBOT_USERNAME", None, "Log in to Buildbot, to read or ask; with the password."),
    Setting("BUILDBOT_PASSWORD", None, "The password for that.", secret=True),
    Setting("GITHUB_API_URL", "https://api.github.com", "GitHub's REST API.", parse_url),
    Setting("GITHUB_GRAPHQL_URL", None, "GitHub's GraphQL API; derived if unset.", parse_url),
    Setting("SENTRY_DSN", None, "Where errors are reported to.", parse_dsn, secret=True),
    LOG_RULES,
    Setting("LOG_FORMAT", "text", "`text` or `json`.", one_of("text", "json")),
    Setting(
        "POLICY",
        "default",
        "What the thresholds below begin with: `careful` (later and surer), `default`, or `eager`"
        " (earlier and bolder); docs/blame.md tells what each earned.",
        one_of(*POLICIES),
    ),
)

# One for each threshold; what is not set is as `POLICY` has it.
POLICY_SETTINGS = tuple(
    Setting(POLICY_PREFIX + name.upper(), None, meaning, partial(parse_threshold, name))
    for name, meaning in MEANINGS.items()
)

_ALL = (*SETTINGS, *REQUEST_SETTINGS, *NOTICE_SETTINGS, *TRACKER_SETTINGS, *POLICY_SETTINGS)
_ALL_NAMES = (*(s.name for s in _ALL), *(f"{s.name}_FILE" for s in _ALL if s.secret))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service was told. Secrets stay out of `repr`."""

    buildbot_url: str
    repository: str | None
    repository_mirrors: tuple[tuple[str, str | None], ...]
    github_token: str | None = field(repr=False)
    github_app_id: str | None
    github_app_private_key: str | None = field(repr=False)
    github_webhook_secret: str | None = field(repr=False)
    buildbot_webhook_token: str | None = field(repr=False)
    post_comments: bool
    command_prefix: str
    commands_per_hour: int
    comments_per_pull: int
    comments_per_hour: int
    comments_per_day: int
    opt_out_labels: frozenset[str]
    backlog_hours: int
    database_url: str = field(repr=False)  # with its password
    database_password: str | None = field(repr=False)
    port: int
    host: str
    public_url: str | None
    stable_tag: str
    stable_pattern: str | None
    history_days: int
    builder_gone_minutes: int
    facts_days: int
    readings_days: int
    dashboard: str
    github_app_client_id: str | None
    github_app_client_secret: str | None = field(repr=False)
    dashboard_password: str | None = field(repr=False)
    buildbot_username: str | None
    buildbot_password: str | None = field(repr=False)
    github_api_url: str
    github_graphql_url: str | None
    sentry_dsn: str | None = field(repr=False)
    log_format: str
    builder_facets: tuple[FacetRule, ...] | None = None
    log_rules: tuple[ProjectFormat, ...] | None = None
    policy: Policy = DEFAULT_POLICY
    force_scheduler: str = "nightswatch"
    bang_buildbot: bool = False
    requests: RequestOptions = field(default_factory=RequestOptions)
    notices: NoticeOptions = field(default_factory=NoticeOptions)
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
    misspelt: tuple[str, ...] = ()  # of names that are set, and are near to one of these
    blank: frozenset[str] = frozenset()  # names that are set to nothing

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read all of them; raises `UserError` with every problem at once."""
        given, problems = _read(_ALL, environ)
        values = _parse_all(_ALL, given, problems + find_contradictions(given))
        values["POLICY"] = _make_policy(values)
        return cls(
            **{s.name.lower(): values[s.name] for s in SETTINGS},
            force_scheduler=values["FORCE_SCHEDULER"],
            bang_buildbot=values["BANG_BUILDBOT"],
            requests=make_request_options(values),
            notices=make_notice_options(values),
            tracker=make_tracker_options(values),
            misspelt=find_misspelt(environ, frozenset(_ALL_NAMES)) + find_quoted(environ, given),
            blank=frozenset(n for n in _ALL_NAMES if n in environ and not environ[n].strip()),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never leave this process."""
        values = (getattr(self, s.name.lower()) for s in SETTINGS if s.secret)
        return (*(value for value in values if value), *self.notices.secrets)


def find_secret_names() -> frozenset[str]:
    """Names of settings whose values are shown to nobody."""
    return frozenset(setting.name for setting in _ALL if setting.secret)


def read_some(environ: Mapping[str, str], *names: str) -> dict[str, Any]:
    """These only, read as the service reads them, by name; None: not set.

    For commands that need few. Raises `UserError` with every problem of these at once.
    """
    wanted = [replace(setting, required=False) for setting in _ALL if setting.name in names]
    given, problems = _read(wanted, environ)
    return _parse_all(wanted, given, problems + find_password_problems(given))


def _read(
    settings: Iterable[Setting], environ: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """The texts that are given, and problems; a secret may lie in a file that `NAME_FILE` names.

    So supervisors hand them over: Docker's and systemd's environments are seen by many.
    """
    given: dict[str, str] = {}
    problems: list[str] = []
    for setting in settings:
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


def _parse_all(
    settings: Iterable[Setting], given: Mapping[str, str], problems: Sequence[str]
) -> dict[str, Any]:
    """The values by name; raises `UserError` with these problems, and with what is malformed."""
    values: dict[str, Any] = {}
    wrong = list(problems)
    for setting in settings:
        try:
            values[setting.name] = _parse(setting, given.get(setting.name))
        except ValueError as error:
            wrong += (f"{setting.name} {said}" for said in getattr(error, "problems", (error,)))
    if wrong:
        raise WrongSettings(wrong)
    if values.get("DATABASE_PASSWORD") is not None:
        url = put_password(values["DATABASE_URL"], values["DATABASE_PASSWORD"])
        values["DATABASE_URL"] = url
    return values


def _make_policy(values: Mapping[str, Any]) -> Policy:
    names = {name: POLICY_PREFIX + name.upper() for name in MEANINGS}
    given = {n: values[long] for n, long in names.items() if values[long] is not None}
    preset = POLICIES[values["POLICY"]]
    # Who may ask for builds can wait for them before it speaks.
    waits = values["BUILDS_ON_REQUEST"] == RequestMode.AUTO
    return replace(make_patient(preset) if waits else preset, **given)


def _parse(setting: Setting, text: str | None) -> Any:
    text = setting.default if text is None else text
    if text is not None:
        return setting.parse(text)
    if setting.required:
        raise ValueError("is missing")
    return None
