"""Take pictures of every page of a running service, on a desktop and, in the dark, on a phone.

    nightswatch demo                                            # in one window
    python docs/page_screenshots.py docs/pages http://127.0.0.1:PORT   # in another

In: the address of a service whose pages need no login. Out: a PNG for each page, cut where it gets
long, with few colours, so that a repository can hold them.
"""

import asyncio
import io
import json
import re
import sys
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.async_api import Browser, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.web.html import NAVIGATION
from docs.screenshots import find_browser

DESKTOP, PHONE = (1200, 800), (360, 740)
LONGEST = 1500  # pixels
COLOURS = 200

ON_A_PHONE = ("/", "/grid")


def list_pages(url: str) -> dict[str, str]:
    """The addresses of the pages by the names of their pictures."""
    pages = {re.sub(r"\W+", "-", words.lower()): path for words, path in NAVIGATION}
    pages["grid-by-time"] = "/grid?by=time"
    with urlopen(f"{url}/api/v1/incidents", timeout=30) as answer:  # noqa: S310 - as it was given
        known = json.load(answer)["incidents"]
    if known:
        pages["incident"] = f"/incidents/{known[0]['id']}"
    return pages


async def take_picture(
    browser: Browser, address: str, target: Path, size: tuple[int, int], scheme: str
) -> None:
    """One page, whole as far as it is not too long."""
    page = await browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    # A page that renews itself is never idle.
    await page.goto(address, wait_until="load")
    await page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(await page.screenshot(full_page=True)))
    await page.close()
    cut = picture.crop((0, 0, picture.width, min(picture.height, LONGEST)))
    cut.convert("RGB").quantize(COLOURS).save(target, optimize=True)
    print(target)


async def take_pictures(browser_path: str, pages: dict[str, str], folder: Path, url: str) -> None:
    """All of them."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for name, path in pages.items():
            await take_picture(browser, url + path, folder / f"{name}.png", DESKTOP, "light")
            if path in ON_A_PHONE:
                target = folder / f"{name}-phone.png"
                await take_picture(browser, url + path, target, PHONE, "dark")
        await browser.close()


def main(arguments: list[str]) -> int:
    """Take the pictures into a folder."""
    browser = find_browser()
    if browser is None or len(arguments) != 2:
        print("usage: page_screenshots.py FOLDER URL, with Chromium at hand", file=sys.stderr)
        return 2
    folder, url = Path(arguments[0]), arguments[1].rstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_pictures(browser, list_pages(url), folder, url))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
