"""JSON from outside becomes our nouns, or a clear complaint: never a crash, never a guess."""

import json
import math
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import payloads
from bot.core.errors import Malformed
from bot.core.model import Repository, ScheduledBy
from bot.core.payloads import (
    parse_build,
    parse_build_push,
    parse_builder,
    parse_comment,
    parse_commit_page,
    parse_files,
    parse_log_content,
    parse_logs,
    parse_pull,
    parse_pull_event,
    parse_push_event,
    parse_refusal,
    parse_repository,
    parse_steps,
)
from bot.core.results import Result

SHA = "ac73f2feaaed5d19e3174a5dd5e63b08a6a9e852"
OTHER = "1" * 40


def make_build_json(**changes: Any) -> dict[str, Any]:
    build: dict[str, Any] = {
        "buildid": 77,
        "number": 27,
        "builderid": 1,
        "buildrequestid": 83,
        "workerid": 2,
        "started_at": 1795248407,
        "complete_at": 1795248409,
        "complete": True,
        "results": 2,
        "state_string": "failed test (failure)",
        "properties": {
            "branch": ["main", "Build"],
            "got_revision": [SHA, "Git"],
            "project": ["python/cpython", "Build"],
            "repository": ["", "Build"],
            "codebase": ["", "Build"],
            "scheduler": ["branch-main", "Scheduler"],
            "workername": ["wk-debian", "Worker"],
        },
    }
    build["properties"] |= changes.pop("properties", {})
    return build | changes


def parse(**changes: Any) -> Any:
    return parse_build("buildbot", make_build_json(**changes))


# ---------------------------------------------------------------- a build


def test_a_finished_build_is_read_whole() -> None:
    build = parse()
    assert build.source == "buildbot"
    assert (build.buildid, build.number, build.builderid, build.buildrequestid) == (77, 27, 1, 83)
    assert build.worker == "wk-debian"
    assert build.branch == "main"
    assert build.revision == SHA
    assert build.repository == "python/cpython"
    assert build.scheduled_by is ScheduledBy.BRANCH
    assert build.result is Result.FAILURE
    assert build.started_at == datetime(2026, 11, 21, 8, 6, 47, tzinfo=UTC)
    assert build.complete_at == datetime(2026, 11, 21, 8, 6, 49, tzinfo=UTC)


def test_a_running_build_has_no_result_yet() -> None:
    build = parse(complete=False, complete_at=None, results=None)
    assert build.result is None
    assert build.complete_at is None


def test_a_build_without_properties_is_still_a_build() -> None:
    """Reporters of one master share a dict, so that properties may be missing or empty."""
    empty: tuple[Any, ...] = (None, {})
    for properties in empty:
        build = parse_build("b", make_build_json() | {"properties": properties})
        assert (build.worker, build.branch, build.revision) == ("worker 2", None, None)
        assert build.repository is None


def test_the_revision_that_was_asked_for_is_no_revision() -> None:
    """A build whose checkout failed never had it."""
    assert parse(properties={"got_revision": None, "revision": [SHA, "Build"]}).revision is None


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
        (17, "", None),
    ],
)
def test_got_revision(got: object, codebase: object, revision: str | None) -> None:
    """Of several codebases only the one that the build names can be the watched one."""
    properties = {"got_revision": [got, "Git"], "codebase": [codebase, "Build"]}
    assert parse(properties=properties).revision == revision


def test_a_patched_tree_is_no_revision() -> None:
    """`buildbot try` builds a commit with somebody's patch: its red is not the commit's."""
    stamps = [{"codebase": "", "patch": {"patchid": 1}, "branch": "main"}]
    assert parse(buildset={"sourcestamps": stamps, "rebuilt_buildid": None}).revision is None


