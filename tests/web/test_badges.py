"""Badges: what they say, and that they say nothing to whom it is not for."""

from xml.etree import ElementTree

import aiohttp
import pytest

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.release import decide_release
from bot.core.model import BuildRef, Repository
from bot.core.model.build_results import Result
from bot.web.badges import Badge, draw_badge, find_badge
from bot.web.pages.overview import BranchCard
from tests.support.farm import Farm
from tests.support.make_stored import MOMENT

GREEN, RED = Result.SUCCESS, Result.FAILURE


def make_card(branch: str, **builders: tuple[str, tuple[Result, ...]]) -> BranchCard:
    records = [
        BuilderRecord(
            name,
            (tag,),
            True,
            tuple(
                RecentBuild(BuildRef("bb", n), n, "w", None, result, MOMENT, MOMENT, "")
                for n, result in enumerate(results)
            ),
        )
        for name, (tag, results) in builders.items()
    ]
    return BranchCard(Repository(1, "o/r"), decide_release(branch, records, (), MOMENT))


CARDS = [
    make_card("main", A=("tier-1", (GREEN,)), B=("tier-1", (RED, RED)), C=("tier-3", (RED,))),
    make_card("3.14", D=("tier-1", (GREEN,)), E=("tier-2", ())),
]

CASES: tuple[tuple[str, str, str | None, Badge | None], ...] = (
    ("branch", "main", None, Badge("main", "fails", "bad")),
    ("branch", "o/r@3.14", None, Badge("o/r@3.14", "may be released", "good")),
    ("branch", "3.2", None, None),
    ("tier", "1", None, Badge("tier 1", "1 of 3 failing", "bad")),
    ("tier", "1", "3.14", Badge("tier 1", "1 builder green", "good")),
    ("tier", "2", None, Badge("tier 2", "has not built for long", "neutral")),
    ("tier", "3", None, Badge("tier 3", "1 of 1 red once", "warn")),
    ("tier", "3", "3.14", None),
    ("tier", "None", None, None),
    ("builder", "B", None, Badge("B", "failing", "bad")),
    ("builder", "B", "3.14", None),
    ("builder", "Z", None, None),
)


@pytest.mark.parametrize(("kind", "name", "branch", "badge"), CASES)
def test_what_a_badge_says(kind: str, name: str, branch: str | None, badge: Badge | None) -> None:
    assert find_badge(kind, name, branch, CARDS) == badge


def test_a_hostile_name_is_text_and_a_long_one_is_cut() -> None:
    drawn = draw_badge(Badge('"><script>alert(1)</script>' + "x" * 500, "failing", "bad"))
    assert "<script" not in drawn
    root = ElementTree.fromstring(drawn)
    assert int(root.attrib["width"]) < 600


async def get(farm: Farm, name: str) -> tuple[int, str]:
    return await farm.get_status(f"/badges/{name}.svg"), await farm.get(f"/badges/{name}.svg")


async def find_readers(farm: Farm, **headers: str) -> str:
    """Which pages may hold the picture."""
    async with aiohttp.ClientSession(headers=headers) as session:
        answer = await session.get(f"{farm.url}/badges/branch/main.svg")
        return answer.headers["Cross-Origin-Resource-Policy"]


async def test_they_are_pictures_for_other_pages_and_tell_strangers_nothing(farm: Farm) -> None:
    await farm.break_builder()
    status, told = await get(farm, "builder/AMD64%20Debian")
    assert (status, "AMD64 Debian: failing" in told) == (200, True)
    assert "main: unknown" in (await get(farm, "branch/octo-org/demo@main"))[1]
    unknown = await get(farm, "builder/nobody")
    assert (unknown[0], "not known here" in unknown[1]) == (200, True), "no broken picture"
    assert await find_readers(farm) == "cross-origin"
    assert await find_readers(farm, Cookie="a=b") == "same-origin", "another page cannot measure it"
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto")
    await farm.wait(660)
    assert await get(farm, "builder/AMD64%20Debian") == unknown, "as if there was none"
