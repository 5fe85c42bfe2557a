"""What a request's `Authorization` gives, for doors and pages alike, compared in constant time.

In: the header. Out: whether it holds the secret. Headers are anybody's: what cannot be decoded
gives nothing, and nothing is no secret.
"""

import base64
import hmac
from collections.abc import Callable, Container

_SENT_BY_BROWSERS = ("Authorization", "Cookie")


def sends_credentials(headers: Container[str]) -> bool:
    """Whether the answer may be for one person only: a browser sent what it keeps of them."""
    return any(name in headers for name in _SENT_BY_BROWSERS)


def knows_password(header: str | None, password: str) -> bool:
    """Basic authentication by any user's name."""
    return _matches(_find(header, {"basic": _find_password}), password)


def knows_token(header: str | None, token: str) -> bool:
    """True for `Bearer <token>`, or for `Basic` with it as the password."""
    return _matches(_find(header, {"bearer": _find_bearer, "basic": _find_password}), token)


def _matches(given: bytes, secret: str) -> bool:
    return bool(secret) and hmac.compare_digest(given, secret.encode())


def _find(header: str | None, schemes: dict[str, Callable[[str], bytes]]) -> bytes:
    scheme, _, credentials = (header or "").strip().partition(" ")
    find = schemes.get(scheme.lower())
    return find(credentials.strip()) if find else b""


def _find_bearer(credentials: str) -> bytes:
    return credentials.encode("utf-8", "replace")


def _find_password(credentials: str) -> bytes:
    """What follows the user's name, which may be anybody's; empty where it is not Base64."""
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except ValueError:
        return b""
