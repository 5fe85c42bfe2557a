"""The page with one button: nobody but this machine's own browser gets an App out of it."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from bot.cli.setup_steps.manifest_page import ManifestPage
from bot.core.errors import Refused, UserError
from bot.core.payloads.app_manifest import CreatedApp

APP = CreatedApp(7, "watch", "https://github.example/apps/watch", "Iv1", "cs", "ws", "pem")
GITHUB = "https://github.example/settings/apps/new"


async def fetch(code: str) -> CreatedApp:
    if code != "good":
        raise Refused("GitHub knows no such code")
    return APP


@pytest.fixture
def page() -> Iterator[ManifestPage]:
    with ManifestPage(lambda back: {"name": "<b>", "redirect_url": back}, GITHUB, fetch) as page:
        yield page


async def get(url: str, **how: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, **how) as response:
        return response.status, await response.text()


async def read_state(page: ManifestPage) -> str:
    _, text = await get(page.url)
    found = re.search(r'action="([^"]*)"', text)
    assert found is not None
    address, _, state = html.unescape(found[1]).partition("?state=")
    assert address == GITHUB
    return state


async def test_the_form_holds_the_manifest_and_where_to_come_back(page: ManifestPage) -> None:
    _, text = await get(page.url)
    found = re.search(r'name="manifest" value="([^"]*)"', text)
    assert found is not None
    told = json.loads(html.unescape(found[1]))
    assert told == {"name": "<b>", "redirect_url": f"{page.url}/created"}


async def test_the_browser_comes_back_with_a_code_and_the_app_is_there(page: ManifestPage) -> None:
    state = await read_state(page)
    assert page.created is None
    _, text = await get(f"{page.url}/created?code=good&state={state}")
    assert "The App is made" in text
    assert page.created == APP
    _, text = await get(f"{page.url}/created?code=gone&state={state}")
    assert page.created == APP, "a reload spoils nothing"


@pytest.mark.parametrize("query", ["code=good", "code=good&state=x", "state=STATE", ""])
async def test_a_code_that_somebody_else_brought_is_not_taken(
    page: ManifestPage, query: str
) -> None:
    """A link in a mail would else make us the App of whoever sent it."""
    state = await read_state(page)
    _, text = await get(f"{page.url}/created?{query.replace('STATE', state)}")
    assert "It came to nothing" in text
    assert page.created is None
    assert page.problem is not None


async def test_a_code_that_is_no_good_can_be_followed_by_one_that_is(page: ManifestPage) -> None:
    state = await read_state(page)
    await get(f"{page.url}/created?code=old&state={state}")
    assert page.problem == "GitHub knows no such code"
    await get(f"{page.url}/created?code=good&state={state}")
    assert page.created == APP


async def test_a_name_of_somebody_else_that_leads_here_is_refused(page: ManifestPage) -> None:
    """Their page in the same browser could read the state otherwise."""
    status, text = await get(page.url, headers={"Host": f"evil.example:{page.port}"})
    assert status == 403
    assert "state" not in text


async def test_a_pasted_address_gives_its_code(page: ManifestPage) -> None:
    state = await read_state(page)
    assert page.find_code(f"http://localhost:9/created?code=c0de&state={state}") == "c0de"
    with pytest.raises(UserError, match="not the address"):
        page.find_code("c0de")


def test_where_no_page_can_be_served_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address of documentation is none of this machine's."""
    monkeypatch.setattr("bot.cli.setup_steps.manifest_page._HOST", "192.0.2.1")
    with (
        pytest.raises(UserError, match="no page can be served"),
        ManifestPage(lambda _: {}, GITHUB, fetch),
    ):
        pass
