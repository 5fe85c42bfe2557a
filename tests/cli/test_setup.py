"""From nothing to a service that doctor finds well, by answering; stopped, it is gone on with."""

import asyncio
import html
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import aiohttp
import pytest
from yarl import URL

from bot.cli.setup_steps.env_file import load_env_file
from bot.core.model.build_results import Result
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from tests.cli.running import ROOT
from tests.cli.setup_steps.conftest import now
from tests.cli.test_try_buildbot import hear_interrupts
from tests.clients.hubs import REPO

PUBLIC = "https://host.example/nightswatch"


class Dialogue:
    """The command as a process; what it shows is read until something stands there."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.shown = ""
        self._heard = 0

    @classmethod
    async def begin(cls, folder: Path, github: FakeGitHub) -> Self:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "GITHUB_API_URL": github.url,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "setup"),
            cwd=folder,
            env=environ,
            preexec_fn=hear_interrupts,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return cls(process)

    async def hear(self, words: str) -> str:
        """Up to these words; what stood before them since the last call."""
        assert self.process.stdout is not None
        async with asyncio.timeout(120):
            while words not in self.shown[self._heard :]:
                data = await self.process.stdout.read(4096)
                assert data, f"it ended before {words!r}: {self.shown}"
                self.shown += data.decode()
        end = self.shown.index(words, self._heard) + len(words)
        told, self._heard = self.shown[self._heard : end], end
        return told

    async def answer(self, question: str, line: str) -> None:
        await self.hear(question)
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def end(self) -> tuple[int, str]:
        out, err = await self.process.communicate()
        self.shown += out.decode()
        return self.process.returncode or 0, err.decode()


@pytest.fixture
async def buildbot() -> AsyncIterator[FakeBuildbot]:
    server = FakeBuildbot(now)
    await server.start()
    server.add_builder("AMD64 Debian")
    await server.build("AMD64 Debian", "a" * 40, result=Result.SUCCESS)
    yield server
    await server.stop()


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    server = FakeGitHub(now)
    await server.start()
    server.create_repository(REPO)
    yield server
    await server.stop()


async def begin_with_buildbot(talk: Dialogue, buildbot: FakeBuildbot) -> None:
    await talk.answer("Your Buildbot", f"{buildbot.url}/#/builders")
    await talk.answer("Stable are those", "")
    await talk.answer("Repository on GitHub", "")
    await talk.answer("Address, such as", PUBLIC)


async def click_through(page: str) -> None:
    """What a person does in the browser: the button here, and the one on GitHub."""
    async with aiohttp.ClientSession() as session:
        answer = await session.get(page)
        for _ in range(2):
            text = await answer.text()
            action = html.unescape(re.findall(r'action="([^"]*)"', text)[0])
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
            form = {name: html.unescape(value) for name, value in fields.items()}
            answer = await session.post(answer.url.join(URL(action)), data=form)
        assert "The App is made" in await answer.text()


async def test_the_whole_with_an_app_that_is_made_on_the_way(
    tmp_path: Path, buildbot: FakeBuildbot, github: FakeGitHub
) -> None:
    talk = await Dialogue.begin(tmp_path, github)
    await begin_with_buildbot(talk, buildbot)
    await talk.answer("Number [1]: ", "1")
    await talk.answer("Number [1]: ", "1")
    shown = await talk.hear("in a browser")
    await talk.answer("Press Enter when it is made", "")
    await talk.hear("no: GitHub has not sent the browser back yet")
    await click_through(shown.split()[-4])
    await talk.answer("Press Enter when it is made", "")
    await talk.answer("Press Enter when it is installed", "")
    await talk.hear(f"no: it is not installed on {REPO} yet")
    await github.install()
    await talk.answer("Press Enter when it is installed", "")
    await talk.answer("Folder of secrets there", "")
    await talk.answer("Number [1]: ", "")
    await talk.answer("File [nightswatch.db]", "")
    await talk.answer("Write .env?", "")
    status, err = await talk.end()
    assert (status, err) == (0, ""), talk.shown

    (made,) = github.manifests.made
    assert made.owner == "octo-org"
    assert made.manifest["hook_attributes"]["url"] == f"{PUBLIC}/github"
    written = load_env_file(tmp_path / ".env")
    assert written["BUILDBOT_URL"] == buildbot.url
    assert (written["STABLE_TAG"], written["REPOSITORY"]) == ("stable", REPO)
    assert written["GITHUB_APP_ID"] == str(made.app_id)
    assert written["GITHUB_WEBHOOK_SECRET"] == made.secret
    assert Path(written["GITHUB_APP_PRIVATE_KEY"]).read_text() == made.key
    assert "POST_COMMENTS" not in written
    for path in (tmp_path / ".env", Path(written["GITHUB_APP_PRIVATE_KEY"])):
        assert path.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / ".env.draft").exists()
    assert f'serverUrl="{PUBLIC}/buildbot"' in talk.shown
    told = " ".join(talk.shown.split())
    assert "ok github we are the App nightswatch-octo-org[bot]" in told
    assert f"ok installation installed on {REPO}" in told
    for name in ("GITHUB_WEBHOOK_SECRET", "BUILDBOT_WEBHOOK_TOKEN", "GITHUB_APP_CLIENT_SECRET"):
        assert written[name] not in talk.shown


async def finish_with_token(talk: Dialogue, *confirmations: str) -> tuple[int, str]:
    await talk.answer("Number [", "3")
    await talk.answer("Token", "demo-token")
    await talk.answer("Folder of secrets there", "")
    await talk.answer("Number [1]: ", "")
    await talk.answer("File [", "")
    for line in confirmations:
        await talk.answer("(yes/no)", line)
    return await talk.end()


async def test_stopped_in_the_middle_nothing_is_half_written_and_the_next_run_goes_on(
    tmp_path: Path, buildbot: FakeBuildbot, github: FakeGitHub
) -> None:
    talk = await Dialogue.begin(tmp_path, github)
    await begin_with_buildbot(talk, buildbot)
    await talk.hear("Number [")
    talk.process.send_signal(signal.SIGINT)
    status, err = await talk.end()
    assert status == 130
    assert err.strip() == (
        "nightswatch: stopped; the answers so far are in .env.draft, and `nightswatch setup`"
        " goes on from there"
    )
    assert [path.name for path in tmp_path.iterdir()] == [".env.draft"]
    talk = await Dialogue.begin(tmp_path, github)
    await talk.answer(f"of it [{buildbot.url}]: ", "")
    await talk.answer("[stable]: ", "")
    await talk.answer(f"[{REPO}]: ", "")
    await talk.answer(f"[{PUBLIC}]: ", "")
    status, err = await finish_with_token(talk, "yes")
    assert err == ""
    assert load_env_file(tmp_path / ".env")["PUBLIC_URL"] == PUBLIC
    assert "Going on with the answers of an earlier run" in talk.shown
    assert "demo-token" not in talk.shown


async def test_what_is_there_is_kept_unless_somebody_says_otherwise(
    tmp_path: Path, buildbot: FakeBuildbot, github: FakeGitHub
) -> None:
    before = "# ours\nBUILDBOT_URL=http://old.example\nGITHUB_TOKEN=old-token\nPORT=9000\n"
    (tmp_path / ".env").write_text(before)
    talk = await Dialogue.begin(tmp_path, github)
    await begin_with_buildbot(talk, buildbot)
    await finish_with_token(talk, "yes", "no", "yes")
    text = (tmp_path / ".env").read_text()
    assert text.startswith(f"# ours\nBUILDBOT_URL={buildbot.url}\nGITHUB_TOKEN=old-token\nPORT=")
    assert "BUILDBOT_URL is http://old.example in .env: put " in talk.shown
    assert "GITHUB_TOKEN is (another secret) in .env: put (secret) instead?" in talk.shown
    assert "old-token" not in talk.shown


async def test_not_wanted_after_all_nothing_is_written(
    tmp_path: Path, buildbot: FakeBuildbot, github: FakeGitHub
) -> None:
    talk = await Dialogue.begin(tmp_path, github)
    await begin_with_buildbot(talk, buildbot)
    status, _ = await finish_with_token(talk, "no")
    assert status == 0
    assert [path.name for path in tmp_path.iterdir()] == [".env.draft"]


async def test_where_the_input_ends_it_says_at_which_question(
    tmp_path: Path, buildbot: FakeBuildbot, github: FakeGitHub
) -> None:
    talk = await Dialogue.begin(tmp_path, github)
    await talk.answer("Your Buildbot", buildbot.url)
    await talk.hear("Stable are those")
    assert talk.process.stdin is not None
    talk.process.stdin.close()
    status, err = await talk.end()
    assert status == 2
    assert err.startswith("nightswatch: the input ends before an answer to 'Stable are those")
    assert err.count("\n") == 1


async def test_a_wrong_answer_in_a_pipe_ends_it_before_a_secret_is_taken_for_another(
    tmp_path: Path, github: FakeGitHub
) -> None:
    talk = await Dialogue.begin(tmp_path, github)
    assert talk.process.stdin is not None
    talk.process.stdin.write(b"no address\nghp_secret\n")
    status, err = await talk.end()
    assert status == 2
    assert err.startswith("nightswatch: the answer to 'Your Buildbot")
    assert "ghp_secret" not in talk.shown + err
