"""The oracle of the bench: what builds leave, for who knows what broke and where it shows."""

import pytest

from bench.ceiling import Row, count_narrowed

COMMITS: list[Row] = [{"type": "commit", "sha": sha} for sha in "abcde"]
TRUTH: Row = {
    "kind": "regression",
    "visible": True,
    "pr": 1,
    "culprit": "c",
    "tests": ["t"],
    "builders": ["own"],
    "fixed_at": 100,
}


def build(revision: str, *failed: str, builder: str = "own", finished: int = 50) -> Row:
    return {
        "type": "build",
        "builder": builder,
        "revision": revision,
        "finished": finished,
        "failures": [{"test": t} for t in failed],
        "tests_ran": True,
    }


@pytest.mark.parametrize(
    ("builds", "narrowed"),
    [
        pytest.param([build("b"), build("c", "t")], 1, id="one commit between green and red"),
        pytest.param([build("a"), build("c", "t")], 0, id="two commits"),
        pytest.param([build("c", "t")], 0, id="no green"),
        pytest.param([build("b")], 0, id="no red"),
        pytest.param(
            [build("b", builder="x"), build("c", "t")], 0, id="green where it never shows"
        ),
        pytest.param([build("b"), build("c", "t", finished=100)], 0, id="red after the fix"),
        pytest.param([build("b", "u"), build("c", "t")], 1, id="red for another reason is green"),
        pytest.param([build("b", "t"), build("c", "t")], 0, id="what was red before is no green"),
        pytest.param(
            [build("b"), build("d"), build("c", "t")], 1, id="a pass that came to nothing"
        ),
    ],
)
def test_what_builds_leave(builds: list[Row], narrowed: int) -> None:
    assert count_narrowed([*COMMITS, *builds], [TRUTH]) == narrowed


def test_only_what_could_be_told_is_counted() -> None:
    rows = [*COMMITS, build("b"), build("c", "t")]
    others = [{**TRUTH, **part} for part in ({"kind": "flaky"}, {"visible": False}, {"pr": None})]
    assert count_narrowed(rows, others) == 0
