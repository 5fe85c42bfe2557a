"""Our own address, and what Buildbot is told of it: the lines of `master.cfg`.

In: answers. Out: PUBLIC_URL, BUILDBOT_WEBHOOK_TOKEN, and lines to be copied.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.app.setting_parsers import parse_url
from bot.cli.setup_steps.answers import Answers
from bot.cli.setup_steps.env_file import quote_value
from bot.cli.setup_steps.prompts import Prompts
from bot.core.errors import UserError
from bot.core.render.master_config import EXAMPLE_SECRETS, SECRET_NAME, render_master_config

_NONE = "none"
# What somebody copied along with it.
_DOORS = ("/github", "/buildbot", "/health", "/login/callback")
_HERE = ("localhost", "127.", "[::1]", "10.", "192.168.")


def ask_public_url(prompts: Prompts, answers: Answers) -> None:
    """Where people, GitHub and Buildbot reach us; to look only, there need be none."""
    prompts.say("Our own address, as people, GitHub and Buildbot reach it; a path may follow.")
    url = prompts.ask(
        "Address, such as https://host/nightswatch, or none",
        lambda text: None if text == _NONE else check_public_url(text),
        default=answers.find("PUBLIC_URL") or _NONE,
    )
    if url is not None:
        _warn(prompts, url)
    answers.put(PUBLIC_URL=url)


def need_public_url(prompts: Prompts, answers: Answers) -> str:
    """The address, asked for where there is none yet: GitHub sends an App's webhooks there."""
    known = answers.find("PUBLIC_URL")
    if known is None:
        words = "An App needs the address where GitHub sends to"
        known = prompts.ask(words, check_public_url)
        answers.put(PUBLIC_URL=known)
    return known


def check_public_url(text: str) -> str:
    """An address without a slash or one of our doors at its end; raises `UserError`."""
    address = text if "://" in text else f"https://{text}"
    try:
        url = parse_url(address)
        parts = urlsplit(url)
    except ValueError as error:
        raise UserError(f"it {error}") from error
    if parts.query or parts.fragment or " " in url:
        raise UserError("it ends with its path: no ?, # or blank")
    for door in _DOORS:
        url = url.removesuffix(door)
    quote_value(url)
    return url


def _warn(prompts: Prompts, url: str) -> None:
    parts = urlsplit(url)
    if parts.netloc.startswith(_HERE):
        prompts.say("  note: GitHub reaches no address of this machine or network")
    elif parts.scheme != "https":
        prompts.say("  note: without https others on the way can read sessions")


# ---------------------------------------------------------------- what Buildbot is told


def ask_push(prompts: Prompts, answers: Answers) -> str | None:
    """The folder of secrets on the master; None where Buildbot cannot reach us."""
    if answers.find("PUBLIC_URL") is None:
        return None
    if answers.find("BUILDBOT_WEBHOOK_TOKEN") is None:
        answers.put(BUILDBOT_WEBHOOK_TOKEN=secrets.token_hex(32))
    prompts.say("Buildbot pushes to us, with a token that lies in a file on the master.")
    return prompts.ask("Folder of secrets there", _check_folder, default=EXAMPLE_SECRETS)


def _check_folder(text: str) -> str:
    if not text.startswith("/"):
        raise UserError("it is a whole path, such as /etc/buildbot/secrets")
    return text.rstrip("/")


def describe_push(public_url: str, folder: str) -> Iterator[str]:
    """What to put where on the master."""
    token = f"{folder}/{SECRET_NAME}"
    yield f"On the master, put what stands at BUILDBOT_WEBHOOK_TOKEN in .env into {token}"
    yield "(mode 600), and these lines at the end of master.cfg; then reconfigure it:"
    yield ""
    yield from render_master_config(public_url, folder).splitlines()
