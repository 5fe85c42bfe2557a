"""Who is logged in, and who is about to be: cookies that only we can make and read.

In: what is to be remembered of a browser. Out: sealed cookies, and what they hold as long as they
are good. Nothing is stored here; each kind has a key of its own, made of the App's client secret,
so that all instances know them, and a new secret ends every session.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.ports import Clock

SESSION_LIFE = timedelta(hours=1)
"""Who loses access at GitHub loses it here within so long. GitHub sends those who come again
straight back, so that an hour costs nobody a click."""

ATTEMPT_LIFE = timedelta(minutes=10)
"""As long as GitHub's own codes are good."""

MOST_REPOSITORIES = 100
"""Private ones that a session can hold: a browser keeps cookies of 4,096 bytes."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who logged in; `form_token` has to be in whatever they send to be written."""

    login: str
    repositories: frozenset[int]  # that are private, and theirs to read
    form_token: str

    def knows_form(self, given: str) -> bool:
        """Whether a form was made for this session; compared in constant time."""
        return hmac.compare_digest(given.encode(), self.form_token.encode())


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that began in this browser, and has not come back from GitHub yet."""

    state: str
    verifier: str
    target: str  # the page of ours that is shown afterwards

    def knows_state(self, given: str) -> bool:
        """Whether GitHub's answer belongs to it; compared in constant time."""
        return hmac.compare_digest(given.encode(), self.state.encode())


class Sessions:
    """Seals and opens both kinds of cookies."""

    def __init__(self, secret: str, clock: Clock, *, secure: bool, path: str = "/") -> None:
        """`secure`: browsers reach us by https only, and are told so; `path`: below it we are."""
        self._clock = clock
        self._secure = secure
        self._path = path
        # https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-cookie-name-prefixes
        # What is of the whole host may be called `__Host-`; below a path it is of us alone.
        prefix = ("__Host-" if path == "/" else "__Secure-") if secure else ""
        self._session = _Seal(f"{prefix}nightswatch", SESSION_LIFE, _make_key(secret, "session"))
        self._attempt = _Seal(
            f"{prefix}nightswatch-login", ATTEMPT_LIFE, _make_key(secret, "login")
        )

    def find(self, request: web.Request) -> Session | None:
        """Who sent this; None where nobody is logged in, or is no longer."""
        found = self._open(self._session, request)
        if found is None:
            return None
        return Session(found["login"], frozenset(found["repositories"]), found["form_token"])

    def has_ended(self, request: web.Request) -> bool:
        """A session was sent along that is not good, or not any more."""
        return self._session.name in request.cookies and self.find(request) is None

    def find_attempt(self, request: web.Request) -> Attempt | None:
        """The login that this browser began."""
        found = self._open(self._attempt, request)
        return Attempt(**found) if found is not None else None

    def begin(self, response: web.StreamResponse, session: Session) -> None:
        """Remember who logged in."""
        held = asdict(session) | {"repositories": sorted(session.repositories)}
        self._put(response, self._session, held)

    def remember(self, response: web.StreamResponse, attempt: Attempt) -> None:
        """Remember which login this browser began."""
        self._put(response, self._attempt, asdict(attempt))

    def forget_attempt(self, response: web.StreamResponse) -> None:
        """It is over, however it ended."""
        self._take(response, self._attempt)

    def end(self, response: web.StreamResponse) -> None:
        """Nobody is logged in any more."""
        self._take(response, self._session)

    def _put(self, response: web.StreamResponse, seal: "_Seal", held: Mapping[str, Any]) -> None:
        token = seal.key.encrypt_at_time(json.dumps(held).encode(), self._now())
        life = int(seal.life.total_seconds())
        response.set_cookie(
            seal.name,
            token.decode(),
            max_age=life,
            path=self._path,
            secure=self._secure,
            httponly=True,
            samesite="Lax",  # strict ones are not sent when GitHub sends a browser back
        )

    def _take(self, response: web.StreamResponse, seal: "_Seal") -> None:
        how = {"path": self._path, "samesite": "Lax"}
        response.del_cookie(seal.name, **how, secure=self._secure, httponly=True)

    def _open(self, seal: "_Seal", request: web.Request) -> Any:
        """What a cookie holds; None where it is absent, too old, of the future, or not ours."""
        token = request.cookies.get(seal.name)
        if not token:
            return None
        try:
            life = int(seal.life.total_seconds())
            return json.loads(seal.key.decrypt_at_time(token.encode(), life, self._now()))
        except (InvalidToken, ValueError):
            return None

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


@dataclass(frozen=True, slots=True)
class _Seal:
    """A kind of cookie."""

    name: str
    life: timedelta
    key: Fernet


def _make_key(secret: str, use: str) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=f"nightswatch {use}".encode())
    return Fernet(base64.urlsafe_b64encode(key.derive(secret.encode())))
