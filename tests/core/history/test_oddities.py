"""Pasts that no fleet should have: what is odd is told, and the answer is the same."""

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bench.simulate import Knobs, simulate
from bot.core.history.backtest import play_branch, render_comment_row, render_incident_row
from bot.core.history.oddities import find_notes
from bot.core.history.read import parse_history
from bot.core.model import Observation
from bot.core.model.build_results import Result
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.make_observations import make_line, make_observation

Row = dict[str, Any]
FLEET = Knobs(builders=4, days=6.0, commits_per_day=20.0, regressions_per_commit=0.05)
COMMITS = {c.sha: c for c in make_line(("a", 1), ("b", 2)).commits}


def play(rows: list[Row]) -> dict[str, Any]:
    history = parse_history([json.dumps(row) for row in rows])
    reports = [
        report
        for branch, epochs in sorted(history.branches.items())
        for report in play_branch(branch, epochs, DEFAULT_POLICY)
        if report is not None
    ]
    return {
        "comments": [render_comment_row(s) for r in reports for s in r.spoken],
        "incidents": [render_incident_row(i) for r in reports for i in r.incidents],
        "notes": [note for r in reports for note in r.notes],
        "left_out": [line.reason for line in history.left_out],
    }


def test_the_answer_is_the_same_in_whatever_order_builds_stand() -> None:
    """Also above their builders, and above their commits."""
    rows = [r for r in simulate(5, FLEET) if r["type"] != "truth"]
    expected = play(rows)
    assert expected["incidents"], "the story has to tell something"
    others = [r for r in rows if r["type"] != "build"]
    builds = [r for r in rows if r["type"] == "build"]
    for seed in range(3):
        random.Random(seed).shuffle(builds)
        assert play([*builds, *others]) == expected
        mixed = [*others]
        for build in builds:
            mixed.insert(random.Random(seed).randrange(len(mixed)), build)
        assert play(mixed) == expected


def make_builds(*results: Result, builder: str = "A") -> list[Observation]:
    return [
        make_observation(n, f"{builder}{n % 2}", "ab"[n % 2], result=result)
        for n, result in enumerate(results, 60)
    ]


@pytest.mark.parametrize(
    ("builds", "words"),
    [
        ([make_observation(60, "A", "a")], "A is the only builder"),
        (make_builds(Result.FAILURE, Result.EXCEPTION), "no build passed"),
        (make_builds(Result.SUCCESS, Result.WARNINGS), "no build failed"),
        ([make_observation(1, "A", "a", minute=-60)], "1 builds ended before their commit"),
        (
            [
                make_observation(60, "A", "a"),
                make_observation(62, "A", "b", minute=60),
            ],
            "two builders have one name",
        ),
    ],
)
def test_what_is_odd_is_told(builds: list[Observation], words: str) -> None:
    if "one name" in words:
        long = timedelta(hours=2)
        builds = [replace(o, started_at=o.complete_at - long) for o in builds]
    assert any(words in note for note in find_notes(builds, COMMITS))


def test_an_ordinary_past_has_no_notes() -> None:
    rows = [r for r in simulate(5, FLEET) if r["type"] != "truth"]
    assert play(rows)["notes"] == []
    assert find_notes([], {}) == ()


def test_two_builders_of_one_name_are_told_apart_by_nobody() -> None:
    """The second one is left out, and said to be."""
    rows: list[Row] = [
        {"type": "builder", "name": "A", "branch": "main", "tags": ["stable"]},
        {"type": "builder", "name": "A", "branch": "main", "tags": ["stable"]},
        {"type": "builder", "name": "A", "branch": "3.13", "tags": []},
    ]
    assert play(rows)["left_out"] == ["another builder of a name that stood there before"]


def test_a_thousand_builders_that_never_passed_accuse_nobody() -> None:
    rows: list[Row] = [
        {"type": "builder", "name": f"B{n}", "branch": "main", "tags": ["stable"]}
        for n in range(1000)
    ]
    sha = "a" * 40
    rows.append({"type": "commit", "branch": "main", "sha": sha, "at": 1_700_000_000, "pr": 1})
    for n in range(1000):
        row = {"type": "build", "builder": f"B{n}", "number": 1, "revision": sha}
        times = {"started": 1_700_000_100 + n, "finished": 1_700_000_200 + n}
        failed = [{"kind": "test", "test": "test_ssl", "message": "boom"}]
        rows.append({**row, **times, "result": "failure", "tests_ran": True, "failures": failed})
    told = play(rows)
    assert told["comments"] == []
    assert [len(i["builders"]) for i in told["incidents"]] == [1000]
    assert told["notes"] == ["no build passed: nothing tells since when anything is broken"]


@pytest.mark.parametrize("odd", ["one builder", "all green", "no green", "clocks jump"])
def test_an_odd_past_gives_the_same_answer_in_any_order(odd: str) -> None:
    """Nobody is accused where nothing failed, or where nothing was ever seen to pass."""
    rows: list[Row] = [r for r in simulate(5, FLEET) if r["type"] != "truth"]
    only = next(r["name"] for r in rows if r["type"] == "builder")
    dice = random.Random(7)
    for row in (r for r in rows if r["type"] == "build"):
        if odd == "all green":
            row |= {"result": "success", "failures": []}
        elif odd == "no green":
            failed = [{"kind": "test", "test": "test_ssl", "message": "boom"}]
            row |= {"result": "failure", "failures": failed}
        elif odd == "clocks jump":
            row["started"] += dice.choice((0, 0, 90_000, -90_000))
    if odd == "one builder":
        rows = [r for r in rows if r.get("builder", only) == only]
    told = play(rows)
    assert (odd in ("all green", "no green")) <= (told["comments"] == [])
    assert bool(told["incidents"]) is (odd != "all green")
    others, builds = [[r for r in rows if (r["type"] == "build") is own] for own in (False, True)]
    dice.shuffle(builds)
    assert play([*others, *builds]) == told
