"""What to look at: the keys of the inbox, and their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.core.errors import Malformed

FIRST_SOURCE = "buildbot"
"""The source that was there first: what is stored without the name of a source means it."""


class KeyKind(StrEnum):
    """What reconciling a key looks at."""

    BUILD = "build"
    BRANCH = "branch"
    PULL = "pull"
    COMMAND = "command"
    REQUEST = "request"
    REPOSITORY = "repository"
    NOTICE = "notice"
    ISSUE = "issue"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Something to look at: `build/<source>/<id>`, `branch/<repo>@<branch>`, `pull/<repo>#<n>`…"""

    kind: KeyKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The inverse of `str`; raises `Malformed`."""
        kind, _, name = text.partition("/")
        if kind not in set(KeyKind) or not name:
            raise Malformed(f"not a key: {text!r}")
        return cls(KeyKind(kind), name)


def build_key(source: str, buildid: int) -> Key:
    """The key of one build of the Buildbot called `source`."""
    return Key(KeyKind.BUILD, f"{source}/{buildid}")


def branch_key(repo_id: int, branch: str) -> Key:
    """The key of a branch of a repository, by GitHub's numeric id."""
    return Key(KeyKind.BRANCH, f"{repo_id}@{branch}")


def pull_key(repo_id: int, number: int) -> Key:
    """The key of a pull of a repository, by GitHub's numeric id."""
    return Key(KeyKind.PULL, f"{repo_id}#{number}")


def repository_key(repo_id: int) -> Key:
    """The key of a repository's own settings, by GitHub's numeric id."""
    return Key(KeyKind.REPOSITORY, str(repo_id))


def issue_key(repo_id: int) -> Key:
    """The key of all that a repository's issue tracker has to do with: one writer for all of it."""
    return Key(KeyKind.ISSUE, str(repo_id))


PULL_REFS = "refs/pull/"
"""What the branch of a build of a pull begins with: such a build is evidence of no branch."""


SPEECH_SWEEP = "speech"  # comments that are not what they should be
SETTINGS_SWEEP = "settings"  # what repositories say of themselves
ISSUES_SWEEP = "issues"  # what became of issues, and what lasted long enough for one
UNPLACED_SWEEP = "unplaced"  # builds of which it was not known where their commits live


def sweep_key(name: str) -> Key:
    """The key of a timer's catching up."""
    return Key(KeyKind.SWEEP, name)


_BUILD_NAME = re.compile(r"^([^/]+)/(\d+)")
_BRANCH_NAME = re.compile(r"^(\d+)@(.+)")
_PULL_NAME = re.compile(r"^(\d+)#(\d+)")


def parse_build_name(name: str) -> tuple[str, int]:
    """`<source>/<buildid>` of a build key."""
    source, buildid = _match(_BUILD_NAME, name)
    return source, int(buildid)


def parse_branch_name(name: str) -> tuple[int, str]:
    """`<repo id>@<branch>` of a branch key."""
    repo_id, branch = _match(_BRANCH_NAME, name)
    return int(repo_id), branch


def parse_pull_name(name: str) -> tuple[int, int]:
    """`<repo id>#<number>` of a pull key."""
    repo_id, number = _match(_PULL_NAME, name)
    return int(repo_id), int(number)


_OF_REPOSITORY = {
    KeyKind.BRANCH: re.compile(r"(\d{1,19})@"),
    KeyKind.PULL: re.compile(r"(\d{1,19})#"),
    KeyKind.COMMAND: re.compile(r"(\d{1,19})#"),
    KeyKind.REPOSITORY: re.compile(r"(\d{1,19})$"),
    KeyKind.ISSUE: re.compile(r"(\d{1,19})$"),
    KeyKind.NOTICE: re.compile(r"(\d{1,19})@"),
}


def find_repository_id(key: Key) -> int | None:
    """The repository that a key is about; None where its name does not tell."""
    pattern = _OF_REPOSITORY.get(key.kind)
    found = pattern.match(key.name) if pattern else None
    return int(found[1]) if found else None


def parse_repository_name(name: str) -> int:
    """`<repo id>` of a repository key."""
    if not re.fullmatch(r"\d{1,19}", name, re.ASCII):
        raise Malformed(f"not the name of such a key: {name!r}")
    return int(name)


def _match(pattern: re.Pattern[str], name: str) -> tuple[str, str]:
    found = pattern.fullmatch(name)
    if found is None:
        raise Malformed(f"not the name of such a key: {name!r}")
    return found[1], found[2]