@pytest.mark.parametrize(
    ("repository", "project", "name"),
    [
        ("https://github.com/python/cpython", "", "python/cpython"),
        ("https://github.com/python/cpython.git", "", "python/cpython"),
        ("https://github.com/python/cpython/", "", "python/cpython"),
        ("https://github.com/python/cpython#bisect", "", "python/cpython"),
        ("https://github.com/python/cpython/tree/main", "", "python/cpython"),
        ("git@github.com:python/cpython.git", "", "python/cpython"),
        ("ssh://git@github.com/python/cpython", "", "python/cpython"),
        ("git://github.com/python/cpython.git", "x/y", "python/cpython"),
        ("http://127.0.0.1:8010/octo/demo.git", "", "octo/demo"),
        ("https://git.example.org/mirrors/octo/demo", "", "octo/demo"),
        ("/srv/git/bare.git", "octo/demo", "octo/demo"),
        ("file:///srv/git/bare.git", "", None),
        ("", "octo/demo", "octo/demo"),
        ("", "demo", None),
        ("", "octo/demo/more", None),
        ("https://github.com/", "", None),
        ("https://github.com/a b/c", "", None),
    ],
)
def test_the_repository_of_a_build(repository: str, project: str, name: str | None) -> None:
    """A path on the master's disk names no repository: `git/bare` would be somebody else's."""
    properties = {"repository": [repository, "Build"], "project": [project, "Build"]}
    assert parse(properties=properties).repository == name


def test_what_properties_do_not_say_is_in_the_sourcestamp() -> None:
    """With several codebases Buildbot sets neither branch nor repository as properties."""
    stamps = [
        {"codebase": "docs", "patch": None, "branch": "x", "repository": "", "project": ""},
        {
            "codebase": "",
            "patch": None,
            "branch": "3.13",
            "repository": "https://github.com/o/r",
            "project": "",
        },
    ]
    build = parse_build(
        "b",
        make_build_json(properties=dict.fromkeys(("branch", "repository", "project"))),
        {"sourcestamps": stamps, "rebuilt_buildid": None, "reason": ""},
    )
    assert (build.branch, build.repository) == ("3.13", "o/r")


