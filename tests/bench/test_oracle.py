"""The oracle of the bench: what builds leave, for who knows what broke and where it shows."""

import pytest

from bench.histories.oracle import find_commits_left
from bench.histories.stories import Row, make_story

COMMITS: list[Row] = [
    {
        "type": "commit",
        "repo": "o/r",
        "branch": "main",
        "sha": sha,
        "parent": parent,
        "at": 1,
        "author": "a",
        "title": sha,
        "pr": 1,
        "reverts": None,
        "files": [],
    }
    for parent, sha in zip([None, *"abcd"], "abcde", strict=True)
]
TRUTH: Row = {
    "type": "truth",
    "episode": "e1",
    "kind": "regression",
    "visible": True,
    "first_seen": 50,
    "pr": 1,
    "culprit": "c",
    "tests": ["t"],
    "builders": ["own"],
    "fixed_at": 100,
}


def build(
    revision: str, *failed: str, builder: str = "own", finished: int = 50, ran: bool = True
) -> Row:
    return {
        "type": "build",
        "builder": builder,
        "revision": revision,
        "finished": finished,
        "failures": [{"test": t} for t in failed],
        "tests_ran": ran,
    }


def find_left(builds: list[Row], **truth: object) -> dict[str, int | None]:
    head: Row = {"type": "history", "repo": "o/r", "branch": "main"}
    return find_commits_left(make_story("s", [head, *COMMITS, *builds, {**TRUTH, **truth}]))


@pytest.mark.parametrize(
    ("builds", "left"),
    [
        pytest.param([build("b"), build("c", "t")], 1, id="one commit between green and red"),
        pytest.param([build("a"), build("c", "t")], 2, id="two commits"),
        pytest.param([build("b"), build("d", "t")], 2, id="the culprit was not built by itself"),
        pytest.param([build("c", "t")], None, id="no green"),
        pytest.param([build("b")], None, id="no red"),
        pytest.param([build("b", builder="x"), build("c", "t")], None, id="green elsewhere"),
        pytest.param([build("b"), build("c", "t", builder="x")], None, id="red elsewhere"),
        pytest.param([build("b"), build("c", "t", finished=100)], None, id="red after the fix"),
        pytest.param([build("b", "u"), build("c", "t")], 1, id="red for another reason is green"),
        pytest.param([build("b", ran=False), build("c", "t")], None, id="green that ran nothing"),
        pytest.param([build("b", "t"), build("c", "t")], None, id="red before is no green"),
        pytest.param([build("b"), build("a", "t"), build("d", "t")], 2, id="red before is no red"),
        pytest.param([build("b"), build("d"), build("c", "t")], 1, id="a pass that means nothing"),
        pytest.param([build("b"), build("z"), build("c", "t")], 1, id="a commit not told of"),
    ],
)
def test_what_builds_leave(builds: list[Row], left: int | None) -> None:
    assert find_left(builds) == {"e1": left}


def test_what_was_never_fixed_is_read_to_its_end() -> None:
    assert find_left([build("b"), build("c", "t", finished=10**9)], fixed_at=None) == {"e1": 1}


def test_the_first_commit_of_a_file_has_nothing_before_it() -> None:
    assert find_left([build("a", "t")], culprit="a") == {"e1": None}


@pytest.mark.parametrize(
    "truth", [{"kind": "flaky"}, {"visible": False}, {"first_seen": None}, {"pr": None}]
)
def test_only_what_could_be_told_is_counted(truth: Row) -> None:
    assert find_left([build("b"), build("c", "t")], **truth) == {}
