"""GitHub: an App that is made with one click, one that is there already, or a token.

In: answers. Out: GITHUB_APP_ID with its key, secret and client, or GITHUB_TOKEN; each tried on the
repository. What GitHub must be told by hand, is said with the addresses to fill in.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import aiohttp

from bot.app.setting_parsers import parse_private_key
from bot.app.wiring import SystemClock
from bot.cli.setup_steps.addresses import need_public_url
from bot.cli.setup_steps.answers import Answers
from bot.cli.setup_steps.env_file import quote_value
from bot.cli.setup_steps.manifest_page import ManifestPage
from bot.cli.setup_steps.prompts import Prompts
from bot.clients.github.api import Api, Unauthorized
from bot.clients.github.app_manifest import fetch_created_app
from bot.clients.github.logins import find_login_site
from bot.core.errors import Refused, Unavailable, UserError
from bot.core.payloads import parse_app_login
from bot.core.payloads.app_manifest import APP_NAME, EVENTS, CreatedApp, make_manifest

_API = "https://api.github.com"
_APP = (
    "GITHUB_APP_ID",
    "GITHUB_APP_PRIVATE_KEY",
    "GITHUB_APP_CLIENT_ID",
    "GITHUB_APP_CLIENT_SECRET",
)
_WAYS = (
    "make a GitHub App now (one click; comments, webhooks and logins need no more)",
    "a GitHub App that is there already",
    "a token (reads with its rights; webhooks are added by hand)",
)
# As GitHub's page names them, by the names that webhooks have.
_EVENT_NAMES = {
    "issue_comment": "Issue comments",
    "pull_request": "Pull requests",
    "push": "Pushes",
}


def ask_github(prompts: Prompts, answers: Answers) -> None:
    """How we are known there."""
    api_url = answers.find("GITHUB_API_URL")
    if api_url is not None:  # of the environment, maybe, which the service need not have
        answers.put(GITHUB_API_URL=api_url)
    by_token = answers.find("GITHUB_TOKEN") or answers.find("PUBLIC_URL") is None
    default = 2 if answers.find("GITHUB_APP_ID") else 3 if by_token else 1
    ways = (_make_app, _take_app, _take_token)
    ways[prompts.choose("How are we known to GitHub?", _WAYS, default) - 1](prompts, answers)


# ---------------------------------------------------------------- an App that is made


def _make_app(prompts: Prompts, answers: Answers) -> None:
    public_url = need_public_url(prompts, answers)
    owner = (answers.find("REPOSITORY") or "").partition("/")[0]
    api_url, site = _find_api(answers), find_login_site(_find_api(answers))
    whose = prompts.choose("Whose App?", (f"the organisation {owner}'s", "your own account's"))
    account = f"/organizations/{owner}" if whose == 1 else ""

    def describe(back: str) -> dict[str, object]:
        return make_manifest(f"{APP_NAME}-{owner}", public_url, back)

    page = ManifestPage(
        describe,
        f"{site}{account}/settings/apps/new",
        lambda code: fetch_created_app(api_url, code),
    )
    with page:
        prompts.say(f"Open {page.url}/ in a browser, and make the App there.")
        prompts.say(
            f"  (from another machine, first: ssh -L {page.port}:127.0.0.1:{page.port} HOST)"
        )

        def check(pasted: str) -> CreatedApp:
            if page.created is None and pasted:
                return asyncio.run(fetch_created_app(api_url, page.find_code(pasted)))
            if page.created is None:
                raise UserError(page.problem or "GitHub has not sent the browser back yet")
            return page.created

        words = "Press Enter when it is made, or paste where the browser ended"
        app = prompts.ask(words, check, waits=True)
    _keep_app(prompts, answers, app)
    _wait_for_installation(prompts, answers, f"{app.address}/installations/new")


def _keep_app(prompts: Prompts, answers: Answers, app: CreatedApp) -> None:
    """GitHub tells its secrets this once."""
    key = answers.put_key(app.private_key)
    answers.put(
        GITHUB_APP_ID=str(app.app_id),
        GITHUB_APP_PRIVATE_KEY=str(key),
        GITHUB_APP_CLIENT_ID=app.client_id,
        GITHUB_APP_CLIENT_SECRET=app.client_secret,
        GITHUB_WEBHOOK_SECRET=app.webhook_secret,
        GITHUB_TOKEN=None,
    )
    prompts.say(f"  App {app.slug}, number {app.app_id}; its private key is in {key}")


def _wait_for_installation(prompts: Prompts, answers: Answers, address: str) -> None:
    """Until GitHub says so, or somebody would rather do it later."""
    name = answers.find("REPOSITORY") or ""
    prompts.say(f"Install it on {name}: {address}")

    def check(text: str) -> bool:
        if text == "later":
            return False
        try:
            _ask_api(answers, f"/repos/{name}/installation")
        except Refused as refused:
            if refused.status != 404:
                raise
            raise UserError(f"it is not installed on {name} yet") from refused
        return True

    if prompts.ask("Press Enter when it is installed, or say later", check, waits=True):
        prompts.say(f"  installed on {name}")


# ---------------------------------------------------------------- an App that is there


def _take_app(prompts: Prompts, answers: Answers) -> None:
    """The id and the key: only both together can be tried."""
    while True:
        app_id = prompts.ask("App id", check_id, default=answers.find("GITHUB_APP_ID"))
        known = answers.find("GITHUB_APP_PRIVATE_KEY")
        shown = known if known and not known.startswith("-----") else None
        path = prompts.ask("Path of its private key", check_key, default=shown)
        answers.put(GITHUB_APP_ID=app_id, GITHUB_APP_PRIVATE_KEY=path, GITHUB_TOKEN=None)
        try:
            login = parse_app_login(_ask_api(answers, "/app"))
        except (Refused, Unavailable, UserError) as error:
            prompts.refuse("Path of its private key", f"{error}: is it the key of App {app_id}?")
        else:
            break
    prompts.say(f"  it is {login}")
    secret = prompts.ask(
        "Its webhook secret (nothing: none)",
        _check_text,
        default=answers.find("GITHUB_WEBHOOK_SECRET"),
        secret=True,
    )
    answers.put(GITHUB_WEBHOOK_SECRET=secret or None)
    site = find_login_site(_find_api(answers))
    address = f"{site}/apps/{login.removesuffix('[bot]')}/installations/new"
    _wait_for_installation(prompts, answers, address)


def check_id(text: str) -> str:
    """The number of an App."""
    if not text.isascii() or not text.isdigit():
        raise UserError("it is a number, on the App's page under About")
    return text


def check_key(text: str) -> str:
    """The path of a PEM, made absolute: the service may run in another folder."""
    path = str(Path(text).expanduser().absolute()) if text else ""
    quote_value(path)
    try:
        parse_private_key(path)
    except ValueError as error:
        raise UserError(f"{text} {error}") from error
    return path


# ---------------------------------------------------------------- a token


def _take_token(prompts: Prompts, answers: Answers) -> None:
    name = answers.find("REPOSITORY") or ""
    site = find_login_site(_find_api(answers))
    prompts.say(f"  Make one at {site}/settings/personal-access-tokens/new")
    prompts.say("  Without any right it reads public repositories; to comment, it needs the right")
    prompts.say("  to read and write pull requests.")

    def check(text: str) -> str:
        if not text:
            raise UserError("GitHub tells of commits and pulls with a token only")
        quote_value(text)
        try:
            _ask_api(answers, f"/repos/{name}", token=text)
        except Unauthorized:
            raise
        except Unavailable as away:  # behind a firewall, say, where the service will not run
            prompts.say(f"  {away}")
            if prompts.confirm("  Keep it untried?", default=False):
                return text
            raise
        prompts.say(f"  it shows {name}")
        return text

    known = answers.find("GITHUB_TOKEN")
    token = prompts.ask("Token", check, default=known, secret=True)
    answers.put(GITHUB_TOKEN=token, **dict.fromkeys(_APP))
    public_url = answers.find("PUBLIC_URL")
    if public_url is None:
        prompts.say("  Without our address GitHub tells us nothing at once; merges are seen late.")
        return
    if answers.find("GITHUB_WEBHOOK_SECRET") is None:
        answers.put(GITHUB_WEBHOOK_SECRET=secrets.token_hex(32))
    for line in describe_webhook(f"{site}/{name}", public_url):
        prompts.say(line)


def describe_webhook(repository_url: str, public_url: str) -> list[str]:
    """What to fill in on GitHub's page for a webhook of a repository."""
    events = ", ".join(_EVENT_NAMES[event] for event in EVENTS)
    return [
        f"Add the webhook at {repository_url}/settings/hooks/new :",
        f"  Payload URL   {public_url}/github",
        "  Content type  application/json",
        "  Secret        what will stand at GITHUB_WEBHOOK_SECRET in .env",
        f"  Events        Let me select individual events: {events}",
    ]


# ---------------------------------------------------------------- asking GitHub


def _find_api(answers: Answers) -> str:
    return (answers.find("GITHUB_API_URL") or _API).rstrip("/")


def _ask_api(answers: Answers, path: str, token: str | None = None) -> Any:
    """As the App that was answered, or with a token; raises `Refused` and `Unavailable`."""
    key = answers.find("GITHUB_APP_PRIVATE_KEY")
    pem = parse_private_key(key) if key and token is None else None

    async def ask() -> Any:
        async with aiohttp.ClientSession() as session:
            app_id = answers.find("GITHUB_APP_ID")
            clock, api_url = SystemClock(), _find_api(answers)
            api = Api(session, clock, api_url=api_url, app_id=app_id, private_key=pem)
            return await api.fetch(path, token)

    return asyncio.run(ask())


def _check_text(text: str) -> str:
    quote_value(text)
    return text
