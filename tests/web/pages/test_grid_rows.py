"""Pages of the grid: where each begins and ends, whatever an hour holds."""

import re
from datetime import UTC, datetime, timedelta

from bot.core.fleet.builder_record import RecentBuild
from bot.core.fleet.grid import BuiltBy
from bot.core.model import BuildRef, Repository
from bot.web.pages.grid_rows import find_cut, find_running, read_moment
from tests.core.fleet.test_current_work import make_work
from tests.support.farm import Farm
from tests.support.make_stored import MOMENT
from tests.web.pages.test_grid import parse_rows, set_up


def make_built(number: int, at: datetime) -> BuiltBy:
    build = RecentBuild(BuildRef("bb", number), number, "w", None, None, at, at, "")
    return BuiltBy("A", build)


def test_paging_by_time_comes_to_an_end_whatever_an_hour_holds() -> None:
    """A thousand builds of one hour used to lead back to themselves."""
    noon, minute = MOMENT.replace(hour=12), timedelta(minutes=1)
    calm = [make_built(n, noon - n * 30 * minute) for n in range(4)]
    assert find_cut(calm, noon + minute) == noon.replace(hour=11), "what was cut is the next page's"
    busy = [make_built(n, noon + (50 - n) * minute) for n in range(40)]
    cut = find_cut(busy, noon + 55 * minute)
    assert noon + 11 * minute < cut < noon + 12 * minute
    at_once = [make_built(n, noon) for n in range(3)]
    assert find_cut(at_once, noon + minute) == noon
    assert find_cut(at_once, noon + timedelta(microseconds=1)) == noon, "each page is an older one"


async def test_by_time_one_finds_back_to_newer_builds(farm: Farm) -> None:
    await set_up(farm)
    page = await farm.get("/grid?by=time&before=2001-01-01T00&q=AMD")
    (newer,) = re.findall(r'<a rel="prev" href="([^"]+)"', page)
    assert "before" not in newer, "few builds: it is the newest page"
    page = await farm.get(newer.replace("&amp;", "&"))
    assert sum(len(" ".join(row).split()) for row in parse_rows(page)) == 3
    assert 'rel="prev"' not in page


def test_a_place_is_an_hour_or_a_moment_and_what_is_none_is_noted() -> None:
    notes: list[str] = []
    assert read_moment({"before": "2026-01-31T15"}, notes) == datetime(2026, 1, 31, 15, tzinfo=UTC)
    exact = read_moment({"before": "2026-01-31T15:04:05.000006"}, notes)
    assert exact == datetime(2026, 1, 31, 15, 4, 5, 6, tzinfo=UTC)
    assert (read_moment({}, notes), notes) == (None, [])
    assert read_moment({"before": "noon"}, notes) is None
    assert "“noon” is passed over" in notes[0]


def test_a_build_that_runs_stands_on_its_own_branch() -> None:
    work, home = make_work(), Repository(1, "o/r", "main")
    assert [one.builder for one in find_running(work, home, "main")] == ["fast", "slow"]
    assert find_running(work, home, "3.14") == []
    assert find_running(None, home, "main") == []
