"""The pages in a real browser: live, by keyboard, on a phone, in the dark, and without scripts."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # no types
from playwright.async_api import BrowserContext, Page, async_playwright

from bot.web.html import NAVIGATION
from tests.e2e.test_pages import load_screenshots
from tests.support.farm import Farm

pytestmark = pytest.mark.e2e

HOSTILE = '<img src=x onerror="document.title=1">&"\'`{{7*7}} ' + "w" * 120
SLOW, FAST = "ARM64 Debian", "AMD64 <b>Fedora</b> with a name that is far longer than any phone"


@asynccontextmanager
async def open_browser(farm: Farm, **context: Any) -> AsyncIterator[Page]:
    """A page of a browser; what a script of ours throws, or the policy stops, fails the test."""
    path = load_screenshots().find_browser()
    if path is None:
        words = "no Chromium here: `apt-get install chromium` for this test"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        opened: BrowserContext = await browser.new_context(base_url=farm.url, **context)
        page, wrong = await opened.new_page(), list[str]()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.extend([said.text] * (said.type == "error")))
        try:
            yield page
        finally:
            await browser.close()
        assert wrong == []


async def wait_until(farm: Farm, is_so: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Let the service's clock run until the page shows it."""
    for _ in range(int(seconds / 0.02)):
        if await is_so():
            return
        for _ in range(10):
            await farm.tick()
    raise AssertionError("the page never showed it")


async def set_up(farm: Farm, title: str = "Speed it up") -> list[str]:
    """A batch of three breaks the slow builder; the fast one saw the first of them pass."""
    farm.buildbot.add_builder(SLOW, tags=("stable", "tier-1"))
    farm.buildbot.add_builder(FAST, tags=("stable", "tier-2", "nogil"))
    base = await farm.merge(100, title)
    for builder in (SLOW, FAST):
        await farm.green(builder, at=base)
    shas = [base, *[await farm.merge(101 + n, f"{title} {n}") for n in range(3)]]
    await farm.green(FAST, at=shas[1])
    return shas


async def find_icon(page: Page) -> str:
    return str(await page.get_attribute('link[rel="icon"]', "href"))


async def test_an_open_page_goes_red_by_itself_and_shows_the_range(farm: Farm) -> None:
    shas = await set_up(farm)
    async with open_browser(farm) as page:
        await page.goto("/")
        assert "favicon.svg" in await find_icon(page)
        assert await page.get_by_role("heading", name="0 open incidents").count() == 1
        await page.get_by_text("2 stable builders green").first.click()
        await farm.red(SLOW, at=shas[3], failing=["test_ssl"])

        async def is_red() -> bool:
            return "favicon-red.svg" in await find_icon(page)

        await wait_until(farm, is_red)
        assert await page.get_by_role("heading", name="1 open incident").count() == 1
        await page.goto("/grid")
        assert await page.locator(".mark.bad").count() > 1, "one of them in the legend"
        pieces = page.locator("tbody tr .lane:is(.top, .middle, .bottom, .only)")
        assert await pieces.count() == 3, "all that landed since it was green"
        width = await pieces.first.evaluate(
            "cell => getComputedStyle(cell, '::before').borderLeftWidth"
        )
        assert width == "3px"
        # The grid renews itself, too.
        before = await page.locator("tbody a.mark").count()
        await farm.red(FAST, at=shas[2], failing=["test_ssl"])

        async def has_more() -> bool:
            return await page.locator("tbody a.mark").count() > before

        await wait_until(farm, has_more)


async def test_the_grid_goes_by_address_and_by_keyboard(farm: Farm) -> None:
    shas = await set_up(farm)
    for _ in range(2):
        await farm.red(SLOW, at=shas[3], failing=["test_ssl"])
    async with open_browser(farm) as page:
        await page.goto("/grid")
        await page.select_option('select[name="configuration"]', "free-threaded")
        await page.get_by_role("button", name="Show").click()
        await page.wait_for_url("**/grid?**configuration=free-threaded**")
        assert await page.locator("thead th[title]").count() == 1
        address = page.url
        await page.goto("/")
        await page.goto(address)
        assert await page.locator("thead th[title]").get_attribute("title") == FAST
        await page.goto("/grid")
        await page.keyboard.press("f")
        focused = page.locator("a.mark:focus")
        assert f"{SLOW} #3: failure" in str(await focused.get_attribute("title"))
        for key, builder in (("ArrowDown", SLOW), ("ArrowLeft", FAST), ("ArrowRight", SLOW)):
            await page.keyboard.press(key)
            assert builder in str(await focused.get_attribute("title")), key
        await page.keyboard.press("/")
        await page.keyboard.type("fedora")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**q=fedora**")
        assert await page.locator("thead th[title]").count() == 1


async def list_pages(farm: Farm) -> list[str]:
    incident = await farm.only_incident()
    return [
        *(path for _, path in NAVIGATION if not path.startswith("/api") and path != "/health"),
        "/grid?by=time",
        "/grid?q=nothing&tier=odd",
        f"/incidents/{incident['id']}",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_fits_a_phone_and_can_be_read_by_all(farm: Farm, scheme: str) -> None:
    """No serious finding of axe, hostile names everywhere, nothing to scroll sideways at 360."""
    shas = await set_up(farm, HOSTILE)
    for _ in range(2):
        await farm.red(SLOW, at=shas[3], failing=["test_ssl"], message=HOSTILE)
    await farm.say(103, f"@nightswatch status {HOSTILE}", by="mallory")
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    async with open_browser(farm, **phone) as page:
        for path in await list_pages(farm):
            await page.goto(path)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path
            assert await page.title() != "1", path
            assert await page.locator("img").count() == 0, path
            found = await Axe().run(page)
            serious = [
                (v["id"], [node["target"] for node in v["nodes"]][:3])
                for v in found.response["violations"]
                if v["impact"] in {"serious", "critical"}
            ]
            assert serious == [], path


async def test_everything_is_there_without_scripts(farm: Farm) -> None:
    shas = await set_up(farm)
    for _ in range(2):
        await farm.red(SLOW, at=shas[3], failing=["test_ssl"])
    async with open_browser(farm, java_script_enabled=False) as page:
        await page.goto("/")
        assert await page.get_by_role("heading", name="1 open incident").count() == 1
        assert "UTC" in str(await page.locator("time").first.get_attribute("title"))
        assert await page.locator("time").first.inner_text() != ""
        await page.goto("/grid")
        await page.get_by_role("searchbox").fill("fedora")
        await page.get_by_role("button", name="Show").click()
        assert "q=fedora" in page.url
