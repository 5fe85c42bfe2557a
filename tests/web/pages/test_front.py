"""One glance: is it healthy, who is on it, what was said, what is awaited."""

import re

from tests.support.farm import Farm

HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}"


def find_text(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def break_it(farm: Farm, title: str = "Speed it up") -> None:
    builder = "AMD64 Debian"
    farm.buildbot.add_builder(builder, tags=("stable", "tier-1"))
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101, title)
    for _ in range(2):
        await farm.red(builder, at=broken)


async def test_an_empty_service_says_so(farm: Farm) -> None:
    text = find_text(await farm.get("/"))
    for words in (
        "live: comments are posted",
        "0 builders",
        "0 open incidents",
        "Nothing is broken that we know of.",
        "No build was read yet.",
        "No pull is concerned.",
        "Nobody told us anything.",
    ):
        assert words in text


async def test_a_broken_branch_is_told_with_its_suspect_and_what_was_said(farm: Farm) -> None:
    await break_it(farm)
    page = await farm.get("/")
    text = find_text(page)
    incident = await farm.only_incident()
    assert "1 open incident" in text
    assert "May we release? main no" in text
    assert "Builders of tier 1 or 2 keep failing." in text
    assert "2 red builds, since" in text
    assert "Speed it up" in text
    assert f'href="/incidents/{incident["id"]}"' in page
    (comment,) = farm.github.comments(101)
    assert f"/octo-org/demo/pull/101#issuecomment-{comment.comment_id}" in page
    assert "favicon-red.svg" in page


async def test_it_is_green_again_when_the_fix_landed(farm: Farm) -> None:
    await break_it(farm)
    await farm.green("AMD64 Debian", at=await farm.merge(102, "Mend it"))
    page = await farm.get("/")
    assert "0 open incidents" in find_text(page)
    assert "May we release? main yes" in find_text(page)
    assert "favicon-red.svg" not in page


async def test_a_title_that_is_hostile_is_only_shown(farm: Farm) -> None:
    await break_it(farm, HOSTILE)
    page = await farm.get("/")
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "{{7*7}}" in page
