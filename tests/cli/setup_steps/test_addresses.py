"""Our own address, cleaned of what was copied along; and what the master is told of it."""

from pathlib import Path

import pytest

from bot.cli.setup_steps.addresses import (
    ask_public_url,
    ask_push,
    check_public_url,
    describe_push,
    need_public_url,
)
from bot.core.errors import UserError
from tests.cli.setup_steps.talking import talk

URL = "https://host.example/nightswatch"


@pytest.mark.parametrize(
    "pasted", [URL, f"{URL}/", f"{URL}/github", f"{URL}/health", "host.example/nightswatch"]
)
def test_what_was_copied_along_is_left_out(pasted: str) -> None:
    assert check_public_url(pasted) == URL


@pytest.mark.parametrize(
    "wrong", ["", "ftp://host", "https://me:pw@host", "https://host:x", f"{URL}?a=b", "a b"]
)
def test_what_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(UserError):
        check_public_url(wrong)


@pytest.mark.parametrize(
    ("answer", "note"),
    [("http://localhost:8080", "GitHub reaches no address"), ("http://host.example", "sessions")],
)
def test_what_will_not_work_well_is_told(tmp_path: Path, answer: str, note: str) -> None:
    here = talk(tmp_path, answer)
    ask_public_url(here.prompts, here.answers)
    assert here.given == {"PUBLIC_URL": answer}
    assert note in here.shown


def test_to_look_only_none_is_needed_and_buildbot_pushes_nothing(tmp_path: Path) -> None:
    here = talk(tmp_path, "")
    ask_public_url(here.prompts, here.answers)
    assert ask_push(here.prompts, here.answers) is None
    assert here.given == {}


def test_who_needs_one_is_asked_once(tmp_path: Path) -> None:
    here = talk(tmp_path, "none", URL)
    ask_public_url(here.prompts, here.answers)
    assert need_public_url(here.prompts, here.answers) == URL
    assert need_public_url(here.prompts, here.answers) == URL


def test_the_master_gets_a_token_that_is_shown_nowhere(tmp_path: Path) -> None:
    here = talk(tmp_path, "secrets", "/srv/bb/secrets/", PUBLIC_URL=URL)
    folder = ask_push(here.prompts, here.answers)
    assert folder == "/srv/bb/secrets"
    token = here.given["BUILDBOT_WEBHOOK_TOKEN"]
    assert len(token) == 64
    lines = "\n".join(describe_push(URL, folder))
    assert token not in here.shown + lines
    assert f'serverUrl="{URL}/buildbot"' in lines
    assert 'SecretInAFile("/srv/bb/secrets")' in lines
    assert "into /srv/bb/secrets/nightswatch" in lines


def test_a_token_that_is_there_is_kept(tmp_path: Path) -> None:
    """The master has it already."""
    here = talk(tmp_path, "", PUBLIC_URL=URL, BUILDBOT_WEBHOOK_TOKEN="theirs")
    ask_push(here.prompts, here.answers)
    assert here.given == {}
