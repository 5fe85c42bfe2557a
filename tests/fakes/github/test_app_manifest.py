"""The small GitHub makes Apps of manifests as GitHub does: a page, a click, a code for once."""

import json
import re
from datetime import timedelta

import aiohttp
import pytest
from yarl import URL

from bot.core.payloads.app_manifest import make_manifest
from bot.fakes.github.server import FakeGitHub
from tests.clients.hubs import REPO
from tests.clients.serving import SwiftClock

MANIFEST = make_manifest("watch", "https://host.example", "http://127.0.0.1:1/created")


async def click(github: FakeGitHub, manifest: object, name: str = "watch") -> URL | int:
    """Where the browser is sent, or the status of a refusal."""
    async with aiohttp.ClientSession() as session:
        form = {"manifest": json.dumps(manifest)}
        page = await session.post(
            f"{github.url}/organizations/o/settings/apps/new?state=s", data=form
        )
        if page.status != 200:
            return page.status
        token = re.findall(r'name="token" value="(\w+)"', await page.text())[0]
        made = await session.post(
            f"{github.url}/settings/apps/manifest",
            data={"name": name, "token": token},
            allow_redirects=False,
        )
        return URL(made.headers["Location"]) if made.status == 302 else made.status


async def convert(github: FakeGitHub, code: str) -> int:
    url = f"{github.url}/app-manifests/{code}/conversions"
    async with aiohttp.ClientSession() as session, session.post(url) as answer:
        return answer.status


async def test_a_code_is_good_once_and_the_app_is_installed_nowhere() -> None:
    clock = SwiftClock()
    github = FakeGitHub(clock.now)
    await github.start()
    try:
        github.create_repository(REPO)
        back = await click(github, MANIFEST)
        assert isinstance(back, URL)
        assert (back.path, back.query["state"]) == ("/created", "s")
        assert await convert(github, back.query["code"]) == 201
        assert await convert(github, back.query["code"]) == 404
        assert not github.repository().installed
        assert github.hook_url == "https://host.example/github"
        late = await click(github, MANIFEST)
        assert isinstance(late, URL)
        clock.offset += timedelta(hours=2)
        assert await convert(github, late.query["code"]) == 404
    finally:
        await github.stop()


@pytest.mark.parametrize("wrong", [{}, [], {**MANIFEST, "url": "x"}])
async def test_a_manifest_that_is_none_is_refused(wrong: object) -> None:
    github = FakeGitHub(SwiftClock().now)
    await github.start()
    try:
        assert await click(github, wrong) == 422
        github.manifests.taken_names.add("watch")
        assert await click(github, MANIFEST) == 422
    finally:
        await github.stop()
