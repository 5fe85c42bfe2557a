"""`PUBLIC_URL=https://host/nightswatch` behind the shipped examples: real nginx and real Caddy.

Every page is visited by the links of the others, with all that it loads, and an event is heard.
"""

import asyncio
import html
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import aiohttp
import pytest

from bot.fakes.service_process import find_free_port
from tests.e2e.test_dashboard import open_browser, wait_until
from tests.support.farm import Farm

DEPLOY = Path(__file__).parents[2] / "deploy"
PATH = "/nightswatch"
BUILDER = "AMD64 Debian / nogil"


def configure_nginx(folder: Path, port: int, upstream: str) -> list[str]:
    """The shipped file, but for ports, names and folders of this test."""
    own = "".join(
        f"  {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = (DEPLOY / "nginx.conf").read_text()
    for old, new in (
        ("events {}\nhttp {\n", f"events {{}}\nhttp {{\n  access_log off;\n{own}"),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("set $watch http://watch:8080;", f"set $watch {upstream};"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text)
    rules = f"daemon off; pid {folder}/pid; error_log stderr;"
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", rules]


def configure_caddy(folder: Path, port: int, upstream: str) -> list[str]:
    """The shipped file, but for its host, which has no certificate here."""
    text = (DEPLOY / "Caddyfile").read_text()
    assert text.count("host.example.org {") == 1
    text = text.replace("host.example.org {", f"http://127.0.0.1:{port} {{")
    assert text.count("127.0.0.1:8080") == 2
    text = text.replace("127.0.0.1:8080", upstream.removeprefix("http://"))
    assert text.count("grace_period 10s") == 1
    text = text.replace("grace_period 10s", "admin off\n\tgrace_period 1s")
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES: dict[str, Callable[[Path, int, str], list[str]]] = {
    "nginx": configure_nginx,
    "caddy": configure_caddy,
}


@asynccontextmanager
async def open_proxy(name: str, folder: Path, upstream: str) -> AsyncIterator[str]:
    """Its address, once it answers; without its program the test skips, but never where CI is."""
    if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None:
        words = f"no {name} here: `apt-get install {name}` for this test"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
    port = find_free_port()
    command = PROXIES[name](folder, port, upstream)
    home = {"PATH": f"{os.environ['PATH']}:/usr/sbin", "HOME": str(folder)}
    with (folder / "proxy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, env=home, stdout=log, stderr=log)
    try:
        await wait_for(port, process, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 60)


async def wait_for(port: int, process: asyncio.subprocess.Process, folder: Path) -> None:
    async with asyncio.timeout(60):
        while True:
            assert process.returncode is None, (folder / "proxy.log").read_text()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@pytest.fixture
async def below(farm: Farm) -> Farm:
    """A service that knows its path, with a build to show under a name with a slash."""
    await farm.stop_service()
    await farm.start_service(public_url=f"https://host.example{PATH}")
    builder = farm.builder(BUILDER)
    await farm.green(builder, at=await farm.merge(100))
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken)
    return farm


def find_links(page: str) -> set[str]:
    """What a browser would ask for, or lead to; forms that only read, too."""
    found = re.findall(r'\s(?:href|src|action)="([^"]*)"', page)
    return {html.unescape(address) for address in found}


async def crawl(site: str) -> dict[str, int]:
    """Each address below our path that the pages name, with its status."""
    seen: dict[str, int] = {}
    waiting = [f"{PATH}/"]
    async with aiohttp.ClientSession(headers={"Accept": "text/html"}) as session:
        while waiting:
            address = urldefrag(waiting.pop()).url
            if address in seen or ("?" in address and "/static/" not in address):
                continue
            assert address.startswith(f"{PATH}/"), address
            async with session.get(site + address, allow_redirects=False) as answer:
                seen[address] = answer.status
                if answer.content_type == "text/html":
                    links = find_links(await answer.text())
                    own = [one for one in links if not urlsplit(one).netloc]
                    waiting += [one for one in own if one.startswith("/")]
    return seen


@pytest.mark.parametrize("proxy", PROXIES)
async def test_all_pages_and_files_are_below_our_path_and_events_are_heard(
    proxy: str, below: Farm, tmp_path: Path
) -> None:
    folder = tmp_path / proxy
    folder.mkdir()
    async with open_proxy(proxy, folder, below.url) as site:
        seen = await crawl(site)
        assert set(seen.values()) == {200}, seen
        for address in ("/", "/grid", "/builders", "/activity", "/api/v1/pulls", "/health"):
            assert f"{PATH}{address}" in seen
        assert f"{PATH}/builders/AMD64%20Debian%20%2F%20nogil" in seen
        assert any("/static/live.js?v=" in address for address in seen)
        assert any("/static/style.css?v=" in address for address in seen)
        assert any(address.startswith(f"{PATH}/incidents/") for address in seen)
        await check_doors(site, below)
        await hear_a_change(site, below)


async def check_doors(site: str, farm: Farm) -> None:
    """What the proxy itself answers, and what it hands on."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{site}{PATH}", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (308, f"{PATH}/")
        for address in (f"{PATH}/metrics", "/metrics"):
            async with session.get(f"{site}{address}") as answer:
                assert answer.status == 404, address
        async with session.post(f"{site}{PATH}/buildbot", json={}) as answer:
            assert answer.status == 401, "our own door, which knows nobody without a token"
        async with session.get(f"{site}{PATH}/api/v1/incidents") as answer:
            (incident,) = (await answer.json())["incidents"]
            assert incident["url"].startswith(f"https://host.example{PATH}/incidents/")


async def hear_a_change(site: str, farm: Farm) -> None:
    """As `live.js` listens: beside its own address."""
    async with (
        asyncio.timeout(120),
        aiohttp.ClientSession() as session,
        session.get(f"{site}{PATH}/events") as stream,
    ):
        assert stream.content_type == "text/event-stream"
        await farm.green(BUILDER, at=await farm.merge(102))
        line = b"begin"
        while line and not line.startswith(b"event: changed"):
            line = await stream.content.readline()
            await farm.tick()
        assert line, "the stream ended"


async def test_a_page_in_a_real_browser_is_styled_and_renews_itself(
    below: Farm, tmp_path: Path
) -> None:
    """What a script throws, or the policy stops, fails the test."""
    async with open_proxy("nginx", tmp_path, below.url) as site, open_browser(below) as page:
        await page.goto(f"{site}{PATH}/")
        assert await page.evaluate("getComputedStyle(document.body).margin") == "0px"
        assert await page.get_by_role("link", name="Grid").get_attribute("href") == f"{PATH}/grid"
        before = await page.inner_text("main")
        await below.green(BUILDER, at=await below.merge(103))

        async def has_changed() -> bool:
            return await page.inner_text("main") != before

        await wait_until(below, has_changed, seconds=60)
        assert page.url == f"{site}{PATH}/"
