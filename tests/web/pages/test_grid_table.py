"""One row of the grid as HTML: escaped, and no longer than it must be."""

from datetime import UTC, datetime

from bot.core.fleet.builder_record import RecentBuild
from bot.core.fleet.grid import Bracket, BracketPiece, GridCell, GridRow
from bot.core.model import BuildRef, Verdict
from bot.core.model.build_results import Result
from bot.web.pages.grid_table import count_lanes, render_row
from tests.support.make_stored import MOMENT, make_commit, make_incident

SITE = "https://github.example"
EVIL = '"><script>alert(1)</script>'


def make_build(number: int, result: Result | None = Result.FAILURE) -> RecentBuild:
    return RecentBuild(
        BuildRef("bb", number), number, "w", None, result, MOMENT, MOMENT, f"https://bb/{EVIL}"
    )


def test_nothing_from_outside_is_more_than_text() -> None:
    incident = make_incident("i1", verdict=Verdict.FLAKY)
    row = GridRow(
        make_commit(EVIL, 7, title=EVIL),
        None,
        (BracketPiece(0, Bracket.TOP, incident),),
        (GridCell(((make_build(1), incident),)), None),
    )
    html = render_row(row, (EVIL, "B"), 4, SITE, "o/r")
    assert "<script" not in html
    assert html.count('class="mark flaky"') == 1
    assert "#1: failure, i1 (flaky)" in html
    assert html.count('<td class="lane">') == 3, "the others are empty"
    assert '<td class="lane top flaky"' in html
    assert f'<a href="{SITE}/o/r/pull/7">#7</a>' in html
    assert html.endswith("<td>\n")
    assert (count_lanes([row]), count_lanes([])) == (1, 0), "no room is kept for no bracket"


def test_what_people_know_of_a_red_build_is_its_look() -> None:
    looks = {
        Verdict.SUSPECTED: "warn",
        Verdict.CONFIRMED: "bad",
        Verdict.UNKNOWN: "bad",
        Verdict.OLD: "bad",
        Verdict.ENVIRONMENT: "machine",
        Verdict.FLAKY: "flaky",
    }
    for verdict, look in looks.items():
        incident = make_incident("i1", verdict=verdict)
        hour = datetime(2026, 3, 2, 11, tzinfo=UTC)
        red = GridRow(None, hour, (), (GridCell(((make_build(1), incident),)),))
        assert f'class="mark {look}"' in render_row(red, ["A"], 1, SITE, "o/r")
        odd = GridCell(((make_build(1, Result.EXCEPTION), incident),))
        row = render_row(GridRow(None, hour, (), (odd,)), ["A"], 1, SITE, "o/r")
        assert 'class="mark machine"' in row, "it is not what failed there"


def test_many_builds_of_one_cell_are_counted() -> None:
    cell = GridCell(tuple((make_build(number, None), None) for number in range(5)))
    html = render_row(GridRow(None, MOMENT, (), (cell,)), ["A"], 1, SITE, "o/r")
    assert html.count('class="mark running"') == 3
    assert "<small>+2</small>" in html
    assert "2026-03-02 11:00 UTC" in html
