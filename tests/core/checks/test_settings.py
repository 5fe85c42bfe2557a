"""A name that nobody reads is a setting that somebody thinks they made, or is nothing of ours."""

import pytest

from bot.core.checks.result import Level
from bot.core.checks.settings import (
    diagnose_dashboard,
    diagnose_doors,
    diagnose_settings,
    find_misspelt,
)

KNOWN = (
    "BUILDBOT_URL", "REPOSITORY", "GITHUB_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY",
    "GITHUB_APP_PRIVATE_KEY_FILE", "GITHUB_WEBHOOK_SECRET", "BUILDBOT_WEBHOOK_TOKEN",
    "POST_COMMENTS", "COMMENTS_PER_HOUR", "COMMENTS_PER_DAY", "DATABASE_URL", "PORT", "HOST",
    "PUBLIC_URL", "STABLE_TAG", "STABLE_PATTERN", "HISTORY_DAYS", "DASHBOARD", "LOG_FORMAT",
    "GITHUB_API_URL", "SENTRY_DSN", "POLICY", "POLICY_CONFIDENCE",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("POST_COMENTS", "POST_COMMENTS"),
        ("POST_COMMENT", "POST_COMMENTS"),
        ("post_comments", "POST_COMMENTS"),
        ("POST-COMMENTS", "POST_COMMENTS"),
        ("NIGHTSWATCH_POST_COMMENTS", "POST_COMMENTS"),
        ("NIGHTSWATCH_PORT", "PORT"),
        ("GITHUB_WEBHOOKS_SECRET", "GITHUB_WEBHOOK_SECRET"),
        ("REPOSITRY", "REPOSITORY"),
        ("STABLE_TAGS", "STABLE_TAG"),
        ("DASHBORD", "DASHBOARD"),
        ("PUBLIC_URI", "PUBLIC_URL"),
        ("POLICY_CONFIDENCES", "POLICY_CONFIDENCE"),
    ],
)
def test_a_slip_is_found_with_what_was_meant(name: str, meant: str) -> None:
    (words,) = find_misspelt([name, "BUILDBOT_URL", "PATH"], KNOWN)
    assert words == f"{name} is set, and nothing reads it: is {meant} meant?"


@pytest.mark.parametrize("where", ["actions", "heroku", "kubernetes", "databases", "shells"])
def test_what_others_set_is_no_slip(where: str) -> None:
    """A service that is never quite well for a name of the platform's is one nobody listens to."""
    names = {
        "actions": (
            "GITHUB_ACTION GITHUB_ACTIONS GITHUB_ACTOR GITHUB_ACTOR_ID GITHUB_BASE_REF GITHUB_ENV"
            " GITHUB_EVENT_NAME GITHUB_EVENT_PATH GITHUB_GRAPHQL_URL GITHUB_HEAD_REF GITHUB_JOB"
            " GITHUB_OUTPUT GITHUB_REF GITHUB_REF_NAME GITHUB_REPOSITORY GITHUB_REPOSITORY_ID"
            " GITHUB_RUN_ID GITHUB_SERVER_URL GITHUB_SHA GITHUB_WORKFLOW GITHUB_WORKSPACE CI"
        ),
        "heroku": "HEROKU_APP_ID HEROKU_APP_NAME HEROKU_POSTGRESQL_AMBER_URL DYNO STACK PORTS",
        "kubernetes": "KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_PORT HOSTNAME",
        "databases": "DATABASE_HOST DATABASE_USER DATABASE_NAME DATABASE_PORT POSTGRES_URL PGHOST"
        " DATABASE_URI REDIS_URL BUILDBOT_DB_URL BUILDBOT_WEB_URL SENTRY_RELEASE",
        "shells": "PATH HOME HOSTTYPE HISTSIZE HISTFILE LANG LOGNAME LOG_LEVEL SHELL TERM USER",
    }[where].split()
    assert find_misspelt([*names, *KNOWN], KNOWN) == ()


def test_a_dry_run_by_mistake_is_wrong_and_one_on_purpose_is_not() -> None:
    whole, *wrong = diagnose_settings(
        posts=False, public_url=None, misspelt=["POST_COMENTS is set"]
    )
    assert (whole.level, [r.level for r in wrong]) == (Level.OK, [Level.FAIL])
    assert all(r.todo for r in wrong)
    (whole,) = diagnose_settings(posts=True, public_url=None, misspelt=())
    assert whole.level is Level.WARN


@pytest.mark.parametrize(("posts", "level"), [(True, Level.FAIL), (False, Level.WARN)])
def test_a_shut_door_matters_where_people_rely_on_it(posts: bool, level: Level) -> None:
    secrets = {"POST /github": ("SECRET", False), "POST /buildbot": ("TOKEN", True)}
    (shut,) = diagnose_doors(secrets, posts=posts)
    assert (shut.level, shut.words) == (level, "POST /github is shut: SECRET is not set")


def test_who_sees_private_repositories_is_spelt_out() -> None:
    """Nobody should find out from a stranger."""
    assert "private repositories, too" in diagnose_dashboard("public", password=False).words
    assert "nobody the rest" in diagnose_dashboard("auto", password=False).words
    assert "who knows the password the rest" in diagnose_dashboard("auto", password=True).words
