"""A real browser logs in: GitHub sends it back from another site, and the session holds."""

import asyncio
import os
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest

from bot.core.model import Repository
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port
from bot.store import open_store
from tests.e2e.test_pages import load_screenshots
from tests.support.clock import FakeClock


def _now() -> datetime:
    return datetime.now(UTC)


def _browse(browser: str, profile: Path, url: str) -> str:
    """The page that a headless browser ends on, as it has it.

    A page that hears of changes keeps the browser up after it was told.
    """
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={profile}", "--dump-dom", url]
    told = []
    with subprocess.Popen(command, stdout=PIPE, stderr=DEVNULL, text=True) as process:
        assert process.stdout is not None
        end = threading.Timer(180, process.kill)
        end.start()
        for line in process.stdout:
            told.append(line)
            if "</html>" in line:
                break
        end.cancel()
        process.kill()
    assert told, "the browser told nothing"
    return "".join(told)


@pytest.mark.parametrize(("login", "sees"), [("octocat", True), ("mallory", False)])
async def test_a_browser_comes_back_from_github_and_is_known(
    tmp_path: Path, login: str, sees: bool
) -> None:
    """`localhost` and `127.0.0.1` are two sites to it, as github.com and ours are."""
    browser = load_screenshots().find_browser()
    if browser is None:
        words = "no Chromium here: `apt-get install chromium` for this test"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
    buildbot, github = FakeBuildbot(_now), FakeGitHub(_now)
    await buildbot.start()
    await github.start()
    vault = github.create_repository("octo-org/vault")
    vault.private, vault.roles["octocat"], github.logins.visitor = True, "read", login
    port, database = find_free_port(), f"sqlite+aiosqlite:///{tmp_path}/nightswatch.db"
    store = await open_store(database, FakeClock())
    await store.facts.save_repository(Repository(vault.repo_id, vault.full_name, private=True))
    await store.close()
    settings = {
        "BUILDBOT_URL": buildbot.url,
        "DATABASE_URL": database,
        "DASHBOARD": "github",
        "GITHUB_API_URL": github.url.replace("127.0.0.1", "localhost"),
        "GITHUB_APP_CLIENT_ID": github.logins.client_id,
        "GITHUB_APP_CLIENT_SECRET": github.logins.client_secret,
        "GITHUB_TOKEN": "demo-token",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    service = ServiceProcess(tmp_path, settings, port)
    try:
        await service.start()
        shut = await asyncio.to_thread(_browse, browser, tmp_path / "first", service.url)
        assert "This page is shown after a login" in shut
        page = await asyncio.to_thread(
            _browse, browser, tmp_path / "profile", f"{service.url}/login"
        )
        assert "Log out" in page
        assert f">{login}</span>" in page
        assert ("are private, and not shown to you" in page) is not sees
        assert github.count("end-token") == 1
    finally:
        await service.stop()
        await github.stop()
        await buildbot.stop()
