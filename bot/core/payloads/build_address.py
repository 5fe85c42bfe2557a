"""The one parser of all addresses of builds that people paste.

Input: what a browser shows of a build, a step or a log (with `#` or without, behind a path prefix,
with slashes at its end), or an address of the REST API. Output: where its Buildbot is, and what to
ask it; or a `UserError` that shows how one looks.
Source: https://docs.buildbot.net/current/developer/rest.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from bot.core.errors import UserError
from bot.core.patterns import linear
from bot.core.payloads.fields import MAX_ID

_START = r"(?P<base>https?://[^?#\s]+?)(?:/index\.html)?/*(?:\?[^#\s]*)?"
_WAY = r"(?:#!?/*|/api/v2/+|/+)"
_NUMBER = r"[0-9]{1,19}"
_BUILD = (
    rf"(?:builders/+(?P<builder>[^/?#\s]+)/+builds/+(?P<number>{_NUMBER})"
    rf"|builds/+(?P<buildid>{_NUMBER})|steps/+(?P<stepid>{_NUMBER})|logs/+(?P<logid>{_NUMBER}))"
)
_STEP = r"(?:/+steps(?:/+(?P<step>[^/?#\s]+))?)?"
_LOG = r"(?:/+logs(?:/+(?P<log>[^/?#\s]+))?)?"
_REST = r"(?:/+(?:raw|raw_inline|contents|properties|changes))?/*(?:[?#]\S*)?"
_ADDRESS = linear("(?i)" + _START + _WAY + _BUILD + _STEP + _LOG + _REST)

_LONGEST = 4096
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class BuildAddress:
    """A build, by exactly one of: builder and number, its id, the id of a step or log of it.

    `step` (a name or number) and `log` (a name) say that only a part of it was meant.
    """

    base: str  # the address of its Buildbot, without a slash at its end
    builder: str | None = None  # a name or an id
    number: int | None = None
    buildid: int | None = None
    stepid: int | None = None
    logid: int | None = None
    step: str | None = None
    log: str | None = None


def parse_build_address(text: str) -> BuildAddress:
    """The build that an address names; raises `UserError`."""
    shown = text.strip().strip("<>()[]\"'`.,;:!")
    found = _ADDRESS.fullmatch(shown) if len(shown) <= _LONGEST else None
    if found is None:
        raise UserError(f"{text} is not the address of a build (…/#/builders/N/builds/N)")
    return BuildAddress(
        base=found["base"].rstrip("/"),
        builder=_parse_word(found["builder"]),
        number=_parse_id(found["number"], text),
        buildid=_parse_id(found["buildid"], text),
        stepid=_parse_id(found["stepid"], text),
        logid=_parse_id(found["logid"], text),
        step=_parse_word(found["step"]),
        log=_parse_word(found["log"]),
    )


def parse_build_place(text: str, buildbot_url: str) -> BuildAddress:
    """`BUILDER/NUMBER`, or an address of a build of this Buildbot; raises `UserError`.

    Browsers show addresses without `https://`.
    """
    host = urlsplit(buildbot_url).netloc
    if host and text.strip().startswith(f"{host}/"):
        text = f"{urlsplit(buildbot_url).scheme}://{text.strip()}"
    if "://" in text:
        address = parse_build_address(text)
        if not is_same_site(address.base, buildbot_url):
            raise UserError(f"{text} is not the page of a build of {buildbot_url}")
        return address
    builder, _, number = text.rpartition("/")
    if not builder or not re.fullmatch(_NUMBER, number, re.ASCII):
        raise UserError(f"{text!r} is neither BUILDER/NUMBER nor the page of a build")
    return BuildAddress(buildbot_url, builder=builder, number=_parse_id(number, text))


def is_same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one Buildbot: letters of the host and default ports aside."""
    return _normalize(one) == _normalize(other)


def _normalize(url: str) -> tuple[object, ...]:
    try:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        port = parts.port or _DEFAULT_PORTS.get(scheme)
    except ValueError:
        return (url,)
    return (scheme, parts.username, parts.hostname, port, parts.path.rstrip("/"))


def _parse_word(quoted: str | None) -> str | None:
    return None if quoted is None else unquote(quoted)


def _parse_id(digits: str | None, text: str) -> int | None:
    if digits is None:
        return None
    if int(digits) > MAX_ID:
        raise UserError(f"{text} is not the address of a build: no number is so large")
    return int(digits)
