"""Which of a build's sourcestamps is the watched repository's, and which revision it got.

Input: a build with its properties, and its buildset where that is known. Output: branch, revision
and repository, or words that say why they are not known. A build of several codebases has one stamp
each, in no stable order, and `got_revision` is then an object by codebase: the stamp is told by its
repository alone, never by its place.
Source: https://docs.buildbot.net/current/manual/concepts.html#multiple-codebase-builds
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.errors import Malformed
from bot.core.model import KnownRepositories, normalize_address
from bot.core.model.addresses import find_full_name
from bot.core.payloads.fields import Field
from bot.core.payloads.properties import find_property, find_text


@dataclass(frozen=True, slots=True)
class Source:
    """What was built; `gap` says why not all of it is known."""

    branch: str | None = None
    revision: str | None = None
    repository: str | None = None
    gap: str = ""


@dataclass(frozen=True, slots=True)
class _Stamp:
    """One sourcestamp, with the properties of the build where they are about it."""

    codebase: str
    addresses: tuple[str, ...]
    projects: tuple[str, ...]
    branch: str | None
    asked: str | None  # the revision that was asked for
    patched: bool

    def find_name(self, known: KnownRepositories) -> str | None:
        """`owner/name` as it is told: by an address of GitHub's, a mirror, or the project."""
        named = (known.find_name(address) for address in self.addresses)
        projects = (find_full_name(project) for project in self.projects)
        return next((name for name in (*named, *projects) if name), None)


def find_source(build: Field, known: KnownRepositories) -> Source:
    """Branch, revision and repository of a build."""
    stamps = _parse_stamps(build)
    if len(stamps) == 1:
        return _describe(build, stamps[0], _find_name_of_only(stamps[0], known), only=True)
    chosen, gap = _choose(stamps, known)
    if chosen is None:
        return Source(gap=gap)
    return _describe(build, chosen, chosen.find_name(known), only=False)


def _describe(build: Field, stamp: _Stamp, name: str | None, *, only: bool) -> Source:
    branch = None if stamp.branch is None else stamp.branch.removeprefix("refs/heads/")
    # A patched tree is no revision at all: its red is not the commit's.
    revision = None if stamp.patched else _find_revision(build, stamp.codebase, only=only)
    return Source(branch, revision, name)


# ---------------------------------------------------------------- stamps


def _parse_stamps(build: Field) -> list[_Stamp]:
    """One for each codebase; without a buildset the properties stand for the only one.

    Buildbot makes properties of the stamp whose codebase is the empty string, and of no other.
    """
    listed = () if build["buildset"].is_null else _items(build["buildset"]["sourcestamps"])
    told = {name: find_text(find_property(build, name)) for name in _PROPERTIES}
    if not listed:
        return [_make_stamp(None, told)]
    alone = len(listed) == 1
    return [_make_stamp(s, told if alone or s["codebase"].value == "" else {}) for s in listed]


_PROPERTIES = ("repository", "project", "branch", "codebase")


def _items(stamps: Field) -> Sequence[Field]:
    return () if stamps.is_null else stamps.items()


def _make_stamp(row: Field | None, told: dict[str, str | None]) -> _Stamp:
    def find(name: str) -> tuple[str, ...]:
        texts = (told.get(name), None if row is None else find_text(row[name]))
        return tuple(text for text in texts if text)

    return _Stamp(
        codebase=(find_text(row["codebase"]) if row is not None else told.get("codebase")) or "",
        addresses=find("repository"),
        projects=find("project"),
        branch=next(iter(find("branch")), None),
        asked=None if row is None else find_text(row["revision"]),
        patched=row is not None and not row["patch"].is_null,
    )


# ---------------------------------------------------------------- whose it is


def _find_name_of_only(stamp: _Stamp, known: KnownRepositories) -> str | None:
    """The only stamp is of the watched repository, unless it tells another one.

    The address of an unknown host may be a mirror's: its path is the last guess.
    """
    return stamp.find_name(known) or known.watched or _guess_name(stamp.addresses)


# A host and at least owner and name; a path of the master's own disk names no repository.
_REMOTE = re.compile(r"[^/\s]+(?:/[^/\s]+)*?/([^/\s]+/[^/\s]+)")


def _guess_name(addresses: Iterable[str]) -> str | None:
    remotes = (_REMOTE.fullmatch(normalize_address(a)) for a in addresses)
    names = (find_full_name(remote[1]) for remote in remotes if remote)
    return next((name for name in names if name), None)


def _choose(stamps: Sequence[_Stamp], known: KnownRepositories) -> tuple[_Stamp | None, str]:
    """The watched repository's stamp, or why there is none."""
    names = [stamp.find_name(known) for stamp in stamps]
    told = {name.lower(): name for name in names if name}
    watched = known.watched or (next(iter(told.values())) if len(told) == 1 else None)
    if watched is None:
        return None, _say_undecided(sorted(told.values()))
    own = [s for s, name in zip(stamps, names, strict=True) if _is_same(name, watched)]
    if not own:
        return None, _say_missing(watched, stamps)
    if len({(s.branch, s.asked, s.patched) for s in own}) > 1:
        return None, f"several sourcestamps of {watched}, which differ"
    return min(own, key=lambda s: s.codebase), ""


def _is_same(name: str | None, watched: str) -> bool:
    return name is not None and name.lower() == watched.lower()


def _say_undecided(names: Sequence[str]) -> str:
    if not names:
        return "no repository: no sourcestamp names one, and REPOSITORY is not set"
    return f"no repository: of {' and '.join(names)}, REPOSITORY has to say which is watched"


def _say_missing(watched: str, stamps: Iterable[_Stamp]) -> str:
    others = sorted({normalize_address(a)[:200] for s in stamps for a in s.addresses[:1]})
    seen = f", only of {' and '.join(others)}" if others else ""
    return f"no sourcestamp of {watched}{seen}; REPOSITORY_MIRRORS can name a mirror of it"


# ---------------------------------------------------------------- what it got


def _find_revision(build: Field, codebase: str, *, only: bool) -> str | None:
    """What was checked out, never what was asked for."""
    got = find_property(build, "got_revision").value
    if isinstance(got, dict):
        alone = next(iter(got.values())) if only and len(got) == 1 else None
        got = got.get(codebase, alone)
    elif not only and codebase:
        return None  # a plain one is of the codebase without a name
    try:
        return Field(got.lower(), "got_revision").sha() if isinstance(got, str) else None
    except Malformed:
        return None  # of another version control system, or shortened by a step of theirs
