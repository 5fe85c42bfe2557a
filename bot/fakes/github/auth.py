"""Who calls the small GitHub: the App by its JWT, one of its installations, or a plain token.

Input: the `Authorization` header. Output: a `Caller`, or GitHub's refusal. Source:
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.fakes.http_server import ApiError

_TOKEN_LIFE = timedelta(hours=1)
# GitHub allows ten minutes; a minute more, for clocks that are back-dated against drift.
_JWT_LIFE_SECONDS = 11 * 60
_LEEWAY_SECONDS = 5


class CallerKind(StrEnum):
    """The four ways in."""

    APP = "app"
    INSTALLATION = "installation"
    PERSON = "person"
    VISITOR = "visitor"  # somebody who logged in with the App


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whom GitHub knows; `owner` is the account of an installation."""

    kind: CallerKind
    login: str
    owner: str | None = None


def make_app_key() -> str:
    """A private key for an App, as PEM; a fresh one each time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


class FakeTokens:
    """Tokens that were given out, and the App's key."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        token: str | None,
        login: str,
        app_id: int,
        app_key: str | None,
        slug: str,
    ) -> None:
        self.app_id = app_id
        self.slug = slug
        self._clock = clock
        self._numbers = count(1)
        self._people = {token: login} if token else {}
        self.visitors: dict[str, str] = {}  # tokens of people who logged in, with their logins
        self._installations: dict[str, tuple[str, datetime]] = {}
        self._public_key = _find_public_key(app_key) if app_key else None

    def become(self, app_id: int, slug: str, app_key: str) -> None:
        """The App is another one from now on."""
        self.app_id, self.slug = app_id, slug
        self._public_key = _find_public_key(app_key)
        self._installations.clear()

    @property
    def bot_login(self) -> str:
        """The login under which the App's comments stand."""
        return f"{self.slug}[bot]"

    def identify(self, header: str | None) -> Caller:
        """The caller; raises GitHub's 401 where it is nobody."""
        scheme, _, token = (header or "").partition(" ")
        if scheme.lower() not in ("bearer", "token") or not token:
            raise ApiError(401, "Requires authentication")
        if token in self._people:
            return Caller(CallerKind.PERSON, self._people[token])
        if token in self.visitors:
            return Caller(CallerKind.VISITOR, self.visitors[token])
        if token in self._installations:
            return self._identify_installation(token)
        if token.count(".") == 2:
            return self._identify_app(token)
        raise ApiError(401, "Bad credentials")

    def grant(self, owner: str) -> tuple[str, datetime]:
        """A new installation token and its end."""
        token, end = f"ghs_demo{next(self._numbers):06}", self._clock() + _TOKEN_LIFE
        self._installations[token] = (owner, end)
        return token, end

    def let_in(self, login: str) -> str:
        """A new token of somebody who logged in."""
        token = f"ghu_demo{next(self._numbers):06}"
        self.visitors[token] = login
        return token

    def end_visit(self, token: str) -> bool:
        """It is worth nothing from now on; False where it was nobody's."""
        return self.visitors.pop(token, None) is not None

    def revoke(self, header: str | None) -> None:
        """The installation token of this header is worth nothing from now on."""
        self._installations.pop((header or "").partition(" ")[2], None)

    def revoke_all(self) -> None:
        """No installation token is worth anything from now on."""
        self._installations.clear()

    def _identify_installation(self, token: str) -> Caller:
        owner, end = self._installations[token]
        if self._clock() >= end:
            raise ApiError(401, "Bad credentials")
        return Caller(CallerKind.INSTALLATION, self.bot_login, owner)

    def _identify_app(self, token: str) -> Caller:
        if self._public_key is None:
            raise ApiError(401, "A JSON web token could not be decoded")
        # By our own clock, which a story may set as it likes; PyJWT knows the machine's only.
        checks = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        now = self._clock().timestamp()
        try:
            claims = jwt.decode(token, self._public_key, algorithms=["RS256"], options=checks)  # type: ignore[arg-type]  # PyJWT wants its own TypedDict here
            life = claims["exp"] - claims["iat"]
        except (jwt.PyJWTError, KeyError, TypeError) as error:
            raise ApiError(401, "A JSON web token could not be decoded") from error
        is_now = claims["iat"] <= now + _LEEWAY_SECONDS and now < claims["exp"]
        if str(claims.get("iss")) != str(self.app_id) or life > _JWT_LIFE_SECONDS or not is_now:
            raise ApiError(401, "A JSON web token could not be decoded")
        return Caller(CallerKind.APP, self.slug)


def _find_public_key(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("GitHub Apps have RSA keys")
    return key
