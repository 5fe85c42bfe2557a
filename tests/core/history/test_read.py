"""History files: a bad line never stops the others, and never makes an innocent look guilty."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Malformed
from bot.core.history.read import History, parse_history
from bot.core.history.write import BranchPast, render_history
from bot.core.model import Kind
from bot.core.model.build_results import Result
from tests.support.make_observations import make_line, make_observation

HEAD = {"type": "history", "repo": "o/r", "branch": "main"}
BUILDER = {"type": "builder", "name": "A", "branch": "main", "tags": ["stable"], "minutes": 60}


def commit(sha: str, parent: str | None, at: int = 1000, **more: object) -> dict[str, object]:
    row = {"type": "commit", "repo": "o/r", "branch": "main", "sha": sha, "parent": parent}
    return row | {"at": at, "author": "x", "title": sha, "pr": 7, "reverts": None, **more}


def build(number: int, revision: str, **more: object) -> dict[str, object]:
    row = {"type": "build", "builder": "A", "number": number, "worker": "w", "started": 2000}
    row |= {"revision": revision, "finished": 3000, "result": "success", "scheduled_by": "branch"}
    return row | {"tests_ran": True, "failures": [], **more}


def read(*rows: object) -> History:
    return parse_history([r if isinstance(r, str) else json.dumps(r) for r in rows])


def test_what_the_docs_show_is_a_history() -> None:
    page = (Path(__file__).parents[3] / "docs" / "history-files.md").read_text()
    example = page.partition("```json\n")[2].partition("```")[0]
    history = parse_history(example.splitlines())
    (epoch,) = history.branches["main"]
    assert (len(epoch.line.commits), len(epoch.observations)) == (1, 1)
    assert [s.passed_on_rerun for s in epoch.observations[0].sightings] == [False, True]
    assert history.left_out == ()


def test_a_file_becomes_commits_and_builds() -> None:
    failures = [{"kind": "compile", "test": "a.c", "message": "no  such\tfile"}]
    history = read(
        HEAD,
        BUILDER,
        commit("a", None, files=["x"]),
        build(1, "a", result="failure", failures=failures, tests_ran=False),
    )
    (epoch,) = history.branches["main"]
    (one,) = epoch.observations
    assert (one.result, one.runs, one.stable) == (Result.FAILURE, (), True)
    assert one.sightings[0].signature.kind is Kind.COMPILE_ERROR
    assert one.sightings[0].signature.message == "no such file"
    assert one.complete_at == datetime.fromtimestamp(3000, UTC)
    assert epoch.line.commits[0].files == ("x",)
    assert history.left_out == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"type": "build", "bui', "not JSON, or cut short"),
        ("[1, 2]", "not an object"),
        ("[" * 100_000, "not JSON, or cut short"),
        ({"type": "weather"}, "unknown type"),
        (build(2, "a", builder="B"), "builder 'B' is not among the builders"),
        (build(2, "a", result="sunny"), "unknown result"),
        (build(2, "a", finished=1), "it finished before it started"),
        (build(2, "a", finished="soon"), "finished is missing or not a time in unix seconds"),
        (build(2, "a", finished=1e300), "finished is missing or not a time in unix seconds"),
        (build(2, "a", failures=[7]), "a failure is not an object"),
        (build(1, "a"), "a build that stood there before"),
        (commit("a", None), "a commit that stood there before"),
        (commit("b", "a", pr="7"), "pr is missing or not a number"),
    ],
)
def test_a_bad_line_is_left_out_and_named(line: object, reason: str) -> None:
    history = read(HEAD, BUILDER, commit("a", None), build(1, "a"), line, build(9, "a"))
    assert [(x.number, x.reason) for x in history.left_out] == [(5, reason)]
    assert [o.number for o in history.branches["main"][0].observations] == [1, 9]


def test_a_missing_commit_begins_a_new_epoch() -> None:
    """The culprit may be the commit that is missing: no range may reach over the gap."""
    history = read(HEAD, BUILDER, commit("a", None), build(1, "a"), commit("c", "b"), build(2, "c"))
    first, second = history.branches["main"]
    assert [c.sha for c in first.line.commits] == ["a"]
    assert [c.sha for c in second.line.commits] == ["c"]
    assert second.line.epoch > first.line.epoch


def test_a_force_push_keeps_what_it_kept() -> None:
    rows = [commit("a", None), commit("b", "a"), commit("c", "b"), commit("x", "b")]
    _, second = read(HEAD, *rows).branches["main"]
    assert [c.sha for c in second.line.commits] == ["a", "b", "x"]


def test_commits_in_a_circle_end() -> None:
    history = read(HEAD, commit("a", "b"), commit("b", "a"), commit("a", "b"))
    assert history.left_out[0].reason == "a commit that stood there before"


@pytest.mark.parametrize("lines", [[], [""], ["hello"], ["{}"]])
def test_a_file_without_a_usable_line_is_an_error(lines: list[str]) -> None:
    with pytest.raises(Malformed, match=r"not a history file: (line|it is empty)"):
        parse_history(lines)


@given(st.permutations(["t1", "t2", "t3"]))
def test_the_order_within_a_build_does_not_matter(tests: list[str]) -> None:
    failures = [{"kind": "test", "test": t, "message": "m"} for t in tests]
    red = build(1, "a", result="failure", failures=failures)
    (epoch,) = read(HEAD, BUILDER, commit("a", None), red).branches["main"]
    sites = [s.signature.site for s in epoch.observations[0].sightings]
    assert sites == ["t1", "t2", "t3"]


@given(st.lists(st.text(max_size=60) | st.binary(max_size=60), max_size=5))
def test_rubbish_never_crashes(lines: list[str | bytes]) -> None:
    try:
        parse_history(lines)
    except Malformed:
        return


def test_there_and_back_again() -> None:
    """What is exported is read as the same commits and builds."""
    failures = [
        {"kind": "test", "test": "t", "message": "m"},
        {"kind": "test", "test": "u", "message": "m", "passed_on_rerun": True},
    ]
    rows = [commit("a", None, files=["f"]), commit("b", "a", 1001, files=[])]
    told = read(HEAD, BUILDER, *rows, build(1, "b", result="failure", failures=failures))
    (epoch,) = told.branches["main"]
    lines = list(render_history("o/r", [BranchPast("main", epoch.line, epoch.observations)]))
    (again,) = parse_history(lines).branches["main"]
    assert again.line == epoch.line
    assert [o.sightings for o in again.observations] == [o.sightings for o in epoch.observations]


def test_a_builder_of_two_branches_is_two_in_a_file() -> None:
    """A line of a build has no branch: both branches' builds would land on one of them."""
    (epoch,) = read(HEAD, BUILDER, commit("a", None), build(1, "a")).branches["main"]
    older = [replace(o, branch="3.13") for o in epoch.observations]
    more = (*epoch.observations, replace(epoch.observations[0], buildid=9, number=9))
    pasts = [BranchPast("3.13", epoch.line, tuple(older)), BranchPast("main", epoch.line, more)]
    told = parse_history(render_history("o/r", pasts))
    assert not told.left_out
    (main,), (old,) = told.branches["main"], told.branches["3.13"]
    assert {o.builder for o in main.observations} == {o.builder for o in epoch.observations}
    assert {o.builder for o in old.observations} == {f"{more[0].builder} [3.13]"}
    assert [o.number for o in main.observations] == [1, 9]


def test_a_green_build_that_skipped_the_tests_says_so() -> None:
    """Otherwise it would clear whoever broke them."""
    red = make_observation(1, "A", "a", ("test_ssl",))
    red = replace(red, steps=("git", "test"), sightings=(replace(red.sightings[0], step="test"),))
    docs = replace(make_observation(2, "A", "b"), steps=("git", "docs"))
    full = replace(make_observation(3, "A", "c"), steps=("git", "docs", "test"))
    odd = replace(make_observation(4, "B", "c"), steps=("git", "compile"))
    line = make_line(("a", 1), ("b", 2), ("c", 3))
    rows = map(
        json.loads, render_history("o/r", [BranchPast("main", line, (red, docs, full, odd))])
    )
    ran = {row["number"]: row["tests_ran"] for row in rows if row["type"] == "build"}
    assert ran == {1: True, 2: False, 3: True, 4: False}


def test_a_commit_on_two_branches_was_merged_into_one() -> None:
    """A release branch is cut from main: on it nobody merged what main had before."""
    history = read(HEAD, commit("a", None), commit("a", None, branch="3.13"))
    pulls = {name: epochs[0].line.commits[0].pull for name, epochs in history.branches.items()}
    assert pulls == {"main": 7, "3.13": None}
