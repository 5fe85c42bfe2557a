"""Buildbot: where it is, which builders may accuse, which repository they build.

In: what somebody pastes. Out: BUILDBOT_URL with a login where it needs one, STABLE_TAG or
STABLE_PATTERN, REPOSITORY; each checked against the Buildbot itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

import aiohttp

from bot.app.setting_parsers import parse_pattern, parse_repository
from bot.app.wiring import SystemClock, make_stable_filter
from bot.cli.setup_steps.answers import Answers
from bot.cli.setup_steps.env_file import quote_value
from bot.cli.setup_steps.prompts import Prompts
from bot.clients.ci.buildbot.client import BuildbotClient
from bot.clients.ci.buildbot.find_address import FoundBuildbot, find_buildbot
from bot.clients.ci.buildbot.queries import fetch_builders, fetch_last_builds, fetch_site
from bot.core.errors import Refused, Unavailable, UserError
from bot.core.fleet.propose_stable import StableProposal, count_tags, propose_stable
from bot.core.model import Build, Builder
from bot.core.model.counts import name_some
from bot.web.words import count_words

T = TypeVar("T")

# The last day or two of a usual fleet.
_LAST_BUILDS = 200
_NAMED = 5  # builders in a line
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fleet:
    """What one Buildbot told of itself."""

    builders: tuple[Builder, ...]
    builds: tuple[Build, ...]
    version: str | None


def ask_buildbot(prompts: Prompts, answers: Answers) -> Fleet:
    """Find it under what is pasted, log in where it asks for that, and read what it has."""
    found = prompts.ask(
        "Your Buildbot: paste whatever the browser shows of it",
        lambda text: asyncio.run(_find(text)),
        default=answers.find("BUILDBOT_URL"),
    )
    prompts.say(f"  found at {found.url}")
    answers.put(BUILDBOT_URL=found.url)
    if found.is_private:
        prompts.say("  it asks who reads; an account that may read will do")
        fleet = _log_in(prompts, answers, found.url)
    else:
        fleet = asyncio.run(_read(found.url, None, None))
    version = f"Buildbot {fleet.version}" if fleet.version else "a Buildbot that tells no version"
    prompts.say(f"  {version}, {count_words(len(fleet.builders), 'builder')}")
    return fleet


async def _find(pasted: str) -> FoundBuildbot:
    if not pasted:
        raise UserError("nothing works without one")
    async with aiohttp.ClientSession() as session:
        return await find_buildbot(session, pasted)


def _log_in(prompts: Prompts, answers: Answers, url: str) -> Fleet:
    """The name and then the password: only both together can be tried."""
    while True:
        name = prompts.ask("Its user name", _need, default=answers.find("BUILDBOT_USERNAME"))
        known = answers.find("BUILDBOT_PASSWORD")
        password = prompts.ask("Its password", _need, default=known, secret=True)
        try:
            fleet = asyncio.run(_read(url, name, password))
        except (Refused, Unavailable, UserError) as error:
            prompts.refuse("Its password", str(error))
            continue
        answers.put(BUILDBOT_USERNAME=name, BUILDBOT_PASSWORD=password)
        return fleet


def _need(text: str) -> str:
    if not text:
        raise UserError("it is needed here")
    quote_value(text)
    return text


async def _read(url: str, username: str | None, password: str | None) -> Fleet:
    # Its login is a cookie, and a Buildbot may well be known by its address only.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        client = BuildbotClient(url, session, SystemClock(), username=username, password=password)
        site = await _or_none(lambda: fetch_site(client))
        builders = await fetch_builders(client)
        builds = await fetch_last_builds(client, _LAST_BUILDS)
    return Fleet(builders, builds, site.version if site else None)


async def _or_none(fetch: Callable[[], Awaitable[T]]) -> T | None:
    """Old masters have no such page."""
    try:
        return await fetch()
    except Refused:
        return None


# ---------------------------------------------------------------- who may accuse


def ask_stable(prompts: Prompts, answers: Answers, fleet: Fleet) -> None:
    """A tag, or a pattern between slashes; it has to name some builders of this very fleet."""
    tags = count_tags(fleet.builders)
    shown = ", ".join(f"{tag} ({count})" for tag, count in tags[:_SHOWN])
    prompts.say(f"Tags of its builders: {shown or 'none'}")
    proposal = propose_stable(fleet.builders, fleet.builds)
    prompts.say("Only builders that you call stable may accuse; all others are evidence.")
    tag, pattern = answers.find("STABLE_TAG"), answers.find("STABLE_PATTERN")
    if pattern is None and tag is None:
        tag, pattern = proposal.tag, proposal.pattern
        prompts.say(f"  {_show(tag, pattern)} is proposed: {proposal.why}")

    chosen = prompts.ask(
        "Stable are those with this tag, or whose whole name fits /pattern/",
        lambda text: check_stable(text, fleet),
        default=_show(tag, pattern),
    )
    names = _list_stable(chosen, fleet)
    of = count_words(len(fleet.builders), "builder")
    prompts.say(f"  {len(names)} of {of}: {name_some(names, _NAMED)}")
    answers.put(STABLE_TAG=chosen.tag, STABLE_PATTERN=chosen.pattern)


def check_stable(text: str, fleet: Fleet) -> StableProposal:
    """What somebody typed; raises where it names nobody, with what is nearest to it."""
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        chosen = StableProposal("", pattern=parse_pattern(text[1:-1]))
    else:
        chosen = StableProposal("", tag=text)
    quote_value(chosen.pattern or chosen.tag or "")
    if not fleet.builders or _list_stable(chosen, fleet):
        return chosen
    if chosen.pattern is not None:
        wider = StableProposal("", pattern=f".*({chosen.pattern}).*")
        inside = len(_list_stable(wider, fleet))
        hint = f"; it has to fit the whole name: /{wider.pattern}/ fits {inside}" if inside else ""
        raise UserError(f"no name fits it{hint}")
    known = {tag.lower(): tag for tag, _ in count_tags(fleet.builders)}
    near = get_close_matches(text.lower(), known, n=1)
    raise UserError("no builder has that tag" + (f": {known[near[0]]}?" if near else ""))


def _list_stable(chosen: StableProposal, fleet: Fleet) -> list[str]:
    fits = make_stable_filter(chosen.tag or "", chosen.pattern)
    return [builder.name for builder in fleet.builders if fits(builder)]


def _show(tag: str | None, pattern: str | None) -> str | None:
    return tag if pattern is None else f"/{pattern}/"


# ---------------------------------------------------------------- what they build


def ask_repository(prompts: Prompts, answers: Answers, fleet: Fleet) -> None:
    """The repository on GitHub; proposed is the one that most of the last builds built."""
    named = Counter(build.repository for build in fleet.builds if build.repository)
    likely = next((name for name, _ in named.most_common(1)), None)
    told = f"its last builds are of {likely}" if likely else "its last builds name none on GitHub"
    prompts.say(f"  {told}")
    name = prompts.ask(
        "Repository on GitHub, as owner/name",
        check_repository,
        default=answers.find("REPOSITORY") or likely,
    )
    answers.put(REPOSITORY=name)


def check_repository(text: str) -> str:
    """`owner/name`, also out of an address of it."""
    path = text.partition("://")[2].partition("/")[2] if "://" in text else text
    path = path.removeprefix("git@github.com:").removesuffix(".git")
    return parse_repository("/".join(path.split("/")[:2]))
