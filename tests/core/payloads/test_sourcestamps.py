"""Whose commit a build built: several codebases, mirrors, and properties that are not texts."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from bot.core.errors import Malformed
from bot.core.model import Build, KnownRepositories
from bot.core.payloads import parse_build

SHA = "ac73f2feaaed5d19e3174a5dd5e63b08a6a9e852"
OTHER = "1" * 40
CPYTHON = KnownRepositories("python/cpython")
MIRRORED = KnownRepositories("python/cpython", {"git.example.org/copies/py": "python/cpython"})


def make_build(properties: dict[str, Any], stamps: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    plain = {"workername": ["wk", "Worker"]}
    return {
        "buildid": 77,
        "number": 27,
        "builderid": 1,
        "buildrequestid": 83,
        "workerid": 2,
        "started_at": 1,
        "complete_at": 2,
        "complete": True,
        "results": 2,
        "state_string": "failed test (failure)",
        "properties": plain | {name: [value, "Build"] for name, value in properties.items()},
        "buildset": {"rebuilt_buildid": None, "sourcestamps": list(stamps)} if stamps else None,
    }


def make_stamp(codebase: str, repository: str, **changes: Any) -> dict[str, Any]:
    return {
        "codebase": codebase,
        "repository": repository,
        "project": "",
        "branch": "main",
        "revision": None,
        "patch": None,
    } | changes


def parse(
    properties: dict[str, Any],
    stamps: Sequence[dict[str, Any]] = (),
    known: KnownRepositories = CPYTHON,
) -> Build:
    return parse_build("buildbot", make_build(properties, stamps), None, known)


# ---------------------------------------------------------------- several codebases


SPELLINGS = [
    "https://github.com/python/cpython",
    "https://github.com/python/cpython.git",
    "http://www.github.com:80/Python/CPython/",
    "https://octocat:secret@github.com/python/cpython.git",
    "git@github.com:python/cpython.git",
    "git@github.com:/python/cpython",
    "ssh://git@github.com/python/cpython.git",
    "ssh://git@ssh.github.com:443/python/cpython.git",
    "git+ssh://git@github.com/python/cpython",
    "git://github.com/python/cpython.git/",
    "git.example.org:copies/py.git",
    "https://git.example.org:8443/copies/PY",
]


@pytest.mark.parametrize("address", SPELLINGS)
def test_the_watched_stamp_is_told_by_its_repository(address: str) -> None:
    """Their order is not stable: by its place, every second build was of the wrong repository."""
    stamps = [
        make_stamp("docs", "https://github.com/python/devguide", branch="gh-pages"),
        make_stamp("code", address, branch="3.14"),
        make_stamp("tools", "/srv/git/tools.git", branch="tools"),
    ]
    got = {"docs": OTHER, "code": SHA, "tools": "2" * 40}
    for order in permutations(stamps):
        build = parse({"got_revision": got}, order, MIRRORED)
        assert (build.repository or "").lower() == "python/cpython"
        assert (build.branch, build.revision, build.gap) == ("3.14", SHA, "")


@pytest.mark.parametrize("place", [0, 1])
def test_one_codebase_may_have_no_name(place: int) -> None:
    """Then `got_revision` is a text on the same master, and the properties are about that one."""
    told = {"repository": "git@github.com:python/cpython.git", "branch": "main", "codebase": ""}
    stamps = [make_stamp("docs", "https://github.com/python/devguide", branch="x")]
    stamps.insert(place, make_stamp("", "git@github.com:python/cpython.git"))
    build = parse(told | {"got_revision": SHA}, stamps)
    assert (build.repository, build.branch, build.revision) == ("python/cpython", "main", SHA)
    other = parse(told | {"got_revision": SHA}, stamps, KnownRepositories("python/devguide"))
    assert (other.repository, other.branch, other.revision) == ("python/devguide", "x", None)


def test_without_a_stamp_of_ours_a_build_says_so() -> None:
    stamps = [
        make_stamp("a", "https://github.com/o/app"),
        make_stamp("b", "https://mirror.example.org/cpython.git"),
    ]
    build = parse({"got_revision": {"a": SHA, "b": OTHER}}, stamps)
    assert (build.repository, build.branch, build.revision) == (None, None, None)
    assert build.gap == (
        "no sourcestamp of python/cpython, only of github.com/o/app and mirror.example.org/cpython;"
        " REPOSITORY_MIRRORS can name a mirror of it"
    )


def test_which_of_several_is_watched_has_to_be_said() -> None:
    """To guess would accuse a pull of one repository for what another one broke."""
    stamps = [
        make_stamp("a", "https://github.com/o/app"),
        make_stamp("b", "https://github.com/o/lib"),
    ]
    build = parse({"got_revision": {"a": SHA, "b": OTHER}}, stamps, KnownRepositories())
    assert (build.repository, build.revision) == (None, None)
    assert build.gap == "no repository: of o/app and o/lib, REPOSITORY has to say which is watched"


def test_the_only_one_that_is_named_needs_no_setting() -> None:
    stamps = [make_stamp("a", "/srv/git/a"), make_stamp("b", "https://github.com/o/lib")]
    build = parse({"got_revision": {"a": SHA, "b": OTHER}}, stamps, KnownRepositories())
    assert (build.repository, build.revision) == ("o/lib", OTHER)


def test_two_checkouts_of_one_repository_that_differ_are_nobodys() -> None:
    stamps = [
        make_stamp("new", "https://github.com/python/cpython", branch="main"),
        make_stamp("old", "https://github.com/python/cpython", branch="3.13"),
    ]
    build = parse({"got_revision": {"new": SHA, "old": OTHER}}, stamps)
    assert build.repository is None
    assert build.gap == "several sourcestamps of python/cpython, which differ"
    same = [stamp | {"branch": "main"} for stamp in stamps]
    assert parse({"got_revision": {"new": SHA, "old": SHA}}, same).revision == SHA


def test_only_a_patch_of_ours_makes_another_tree() -> None:
    """`buildbot try` builds a commit with somebody's patch: its red is not the commit's."""
    ours = make_stamp("code", "https://github.com/python/cpython")
    docs = make_stamp("docs", "https://github.com/python/devguide")
    got = {"got_revision": {"code": SHA, "docs": OTHER}}
    assert parse(got, [ours, docs | {"patch": {"patchid": 1}}]).revision == SHA
    assert parse(got, [ours | {"patch": {"patchid": 1}}, docs]).revision is None
    assert parse({"got_revision": SHA}, [make_stamp("", "", patch={"patchid": 1})]).revision is None


# ---------------------------------------------------------------- one codebase


@pytest.mark.parametrize(
    ("repository", "project", "known", "name"),
    [
        ("https://github.com/python/cpython", "", KnownRepositories(), "python/cpython"),
        ("https://github.com/python/cpython#bisect", "", KnownRepositories(), "python/cpython"),
        ("https://github.com/python/cpython/tree/main", "", KnownRepositories(), "python/cpython"),
        ("git://github.com/python/cpython.git", "x/y", KnownRepositories(), "python/cpython"),
        ("https://github.com/python/devguide", "", CPYTHON, "python/devguide"),
        # A mirror's address must not win over the project or the setting …
        ("https://git.example.org/copies/py", "python/peps", CPYTHON, "python/peps"),
        ("https://git.example.org/copies/py", "", CPYTHON, "python/cpython"),
        ("https://git.example.org/copies/py", "docs build", CPYTHON, "python/cpython"),
        ("https://git.example.org/copies/py", "octo/x", MIRRORED, "python/cpython"),
        ("/srv/git/bare.git", "", CPYTHON, "python/cpython"),
        ("", "", CPYTHON, "python/cpython"),
        # … and is the last guess where neither is there.
        ("http://127.0.0.1:8010/octo/demo.git", "", KnownRepositories(), "octo/demo"),
        ("https://git.example.org/mirrors/octo/demo", "", KnownRepositories(), "octo/demo"),
        ("/srv/git/bare.git", "octo/demo", KnownRepositories(), "octo/demo"),
        ("file:///srv/git/bare.git", "", KnownRepositories(), None),
        ("", "octo/demo", KnownRepositories(), "octo/demo"),
        ("", "demo", KnownRepositories(), None),
        ("", "octo/demo/more", KnownRepositories(), None),
        ("https://github.com/", "", KnownRepositories(), None),
        ("https://github.com/a b/c", "", KnownRepositories(), None),
        (
            "https://ghe.example.com/octo/demo",
            "x/y",
            KnownRepositories(hosts=frozenset({"ghe.example.com"})),
            "octo/demo",
        ),
    ],
)
def test_the_repository_of_a_build(
    repository: str, project: str, known: KnownRepositories, name: str | None
) -> None:
    """A path on the master's disk names no repository: `git/bare` would be somebody else's."""
    build = parse({"repository": repository, "project": project}, (), known)
    assert build.repository == name
    stamp = make_stamp("", repository, project=project)
    assert parse({}, [stamp], known).repository == name


@pytest.mark.parametrize(
    ("got", "codebase", "revision"),
    [
        (SHA.upper(), "", SHA),
        ("r1234", "", None),
        (SHA[:12], "", None),
        ("", "", None),
        ({"": SHA}, "", SHA),
        ({"cpython": SHA, "docs": OTHER}, "cpython", SHA),
        ({"cpython": SHA}, "", SHA),
        ({"cpython": SHA, "docs": OTHER}, "", None),
        ({"": SHA, "docs": OTHER}, None, SHA),
        ({"cpython": 7}, "", None),
        ({}, "", None),
        (17, "", None),
        ([SHA], "", None),
        (None, "", None),
    ],
)
def test_got_revision_of_the_only_stamp(
    got: object, codebase: object, revision: str | None
) -> None:
    assert parse({"got_revision": got, "codebase": codebase}).revision == revision


@pytest.mark.parametrize("odd", [7, 3.14, None, True, ["main"], {"a": 1}, "x" * 5000])
@pytest.mark.parametrize(
    "name",
    ["branch", "codebase", "owner", "project", "reason", "repository", "scheduler", "workername"],
)
def test_no_property_loses_a_build(name: str, odd: object) -> None:
    """Anybody's master.cfg sets properties to whatever it likes."""
    stamp = make_stamp("", "https://github.com/python/cpython")
    build = parse({"got_revision": SHA, "branch": "main"} | {name: odd}, [stamp])
    assert (build.buildid, build.repository, build.revision) == (77, "python/cpython", SHA)
    assert build.branch == "main"
    assert build.worker in {"wk", "worker 2"}


@pytest.mark.parametrize("pair", [None, "main", 7, [], ["main"], ["main", "Build", "x"], [None, 7]])
def test_what_is_no_pair_of_value_and_source_is_no_property(pair: object) -> None:
    json = make_build({"got_revision": SHA})
    json["properties"]["branch"] = pair
    assert parse_build("buildbot", json).branch is None


def test_properties_that_are_none_at_all_are_told() -> None:
    """Such a build is asked for again: without them nobody knows what it built."""
    with pytest.raises(Malformed, match=r"^build.properties is not an object$"):
        parse_build("buildbot", make_build({}) | {"properties": 3})
