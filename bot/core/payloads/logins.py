"""What GitHub answers when a code of a login is exchanged → a token, or why there is none.

Source: https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
"""

from typing import NamedTuple

from bot.core.payloads.fields import Field

_REASON = 200


class LoginAnswer(NamedTuple):
    """One of both is None."""

    token: str | None
    error: str | None  # GitHub's own word, such as `bad_verification_code`


def parse_login_answer(json: object) -> LoginAnswer:
    """The answer of `POST /login/oauth/access_token`, which has status 200 either way."""
    answer = Field(json, "login")
    if not answer["error"].is_null:
        return LoginAnswer(None, answer["error"].prose(_REASON) or "error")
    return LoginAnswer(answer["access_token"].name(), None)
