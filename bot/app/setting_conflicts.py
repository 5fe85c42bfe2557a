"""What settings say against one another, or cannot do without.

In: the texts that are given, by name. Out: one sentence for each problem.
"""

from collections.abc import Mapping

from bot.app.setting_parsers import find_mirror_problems

# Pairs that make sense only together.
_TOGETHER = (
    ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"),
    ("GITHUB_APP_CLIENT_ID", "GITHUB_APP_CLIENT_SECRET"),
    ("BUILDBOT_USERNAME", "BUILDBOT_PASSWORD"),
)

# What a way of showing pages needs.
_DASHBOARD_NEEDS = {"basic": "DASHBOARD_PASSWORD", "github": "GITHUB_APP_CLIENT_ID"}


def find_contradictions(given: Mapping[str, str]) -> list[str]:
    """All problems between settings."""
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
    problems += find_password_problems(given)
    problems += find_mirror_problems(given)
    mode = given.get("DASHBOARD", "")
    if mode in _DASHBOARD_NEEDS and _DASHBOARD_NEEDS[mode] not in given:
        problems.append(f"{_DASHBOARD_NEEDS[mode]} is missing: DASHBOARD={mode} needs it")
    return problems


def find_password_problems(given: Mapping[str, str]) -> list[str]:
    """A password of the database that has no place in its address."""
    account = given.get("DATABASE_URL", "").partition("://")[2].rpartition("@")[0]
    if "DATABASE_PASSWORD" in given and (not account or ":" in account):
        return ["DATABASE_PASSWORD needs a DATABASE_URL with a user and no password"]
    return []
