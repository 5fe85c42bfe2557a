"""What a setting's text means: parsers, each from text to a value, or `ValueError` with the words.

In: the text of one setting. Out: its value; the words of an error follow the setting's name.
"""

from collections.abc import Callable, Mapping
from datetime import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import re2  # type: ignore[import-untyped]  # it has no stubs
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sentry_sdk.utils import BadDsn, Dsn

from bot.core.model import normalize_address
from bot.core.model.addresses import find_full_name


def parse_url(text: str) -> str:
    """An http(s) address, without a slash at its end."""
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


def parse_dsn(text: str) -> str:
    """An address of Sentry's."""
    try:
        Dsn(text)
    except BadDsn as error:
        raise ValueError("is not a DSN of Sentry") from error
    return text


def parse_labels(text: str) -> frozenset[str]:
    """Labels as GitHub compares them: in small letters; commas stand between them."""
    return frozenset(label.strip().lower() for label in text.split(",") if label.strip())


def parse_label_names(text: str) -> tuple[str, ...]:
    """The same as they are written, for those that we give."""
    return tuple(dict.fromkeys(label.strip() for label in text.split(",") if label.strip()))


def put_password(url: str, password: str) -> str:
    """A database's URL with the password in it, which may hold any character."""
    scheme, _, rest = url.partition("://")
    account, _, place = rest.rpartition("@")
    return f"{scheme}://{account}:{quote(password, safe='')}@{place}"


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A number within bounds, both included."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def parse_switch(text: str) -> bool:
    """1 or 0."""
    values = {"1": True, "0": False}
    if text not in values:
        raise ValueError("must be 1 or 0")
    return values[text]


def parse_hours(text: str) -> tuple[time, time]:
    """From and to, full hours of a day: `22-6` goes over midnight."""
    begin, _, end = text.partition("-")
    if not all(part.isascii() and part.isdigit() and int(part) < 24 for part in (begin, end)):
        raise ValueError("must be two hours of a day, such as 22-6")
    if int(begin) == int(end):
        raise ValueError("must be two different hours")
    return time(int(begin)), time(int(end))


def parse_repository(text: str) -> str:
    """`owner/name`."""
    if find_full_name(text) is None:
        raise ValueError("must look like owner/name")
    return text


def parse_mirrors(text: str) -> tuple[tuple[str, str | None], ...]:
    """Addresses of git, commas between them, each with the repository it is a copy of.

    `address=owner/name`; None: of the watched one. Normalized, in small letters.
    """
    mirrors = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        address, equals, name = part.rpartition("=") if "=" in part else (part, "", "")
        place = normalize_address(address).lower()
        if "/" not in place.strip("/") and not place.startswith("/"):
            raise ValueError("must hold addresses of git, such as https://host/path")
        mirrors.append((place, parse_repository(name) if equals else None))
    return tuple(mirrors)


def find_mirror_problems(given: Mapping[str, str]) -> list[str]:
    """Mirrors of the watched repository, where none is named."""
    mirrors = given.get("REPOSITORY_MIRRORS", "").split(",")
    if "REPOSITORY" in given or not any(m.strip() and "=" not in m for m in mirrors):
        return []
    return ["REPOSITORY is missing: REPOSITORY_MIRRORS names mirrors of it"]


def parse_private_key(text: str) -> str:
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
        raise ValueError(f"is not a PEM private key{_describe_pem(pem)}") from error
    return pem


# What else people have at hand that looks like it.
_NO_KEYS = (
    ("PUBLIC KEY", "it is a public key"),
    ("OPENSSH", "it is a key of SSH"),
    ("CERTIFICATE", "it is a certificate"),
    ("ENCRYPTED", "it has a password"),
)


def _describe_pem(pem: str) -> str:
    """What it is instead."""
    found = next((words for sign, words in _NO_KEYS if sign in pem), None)
    if found is None and "-----END" in pem and "\n" not in pem.strip():
        found = "its line breaks are gone"
    return f": {found}" if found else ""


def parse_pattern(text: str) -> str:
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


def one_of(*choices: str) -> Callable[[str], str]:
    """One of these words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return parse