@pytest.mark.parametrize(
    ("properties", "buildset", "expected"),
    [
        ({}, None, ScheduledBy.BRANCH),
        ({"scheduler": ["reinforced", "Scheduler"]}, None, ScheduledBy.BRANCH),
        ({"owners": [["a <a@b>"], "Build"]}, None, ScheduledBy.BRANCH),
        ({"scheduler": ["force", "Scheduler"]}, None, ScheduledBy.FORCE),
        ({"scheduler": ["3.x-force", "Scheduler"]}, None, ScheduledBy.FORCE),
        (
            {"owner": ["me", "Force Build Form"], "reason": ["bisect", "Force Build Form"]},
            None,
            ScheduledBy.FORCE,
        ),
        ({"reason": ["", "Force Build Form"]}, None, ScheduledBy.FORCE),
        ({}, {"rebuilt_buildid": 5, "reason": "rebuild"}, ScheduledBy.REBUILD),
        ({}, {"rebuilt_buildid": None, "reason": "rebuild"}, ScheduledBy.REBUILD),
        (
            {"scheduler": ["force", "Scheduler"]},
            {"rebuilt_buildid": 5, "reason": "rebuild"},
            ScheduledBy.REBUILD,
        ),
        ({"scheduler": ["rebuild", "Scheduler"]}, None, ScheduledBy.REBUILD),
    ],
)
def test_why_a_build_was_made(
    properties: dict[str, Any], buildset: dict[str, Any] | None, expected: ScheduledBy
) -> None:
    """A forced build that counted as the branch's own would move the baseline."""
    assert parse(properties=properties, buildset=buildset).scheduled_by is expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"buildid": "77"}, "build.buildid"),
        ({"buildid": True}, "build.buildid"),
        ({"buildid": 0}, "build.buildid"),
        ({"buildid": 2**63}, "build.buildid"),
        ({"number": None}, "build.number"),
        ({"number": 1.5}, "build.number"),
        ({"complete": None}, "build.complete"),
        ({"complete": 1}, "build.complete"),
        ({"complete_at": None}, "build.complete_at"),
        ({"started_at": math.nan}, "build.started_at"),
        ({"started_at": math.inf}, "build.started_at"),
        ({"started_at": 10**400}, "build.started_at"),
        ({"started_at": -1}, "build.started_at"),
        ({"started_at": False}, "build.started_at"),
        ({"results": 7}, "build.results"),
        ({"results": -1}, "build.results"),
        ({"results": None}, "build.results"),
        ({"results": True}, "build.results"),
        ({"state_string": ["x"]}, "build.state_string"),
        ({"properties": {"branch": "main"}}, "build.properties.branch"),
        ({"properties": {"branch": ["main"]}}, "build.properties.branch"),
        ({"properties": {"branch": [7, "Build"]}}, "build.properties.branch[0]"),
        ({"properties": {"workername": ["w" * 5000, ""]}}, "build.properties.workername[0]"),
        ({"buildset": 3}, "build.buildset"),
        ({"buildset": {"sourcestamps": {}}}, "build.buildset.sourcestamps"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(**changes)
    assert str(caught.value).startswith(field + " is not ")


def test_no_text_breaks_a_database() -> None:
    """PostgreSQL takes no NUL, and no encoder takes half a surrogate pair."""
    build = parse(state_string="a\0b\ud800c", properties={"branch": ["m\0n", "Build"]})
    assert build.state_string == "a\N{REPLACEMENT CHARACTER}b?c"
    assert build.branch == "m\N{REPLACEMENT CHARACTER}n"


# ---------------------------------------------------------------- the rest of Buildbot


def test_a_push_says_where_to_look() -> None:
    assert parse_build_push({"buildid": 45, "complete": False, "steps": [1]})[:2] == (45, False)
    ended = {"buildid": 45, "complete": True, "complete_at": 1_700_000_000, "results": 5}
    assert parse_build_push(ended).result is Result.RETRY
    assert parse_build_push({**ended, "complete_at": "soon"})[:3] == (45, True, None)
    wrongs: list[Any] = [{}, [], None, {"buildid": 45}, {"buildid": 1.0, "complete": True}]
    for wrong in wrongs:
        with pytest.raises(Malformed):
            parse_build_push(wrong)


def test_a_builder_has_its_tags() -> None:
    builder = parse_builder("b", {"builderid": 1, "name": "AMD64", "tags": ["stable", "tier-1"]})
    assert builder.tags == ("stable", "tier-1")


def test_only_logs_of_text_are_read() -> None:
    """An HTML page or a deleted log would be searched for failures."""
    steps = {
        "steps": [
            {"stepid": 9, "number": 3, "name": "test", "results": 2},
            {"stepid": 8, "number": 1, "name": "git", "results": None},
        ]
    }
    git, test = parse_steps(steps)
    assert (git.name, git.result, test.result) == ("git", None, Result.FAILURE)
    rows = [
        {"logid": i, "name": f"log{i}", "num_lines": 3, "type": kind}
        for i, kind in enumerate("sthd", start=1)
    ]
    logs = parse_logs(test, {"logs": rows})
    assert [(log.logid, log.step, log.step_number) for log in logs] == [
        (1, "test", 3),
        (2, "test", 3),
    ]


def test_no_lines_are_an_answer_but_no_answer_is_not() -> None:
    assert parse_log_content({"logchunks": [{"content": ""}]}) == ""
    with pytest.raises(Malformed):
        parse_log_content({"logchunks": []})


def test_one_is_not_two_and_not_none() -> None:
    """Buildbot answers with a list also where one thing was asked for."""
    assert payloads.parse_row({"builds": [5]}, "builds") == 5
    rows: list[list[int]] = [[], [5, 6]]
    for wrong in rows:
        with pytest.raises(Malformed, match="does not hold one element"):
            payloads.parse_row({"builds": wrong}, "builds")


# ---------------------------------------------------------------- GitHub


REPOSITORY = {"id": 7, "full_name": "octo/demo", "default_branch": "trunk"}


def test_a_repository() -> None:
    assert parse_repository(REPOSITORY) == Repository(7, "octo/demo", "trunk")
    assert parse_repository(REPOSITORY | {"default_branch": None}).default_branch == "main"
    for name in ("demo", "octo/de mo", "octo/demo/../x", "", 5, "octo/dem\u00f6"):
        with pytest.raises(Malformed):
            parse_repository(REPOSITORY | {"full_name": name})


def make_pull_json(**changes: Any) -> dict[str, Any]:
    return {
        "number": 12,
        "title": "Make it faster",
        "user": {"login": "alice"},
        "base": {"ref": "main", "repo": {"id": 7}},
        "merged": True,
        "merge_commit_sha": SHA,
        "locked": False,
        "labels": [{"name": "perf"}],
    } | changes


def test_a_pull_that_is_not_merged_has_no_merge_commit() -> None:
    """GitHub puts a commit of its own test merge there, which is on no branch."""
    assert parse_pull(make_pull_json()).merge_sha == SHA
    assert parse_pull(make_pull_json(merged=False)).merge_sha is None
    assert parse_pull(make_pull_json(user=None)).author is None


def test_a_pull_event() -> None:
    event = {"repository": REPOSITORY, "pull_request": make_pull_json()}
    assert parse_pull_event(event) == (Repository(7, "octo/demo", "trunk"), 12, True, "main", SHA)


@pytest.mark.parametrize(
    ("ref", "branch"),
    [("refs/heads/main", "main"), ("refs/heads/a/b", "a/b"), ("refs/tags/v1", None)],
)
def test_a_push_event(ref: str, branch: str | None) -> None:
    event = {
        "repository": REPOSITORY,
        "ref": ref,
        "before": "0" * 40,
        "after": SHA,
        "forced": True,
    }
    assert parse_push_event(event)[1:] == (branch, "0" * 40, SHA, True)


def test_a_comment_of_somebody_who_left() -> None:
    comment = parse_comment({"id": 5, "user": None, "body": None, "node_id": "IC_5"})
    assert (comment.author, comment.body) == ("ghost", "")


def test_a_renamed_file_touches_both_names() -> None:
    """The old place is where the failure may point."""
    assert parse_files({"filename": "b.c", "previous_filename": "a.c"}) == ("a.c", "b.c")


def test_a_refusal_in_every_shape_gives_words() -> None:
    assert parse_refusal({"message": "Not Found"}) == "Not Found"
    errors = [{"message": "Body is too long", "code": "x"}, "and bad", {"code": "missing"}, 5]
    assert parse_refusal({"message": "No", "errors": errors}) == "No; Body is too long; and bad"
    assert parse_refusal(["?"]) == ""


def make_page(message: str = "Title\n\nBody", **changes: Any) -> dict[str, Any]:
    node: dict[str, Any] = {
        "oid": SHA,
        "message": message,
        "committedDate": "2026-03-02T12:00:00Z",
        "author": {"user": {"login": "alice"}},
        "parents": {"totalCount": 1, "nodes": [{"oid": OTHER}]},
        "associatedPullRequests": {
            "nodes": [
                None,
                {
                    "number": 12,
                    "merged": True,
                    "baseRefName": "main",
                    "mergeCommit": {"oid": SHA},
                    "commits": {"totalCount": 1},
                },
            ]
        },
    }
    history = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [node | changes]}
    return {"data": {"repository": {"object": {"oid": SHA, "history": history}}}}


