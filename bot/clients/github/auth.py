"""Who we are on GitHub: an App with its installations, or a plain token.

Input: a repository's name. Output: a token that is good for it, made or refreshed where needed;
and the login under which our comments stand.
"""

from datetime import datetime, timedelta
from typing import Protocol

from cachetools import TTLCache

from bot.clients.github.api import Api, parse_answer
from bot.clients.github.paths import make_repository_path
from bot.core.errors import Refused, Unavailable
from bot.core.payloads import (
    InstallationToken,
    parse_app_login,
    parse_installation,
    parse_installation_token,
    parse_user_login,
)
from bot.core.ports import Clock

# Tokens live for an hour: https://docs.github.com/en/apps/creating-github-apps. Five minutes less
# are enough for any call in flight. By our own clock from when it came: when it ends is told by
# GitHub's clock, and with ours an hour ahead each call would ask for a token of its own.
_GOOD_FOR = timedelta(minutes=55)

# Whether we are installed is asked again after this; people install while we run.
_INSTALLATION_SECONDS = 600


class Identity(Protocol):
    """A way to be somebody on GitHub."""

    async def fetch_token(self, full_name: str) -> str:
        """A token for calls about this repository."""
        ...

    def forget_token(self, token: str) -> None:
        """GitHub did not accept it."""
        ...

    async def fetch_login(self) -> str:
        """The login of the author of our comments."""
        ...


class TokenIdentity:
    """One token for everything."""

    def __init__(self, api: Api, token: str) -> None:
        self._api = api
        self._token = token

    async def fetch_token(self, full_name: str) -> str:  # noqa: ARG002 - the same for all
        """The token."""
        return self._token

    def forget_token(self, token: str) -> None:
        """There is no other."""

    async def fetch_login(self) -> str:
        """The token's user."""
        return parse_answer(parse_user_login, await self._api.fetch("/user", self._token))


class AppIdentity:
    """An App: a token per installation, which is one per owner of repositories."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._tokens: dict[int, tuple[str, datetime]] = {}  # with the time when each came
        self._installations: TTLCache[str, int] = TTLCache(1000, _INSTALLATION_SECONDS)

    async def fetch_token(self, full_name: str) -> str:
        """The installation's token; a new one when the old is about to end."""
        installation = await self._fetch_installation(full_name)
        token, came_at = self._tokens.get(installation, ("", self._clock.now()))
        if not token or not timedelta(0) <= self._clock.now() - came_at < _GOOD_FOR:
            came_at = self._clock.now()
            token = (await self._post_token(full_name, installation)).token
            self._tokens[installation] = (token, came_at)
        return token

    def forget_token(self, token: str) -> None:
        """Make a new one next time."""
        self._tokens = {i: kept for i, kept in self._tokens.items() if kept[0] != token}

    async def fetch_login(self) -> str:
        """The App's own, `slug[bot]`."""
        return parse_answer(parse_app_login, await self._api.fetch("/app"))

    async def _fetch_installation(self, full_name: str) -> int:
        known = self._installations.get(full_name.lower())
        if known is not None:
            return known
        try:
            path = make_repository_path(full_name, below="/installation")
            answer = await self._api.fetch(path)
        except Refused as refused:
            if refused.status == 404:
                raise Refused(f"not installed on {full_name}", 404) from refused
            raise
        installation = parse_answer(parse_installation, answer)
        self._installations[full_name.lower()] = installation
        return installation

    async def _post_token(self, full_name: str, installation: int) -> InstallationToken:
        url = f"/app/installations/{installation}/access_tokens"
        try:
            return parse_answer(parse_installation_token, await self._api.send("POST", url, b""))
        except Refused as refused:
            self._installations.pop(full_name.lower(), None)
            if refused.status == 404:  # uninstalled, or installed anew under another id
                raise Unavailable(f"the installation on {full_name} is gone") from refused
            raise Refused(
                f"no token for {full_name}: {refused.reason}", refused.status
            ) from refused
