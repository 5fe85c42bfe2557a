"""The pages of one thing in a real browser, and the grid of a large fleet."""

from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # no types
from playwright.async_api import Page

from bench.big_fleet import NOON, Size, fill
from tests.e2e.test_dashboard import HOSTILE, SLOW, open_browser, set_up, wait_until
from tests.support.farm import Farm

pytestmark = pytest.mark.e2e

TEST = "test.test_ssl.BasicTests.test_basic"
ONE_BRANCH = Size(builders=200, branches=1, days=30, builds=40_000, commits=500, incidents=60)


async def break_it(farm: Farm) -> str:
    """Hostile words everywhere; one builder broke and was mended. The id of its incident."""
    shas = await set_up(farm, HOSTILE)
    for _ in range(2):
        await farm.red(SLOW, at=shas[3], failing=["test_ssl"], message=HOSTILE)
    return str((await farm.only_incident())["id"])


async def list_details(farm: Farm) -> list[str]:
    incident = await break_it(farm)
    worker = (await farm.get("/api/v1/workers"))["workers"][0]["name"]
    red = (await farm.get(f"/api/v1/builders/{quote(SLOW)}"))["builds"][0]
    pull = (await farm.only_incident())["suspects"][0]["pr"]
    return [
        f"/incidents/{incident}",
        f"/incidents/{incident}?at=2001-01-01",
        f"/builds/buildbot/{red['buildid']}",
        "/builds/buildbot/1",
        f"/pulls/octo-org/demo/{pull}",
        f"/builders/{quote(SLOW)}",
        f"/workers/{quote(worker, safe='')}",
        f"/tests/{TEST}",
        "/incidents?state=open",
        f"/search?q={quote('ARM64')}",
        "/activity",
    ]


async def find_serious(page: Page) -> list[Any]:
    """What axe calls serious, and where."""
    found = await Axe().run(page)
    return [
        (violation["id"], [node["target"] for node in violation["nodes"]][:3])
        for violation in found.response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_of_one_thing_fit_a_phone_and_can_be_read_by_all(
    farm: Farm, scheme: str
) -> None:
    paths = await list_details(farm)
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    async with open_browser(farm, **phone) as page:
        for path in paths:
            answer = await page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
            assert await page.title() != "1", path
            assert await page.locator("img").count() == 0, path
            assert await find_serious(page) == [], path


async def test_one_finds_from_the_front_page_to_a_build_and_back(farm: Farm) -> None:
    """As a watcher does at night: incident, failing build, its test, its builder."""
    incident = await break_it(farm)
    async with open_browser(farm) as page:
        await page.goto("/")
        await page.get_by_role("link", name=incident).first.click()
        await page.wait_for_url(f"**/incidents/{incident}")
        await page.get_by_role("link", name="The build").first.click()
        await page.wait_for_url("**/builds/buildbot/*")
        assert "failure" in await page.locator(".pill").first.inner_text()
        await page.get_by_role("link", name=TEST).click()
        await page.wait_for_url("**/tests/**")
        await page.get_by_role("link", name=SLOW).first.click()
        await page.wait_for_url("**/builders/**")
        assert await page.get_by_role("heading", name=SLOW).count() == 1


async def test_pages_of_one_thing_are_read_without_scripts(farm: Farm) -> None:
    paths = await list_details(farm)
    async with open_browser(farm, java_script_enabled=False) as page:
        for path in paths:
            await page.goto(path)
            assert await page.locator("h1").inner_text() != "", path
            assert await page.locator("main").inner_text() != "", path


async def test_keys_still_work_after_a_page_renewed_itself(farm: Farm) -> None:
    """Whoever stands on a build stands there still, and goes on from it."""
    shas = await set_up(farm)
    await farm.red(SLOW, at=shas[3], failing=["test_ssl"])
    async with open_browser(farm) as page:
        await page.goto("/grid")
        await page.keyboard.press("f")
        focused = page.locator("a.mark:focus")
        before = await focused.get_attribute("href")
        builds = await page.locator("tbody a.mark").count()
        await farm.red(SLOW, at=shas[2], failing=["test_ssl"])

        async def is_renewed() -> bool:
            return await page.locator("tbody a.mark").count() > builds

        await wait_until(farm, is_renewed)
        assert await focused.get_attribute("href") == before
        await page.keyboard.press("ArrowDown")
        assert await focused.get_attribute("href") != before
        assert f"{SLOW} #3: " in str(await focused.get_attribute("title"))


_SCROLL = """async () => {
  const grid = document.querySelector(".grid");
  const frames = [];
  let last = performance.now();
  for (let step = 0; step < 60; step += 1) {
    grid.scrollTop += 150;
    grid.scrollLeft += 60;
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return frames.sort((a, b) => a - b);
}"""


async def test_two_hundred_builders_and_five_hundred_commits_stay_smooth(farm: Farm) -> None:
    """Measured on two calm cores: see docs/scale.md; here a busy CI may take ten times that."""
    await fill(farm.store, ONE_BRANCH, NOON)
    async with open_browser(farm, viewport={"width": 1400, "height": 900}) as page:
        await page.goto("/grid?branch=octo-org/large@main&rows=500")
        assert await page.locator("tbody tr").count() == 500
        assert await page.locator(".chunk").first.locator("thead th[title]").count() == 200
        marks = await page.locator("tbody a.mark").count()
        assert marks > 20_000
        frames = await page.evaluate(_SCROLL)
        middle, worst = frames[len(frames) // 2], frames[-1]
        loaded = await page.evaluate(
            "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
        )
        print(f"{marks} marks, usable after {loaded:.0f} ms, a frame {middle:.0f}, {worst:.0f} ms")
        assert middle < 250
        await page.keyboard.press("f")
        focused = page.locator("a.mark:focus")
        first = await focused.get_attribute("title")
        await page.keyboard.press("f")
        assert await focused.get_attribute("title") != first