def test_a_page_of_commits() -> None:
    page = parse_commit_page(make_page())
    assert page is not None
    (found,) = page.commits
    assert (found.commit.sha, found.commit.parent, found.commit.title) == (SHA, OTHER, "Title")
    assert found.commit.author == "alice"
    assert [(pull.number, pull.merge_sha) for pull in found.pulls] == [(12, SHA)]
    assert (page.tip, page.next, found.is_merge) == (SHA, None, False)


@pytest.mark.parametrize(
    ("message", "reverts"),
    [
        (f'Revert "gh-1: X (#5)" (#6)\n\nThis reverts commit {OTHER}.', OTHER),
        (f"Title\n\nThis reverts commit {OTHER[:12]}.", None),
        (f"This reverts commit {OTHER}", None),
        ("Fix (#1)\n\nCloses #2", None),
    ],
)
def test_a_revert_names_the_commit_in_its_body(message: str, reverts: str | None) -> None:
    """Its title names a pull, which is the wrong one: nothing is read from numbers in it."""
    page = parse_commit_page(make_page(message))
    assert page is not None
    assert page.commits[0].commit.reverts == reverts


def test_a_branch_that_is_gone_has_no_page() -> None:
    assert parse_commit_page({"data": {"repository": {"object": None}}}) is None


def test_a_root_commit_and_an_unknown_author() -> None:
    page = parse_commit_page(
        make_page(parents={"totalCount": 0, "nodes": []}, author=None, associatedPullRequests=None)
    )
    assert page is not None
    assert (page.commits[0].commit.parent, page.commits[0].commit.author) == (None, None)
    assert page.commits[0].pulls == ()


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-03-02T12:00:00", "0001-01-01T00:00:00+14:00", 5, None]
)
def test_a_commit_without_a_time_is_malformed(at: object) -> None:
    with pytest.raises(Malformed):
        parse_commit_page(make_page(committedDate=at))


