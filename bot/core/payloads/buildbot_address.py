"""Where a Buildbot may be, below what somebody pasted.

In: anything that a browser's address line showed: a page of its web frontend, an address of the
REST API, a host's name. Out: the addresses to try, the likeliest first.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from bot.core.errors import UserError

_LONGEST = 2000
# What follows a Buildbot's own address in one of its API.
_API = "api"
# Where Buildbots live below a host whose address somebody trimmed.
_USUAL = ("/buildbot", "/all")


def list_candidates(pasted: str) -> tuple[str, ...]:
    """Addresses without a slash at their end; raises `UserError` where it names no host."""
    text = pasted.strip().strip("<>\"'")
    has_scheme = "://" in text
    wrong = UserError(f"{pasted!r} is not the address of a Buildbot, such as https://host/buildbot")
    try:
        parts = urlsplit(text if has_scheme else f"https://{text}")
        host, _ = parts.hostname, parts.port  # properties that check
    except ValueError as error:
        raise wrong from error
    if not host or parts.scheme not in {"http", "https"} or len(text) > _LONGEST or " " in text:
        raise wrong
    if parts.username or parts.password:
        raise UserError(
            "the address holds a user name or password: give them as BUILDBOT_USERNAME and"
            " BUILDBOT_PASSWORD"
        )
    schemes = (parts.scheme,) if has_scheme else ("https", "http")
    paths = _list_paths(parts.path)
    return tuple(
        urlunsplit((scheme, parts.netloc, path, "", "")) for scheme in schemes for path in paths
    )


def _list_paths(path: str) -> list[str]:
    """The path, all above it, and usual ones; what stands behind `/api/` is the API's own."""
    segments = [segment for segment in path.split("/") if segment]
    if _API in segments:
        segments = segments[: segments.index(_API)]
    if segments and segments[-1].lower() in {"index.html", "index.htm"}:
        segments.pop()
    above = ["".join(f"/{s}" for s in segments[:n]) for n in range(len(segments), -1, -1)]
    return list(dict.fromkeys([*above, *_USUAL]))
