"""An App with one click, one that is there, or a token: each tried on the repository at once."""

import asyncio
from pathlib import Path

import pytest

from bot.cli.setup_steps.github import ask_github, check_id, check_key
from bot.core.errors import UserError
from bot.fakes.github.auth import make_app_key
from bot.fakes.github.server import FakeGitHub
from tests.cli.setup_steps.talking import Talk, talk
from tests.clients.hubs import APP_KEY, REPO

URL = "https://host.example/nightswatch"


async def ask(here: Talk) -> None:
    await asyncio.to_thread(ask_github, here.prompts, here.answers)


async def test_a_token_is_tried_and_the_webhook_told_step_by_step(
    tmp_path: Path, github: FakeGitHub
) -> None:
    environ = {"GITHUB_API_URL": github.url, "REPOSITORY": REPO, "PUBLIC_URL": URL}
    here = talk(tmp_path, "3", "", "somebody-elses", "demo-token", **environ)
    await ask(here)
    assert here.given["GITHUB_TOKEN"] == "demo-token"
    secret = here.given["GITHUB_WEBHOOK_SECRET"]
    assert "no: GitHub tells of commits and pulls with a token only" in here.shown
    assert "no: GitHub does not accept our credentials" in here.shown
    for told in (
        f"{github.url}/{REPO}/settings/hooks/new",
        f"Payload URL   {URL}/github",
        "Content type  application/json",
        "Issue comments, Pull requests, Pushes",
    ):
        assert told in here.shown
    assert "demo-token" not in here.shown
    assert secret not in here.shown


async def test_without_our_address_there_is_no_webhook(tmp_path: Path, github: FakeGitHub) -> None:
    here = talk(tmp_path, "3", "demo-token", GITHUB_API_URL=github.url, REPOSITORY=REPO)
    await ask(here)
    assert here.given == {"GITHUB_TOKEN": "demo-token", "GITHUB_API_URL": github.url}
    assert "merges are seen late" in here.shown


async def test_an_app_with_the_key_of_another_is_asked_for_again(
    tmp_path: Path, github: FakeGitHub
) -> None:
    for name, pem in (("ours.pem", APP_KEY), ("other.pem", make_app_key())):
        (tmp_path / name).write_text(pem)
    ours, other = str(tmp_path / "ours.pem"), str(tmp_path / "other.pem")
    environ = {"GITHUB_API_URL": github.url, "REPOSITORY": REPO, "GITHUB_TOKEN": "demo-token"}
    here = talk(tmp_path, "2", "1", other, "1", ours, "s3cret", "", **environ)
    await ask(here)
    assert "no: GitHub does not accept our credentials: is it the key of App 1?" in here.shown
    assert f"installed on {REPO}" in here.shown
    assert here.given == {
        "GITHUB_API_URL": github.url,
        "GITHUB_APP_ID": "1",
        "GITHUB_APP_PRIVATE_KEY": ours,
        "GITHUB_WEBHOOK_SECRET": "s3cret",
    }
    assert here.answers.find("GITHUB_TOKEN") is None, "the App takes its place"


async def test_an_app_that_is_not_installed_is_waited_for_or_left_for_later(
    tmp_path: Path, github: FakeGitHub
) -> None:
    github.repository().installed = False
    key = tmp_path / "ours.pem"
    key.write_text(APP_KEY)
    environ = {"GITHUB_API_URL": github.url, "REPOSITORY": REPO}
    here = talk(tmp_path, "2", "1", str(key), "", "", "later", **environ)
    await ask(here)
    assert f"{github.url}/apps/nightswatch/installations/new" in here.shown
    assert f"no: it is not installed on {REPO} yet" in here.shown


@pytest.mark.parametrize("text", ["", "Iv1.abc", "nightswatch", "-1"])
def test_an_id_is_a_number(text: str) -> None:
    with pytest.raises(UserError, match="it is a number"):
        check_id(text)


def test_a_key_is_a_file_with_a_key(tmp_path: Path) -> None:
    (tmp_path / "public.pem").write_text("-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----")
    for text in ("", str(tmp_path / "none.pem"), str(tmp_path / "public.pem")):
        with pytest.raises(UserError):
            check_key(text)


async def test_without_a_way_to_github_a_token_may_be_kept_untried(tmp_path: Path) -> None:
    """The service may well run elsewhere than where it is set up."""
    away = {"GITHUB_API_URL": "http://127.0.0.1:1", "REPOSITORY": REPO}
    here = talk(tmp_path, "3", "some-token", "no", "some-token", "yes", **away)
    await ask(here)
    assert here.given["GITHUB_TOKEN"] == "some-token"
    assert "GitHub does not answer" in here.shown
    assert f"it shows {REPO}" not in here.shown
