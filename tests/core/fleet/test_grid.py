"""Cells by commit and by hour, and brackets around regression ranges."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.core.fleet.builder_record import RecentBuild
from bot.core.fleet.grid import (
    MOST_BRACKETS,
    BuiltBy,
    GridRow,
    find_brackets,
    make_commit_rows,
    make_hour_rows,
)
from bot.core.model import BuildRef, Incident, RegressionRange, Verdict
from bot.core.model.build_results import Result
from tests.support.make_stored import MOMENT, make_commit, make_incident
from tests.support.refs import refs

LINE = [make_commit(letter) for letter in "edcba"]  # the newest first
BUILDERS = ("A", "B")


def make_built(
    number: int, builder: str, revision: str | None, minutes: int = 0, *, running: bool = False
) -> BuiltBy:
    at = MOMENT + timedelta(minutes=minutes)
    ended = None if running else at
    result = None if running else Result.FAILURE
    build = RecentBuild(BuildRef("bb", number), number, "w", revision, result, at, ended, "")
    return BuiltBy(builder, build)


def make_ranged(id_: str, good: str | None, bad: str | None) -> Incident:
    return make_incident(id_, range=RegressionRange(good, bad))


def draw(rows: Sequence[GridRow]) -> list[str]:
    """Each row as one line: builds of A, then of B."""
    return [
        " | ".join(
            ",".join(str(build.number) for build, _ in cell.builds) if cell else "-"
            for cell in row.cells
        )
        for row in rows
    ]


def test_each_build_stands_at_its_commit_and_under_its_builder() -> None:
    builds = [
        make_built(1, "A", "a"),
        make_built(2, "A", "c", 1),
        make_built(3, "A", "c", 2),
        make_built(4, "B", "c", 3),
        make_built(5, "C", "c", 4),
        make_built(6, "A", "z", 5),
        make_built(7, "A", None, 6),
    ]
    rows = make_commit_rows(LINE, BUILDERS, builds, ())
    assert [row.commit.sha for row in rows if row.commit] == list("edcba")
    assert draw(rows) == ["- | -", "- | -", "3,2 | 4", "- | -", "1 | -"]


def test_by_hour_what_runs_stands_where_it_began() -> None:
    builds = [
        make_built(1, "A", "a", 5),
        make_built(2, "B", "a", 59),
        make_built(3, "A", None, 125),
        make_built(4, "B", "b", 130, running=True),
    ]
    rows = make_hour_rows(BUILDERS, builds, ())
    assert [row.hour for row in rows] == [MOMENT + timedelta(hours=2), MOMENT]
    assert draw(rows) == ["3 | 4", "1 | 2"]
    assert make_hour_rows(BUILDERS, (), ()) == []


def test_a_build_is_told_by_the_incident_that_accuses() -> None:
    flaky = make_incident("f", verdict=Verdict.FLAKY, red_builds=refs(1, 2))
    accusing = make_incident("s", verdict=Verdict.SUSPECTED, red_builds=refs(1))
    builds = [make_built(1, "A", "a"), make_built(2, "B", "a")]
    for incidents in ((flaky, accusing), (accusing, flaky)):
        (row,) = make_commit_rows(LINE[-1:], BUILDERS, builds, incidents)
        told = [cell.builds[0][1] for cell in row.cells if cell]
        assert told == [accusing, flaky]


@pytest.mark.parametrize(
    ("good", "bad", "pieces"),
    [
        ("b", "d", " TB  "),
        ("a", "d", " TMB "),
        ("c", "d", " O   "),
        ("z", "d", " TMMM"),
        (None, "d", " TMMM"),
        (None, "a", "    T"),
        ("a", None, "     "),
        ("a", "z", "     "),
    ],
)
def test_a_bracket_holds_the_suspects_only(good: str | None, bad: str | None, pieces: str) -> None:
    found = find_brackets(LINE, [make_ranged("i", good, bad)])
    drawn = "".join(found[at][0].piece[0].upper() if at in found else " " for at in range(5))
    assert drawn == pieces


def test_brackets_that_overlap_stand_side_by_side_and_the_others_share_a_lane() -> None:
    many = [make_ranged(f"i{n}", "a", "e") for n in range(MOST_BRACKETS + 2)]
    found = find_brackets(LINE, many)
    assert sorted(piece.lane for piece in found[0]) == list(range(MOST_BRACKETS))
    apart = find_brackets(LINE, [make_ranged("x", "d", "e"), make_ranged("y", "a", "b")])
    assert {piece.lane for pieces in apart.values() for piece in pieces} == {0}
