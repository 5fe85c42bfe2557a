"""The report as a file in a real browser: on a phone and on a desk, with a hostile log in it."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # no types
from playwright.async_api import async_playwright

from bot.core.reports.documents import render_html_document
from bot.core.reports.week_sections import make_week_document
from bot.core.reports.weekly import make_week_report
from tests.core.fleet.test_release import NOW
from tests.core.reports.weeks import NASTY, make_week
from tests.e2e.test_pages import load_screenshots

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("width", [390, 1000])
async def test_a_report_that_was_mailed_is_whole_by_itself(width: int, tmp_path: Path) -> None:
    path = load_screenshots().find_browser()
    if path is None:
        words = "no Chromium here: `apt-get install chromium` for this test"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
    report = make_week_report(make_week(f"{NASTY} {'w' * 150}"), NOW)
    page_file = tmp_path / "week.html"
    page_file.write_text(render_html_document(make_week_document(report)))
    asked: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = await browser.new_page(viewport={"width": width, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(dialog.message))
        await page.goto(page_file.as_uri())
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.locator("svg").count() == 3
        for picture in await page.locator("svg").all():
            box = await picture.bounding_box()
            assert box is not None
            assert box["height"] > 15, "it is drawn"
        found = await Axe().run(page)
        assert found.response["violations"] == []
        await browser.close()
    assert asked == [page_file.as_uri()], "it loads nothing, and nothing ran"
