"""Addresses of git repositories, in all their spellings.

In: what a sourcestamp or a setting says. Out: one spelling, and the name on GitHub that it stands
for where that is known for sure.
Source: https://git-scm.com/docs/git-clone#_git_urls
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_SCHEME = re.compile(r"(?:git\+)?(?:https?|ssh|git|file)(?:\+git)?://", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:[^@/\s]*@)?(?P<host>\[[^\]/\s]*\]|[^/:\s]+)(?::\d*)?(?=/|$)")
_SCP = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[^@/:\s]+):(?P<path>.+)")

GITHUB_HOSTS = frozenset({"github.com", "www.github.com", "ssh.github.com"})


def normalize_address(address: str) -> str:
    """`host/path` in small letters, or the path of a folder; the same for all spellings.

    Protocol, user, password, port, query and the ending `.git` make no other repository.
    """
    text = re.split(r"[?#]", address.strip(), maxsplit=1)[0]
    scheme = _SCHEME.match(text)
    if scheme:
        rest = text[scheme.end() :]
        authority = _AUTHORITY.match(rest)
        host, path = (authority["host"], rest[authority.end() :]) if authority else ("", rest)
    elif scp := _SCP.fullmatch(text):
        host, path = scp["host"], scp["path"]
    else:
        return _trim(text)
    return f"{host.lower()}/{_trim(path).strip('/')}" if host else _trim(path)


def _trim(path: str) -> str:
    return path.rstrip("/").removesuffix(".git").rstrip("/")


@dataclass(frozen=True, slots=True)
class KnownRepositories:
    """Which repository is watched where builds do not tell, and what other addresses stand for."""

    watched: str | None = None  # "owner/name"
    mirrors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hosts: frozenset[str] = GITHUB_HOSTS  # where GitHub is

    def find_name(self, address: str) -> str | None:
        """`owner/name` that an address surely stands for; None: of a host that we do not know.

        `mirrors` has normalized addresses in small letters.
        """
        place = normalize_address(address)
        if (mirrored := self.mirrors.get(place.lower())) is not None:
            return mirrored
        host, _, path = place.partition("/")
        if host not in self.hosts:
            return None
        owner, _, rest = path.partition("/")
        return find_full_name(f"{owner}/{rest.partition('/')[0].removesuffix('.git')}")


# GitHub's own rules: an owner begins with a letter or digit and holds no dot; a name is neither
# of the two that mean a folder. Companies that manage their users have `_` in logins.
_FULL_NAME = re.compile(
    r"[a-z0-9][a-z0-9_-]{0,99}/(?!\.{1,2}\Z)[a-z0-9_.-]{1,100}", re.ASCII | re.IGNORECASE
)


def find_full_name(text: str) -> str | None:
    """The text itself where it is an `owner/name` as GitHub gives them; the one rule for all."""
    return text if _FULL_NAME.fullmatch(text) else None


NO_REPOSITORIES = KnownRepositories()