# ---------------------------------------------------------------- anything at all

EVERYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
STEP = payloads.Step(1, 0, "test", None)
GOOD: dict[str, tuple[Any, Any]] = {
    "build": (lambda json: parse_build("b", json), make_build_json()),
    "push": (parse_build_push, make_build_json()),
    "builder": (lambda json: parse_builder("b", json), {"builderid": 1, "name": "x", "tags": [""]}),
    "steps": (parse_steps, {"steps": [{"stepid": 1, "number": 1, "name": "x", "results": 0}]}),
    "logs": (
        lambda json: parse_logs(STEP, json),
        {"logs": [{"logid": 1, "name": "x", "num_lines": 1, "type": "s"}]},
    ),
    "content": (parse_log_content, {"logchunks": [{"content": "x"}]}),
    "pull": (parse_pull, make_pull_json()),
    "pull event": (parse_pull_event, {"repository": REPOSITORY, "pull_request": make_pull_json()}),
    "push event": (
        parse_push_event,
        {"repository": REPOSITORY, "ref": "refs/heads/x", "before": SHA, "after": SHA, "forced": 1},
    ),
    "comment": (parse_comment, {"id": 1, "user": {"login": "x"}, "body": "x", "node_id": "x"}),
    "commits": (parse_commit_page, make_page()),
    "errors": (payloads.parse_graphql_errors, {"errors": [{"type": "x", "message": "y"}]}),
    "token": (
        payloads.parse_installation_token,
        {"token": "x", "expires_at": "2026-03-02T12:00:00Z"},
    ),
    "refusal": (parse_refusal, {"message": "x", "errors": [{"message": "y"}]}),
    "file": (parse_files, {"filename": "x", "previous_filename": None}),
}


def find_places(json: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(json, dict | list):
        return [path]
    inner = json.items() if isinstance(json, dict) else enumerate(json)
    return [path] + [p for key, value in inner for p in find_places(value, (*path, key))]


def put(json: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copied = dict(json) if isinstance(json, dict) else list(json)
    copied[path[0]] = put(json[path[0]], path[1:], value)
    return copied


@pytest.mark.parametrize("name", GOOD)
@given(data=st.data())
def test_whatever_stands_anywhere_it_is_read_or_named(name: str, data: st.DataObject) -> None:
    """One odd value from outside must not become a crash somewhere inside."""
    parser, good = GOOD[name]
    path = data.draw(st.sampled_from(find_places(good)))
    with suppress(Malformed):
        parser(put(good, path, data.draw(EVERYTHING)))


# ---------------------------------------------------------------- recorded at a real Buildbot

DATA = os.environ.get("NIGHTSWATCH_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="NIGHTSWATCH_DATA names no recordings")


def load_recordings(pattern: str) -> list[tuple[str, Any]]:
    files = sorted(Path(DATA or ".", "data", "buildbot").glob(pattern))
    assert files
    return [(file.stem, json.loads(file.read_text())["body"]) for file in files]


@needs_data
def test_every_recorded_push_is_understood() -> None:
    for name, body in load_recordings("payloads/*-b*.json"):
        push = parse_build_push(body)
        assert push.complete == name.endswith("-finish")
        build = parse_build("buildbot", body)
        assert build.buildid == push.buildid
        assert (build.result is None) == (not push.complete)
        if push.complete and not name.startswith("noprops"):
            assert build.revision
            assert build.repository == "python/cpython"
        assert build.scheduled_by is ScheduledBy.BRANCH


@needs_data
def test_every_recorded_answer_is_understood() -> None:
    answers = dict(load_recordings("rest/*.json"))
    builds = [parse_build("b", row) for row in payloads.parse_rows(answers["catchup"], "builds")]
    assert [build.buildid for build in builds] == [41, 42, 43, 44, 45]
    assert all(build.revision and build.worker and build.branch == "main" for build in builds)
    rows = payloads.parse_rows(answers["builders"], "builders")
    assert "stable" in parse_builder("b", rows[0]).tags
    assert [step.name for step in parse_steps(answers["build_steps"])][:2] == [
        "worker_preparation",
        "git",
    ]
    requests = payloads.parse_rows(answers["buildrequests"], "buildrequests")
    assert payloads.parse_buildsetid(requests[0]) == 47
