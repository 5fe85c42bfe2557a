"""`nightswatch demo`: the main job at work, on a small Buildbot and GitHub on loopback."""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.cli.demo_scenario import ASKER, CULPRIT, HIDDEN_CULPRIT, DemoScenario
from bot.core.patterns import linear
from bot.fakes.buildbot.server import FakeBuildbot
from bot.fakes.github.server import FakeGitHub
from bot.fakes.service_process import ServiceProcess, find_free_port

HELP = "Play a story on a small Buildbot and GitHub on loopback, and show the comment."

_TOKEN = "demo-token"  # noqa: S105 - opens nothing but this demo
_WAIT_SECONDS = 60
_LOOK_SECONDS = 0.5
_SWITCHED_ON = {
    "POST_COMMENTS": "1",
    "BUILDS_ON_REQUEST": "auto",
    "BUILDBOT_USERNAME": ASKER[0],
    "BUILDBOT_PASSWORD": ASKER[1],
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long it stays, and how fast it tells."""
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="seconds are multiplied by this (default 1)"
    )


def run(args: argparse.Namespace) -> int:
    """Play it; exit status 0 when the comment came out as told."""
    return asyncio.run(_play(args.once, args.pace))


async def _play(once: bool, pace: float) -> int:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nightswatch-")))
        screen = _Screen()
        buildbot, github = FakeBuildbot(_now), FakeGitHub(_now)
        for server in (buildbot, github):
            await server.start()
            stack.push_async_callback(server.stop)
        story = DemoScenario(buildbot, github, screen.tell, pace)
        await story.set_the_stage()
        port, settings = find_free_port(), _make_settings(buildbot, github)
        service = ServiceProcess(folder, settings, port)
        buildbot.push_url = f"{service.url}/buildbot"
        buildbot.push_headers = {"Authorization": f"Bearer {_TOKEN}"}
        github.hook_url = f"{service.url}/github"
        stack.push_async_callback(service.stop)
        await _play_first_chapter(service, story, screen)
        await service.stop()
        live = ServiceProcess(folder, {**settings, **_SWITCHED_ON}, port)
        stack.push_async_callback(live.stop)
        await _play_second_chapter(live, story, screen)
        await screen.tell(f"That was the story. Two are open still, on the page: {live.url}/")
        if not once:
            await screen.tell("It stays until Ctrl-C.")
            await asyncio.Event().wait()
    return 0


async def _play_first_chapter(
    service: ServiceProcess, story: DemoScenario, screen: "_Screen"
) -> None:
    """A dry run: who only watches, and has two builders that build enough."""
    await screen.tell("The service starts: SQLite, dry run, reading the past …")
    await service.start()
    await service.wait_for("/health", lambda health: bool(health["last_sweep"]), _WAIT_SECONDS)
    await screen.tell(f"It is ready. Its page: {service.url}/")
    await story.break_a_batch()
    await _show_comment(service, screen, CULPRIT, "suspected")
    await story.mend_it()
    await _show_comment(service, screen, CULPRIT, "fixed")
    await story.break_the_backport()


async def _play_second_chapter(
    service: ServiceProcess, story: DemoScenario, screen: "_Screen"
) -> None:
    """Switched on: nobody could tell five pulls apart, so it asks for the builds that do."""
    await screen.tell("Second chapter: it is switched on. It comments, and may ask for builds.")
    await service.start()
    await service.wait_for("/health", lambda health: bool(health["last_sweep"]), _WAIT_SECONDS)
    commits = await story.push_five()
    await screen.tell("Which of the five? No build says so. It asks Buildbot for one that would:")
    async with asyncio.timeout(2 * _WAIT_SECONDS):
        while not await _is_told(service):
            for request, builder, revision in story.list_waiting():
                reason = await _find_reason(service, builder, revision)
                await screen.tell(f"{builder} is asked to build {revision[:7]}: {reason}.")
                await story.build_request(request, commits.index(revision))
            await asyncio.sleep(_LOOK_SECONDS)
    await _show_comment(service, screen, HIDDEN_CULPRIT, "suspected")


async def _is_told(service: ServiceProcess) -> bool:
    pulls = (await service.get("/api/v1/pulls"))["pulls"]
    return any(_is_about(pull, HIDDEN_CULPRIT, "suspected") for pull in pulls)


async def _find_reason(service: ServiceProcess, builder: str, revision: str) -> str:
    """Why this build was asked for, in the service's own words."""
    rows = (await service.get("/api/v1/requests"))["requests"]
    return next(
        str(row["reason"])
        for row in rows
        if (row["builder"], row["revision"]) == (builder, revision)
    )


async def _show_comment(
    service: ServiceProcess, screen: "_Screen", number: int, expected: str
) -> None:
    """Wait for the comment in this stage, and print it as people would see it."""

    def is_there(page: Any) -> bool:
        return any(_is_about(pull, number, expected) for pull in page["pulls"])

    page = await service.wait_for("/api/v1/pulls", is_there, _WAIT_SECONDS)
    (wanted,) = (pull["wanted"] for pull in page["pulls"] if pull["number"] == number)
    await screen.tell(f"The comment on #{number}, {expected}:")
    screen.show(render_for_terminal(wanted))


def _is_about(pull: dict[str, Any], number: int, expected: str) -> bool:
    first_lines = (pull["wanted"] or "")[:600].lower()
    return pull["number"] == number and expected in first_lines


_SHOWN_AS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (linear(r"(?s)<!--.*?-->\n*"), ""),
    # A function: re2 garbles what is not ASCII in a replacement.
    (linear(r"(?s)<summary>(.*?)</summary>"), lambda match: f"▾ {match[1]}"),
    (linear(r"</?(?:details|sub|sup|b|i|s|code|br)\b[^>]*>"), ""),
    (linear(r"\[([^\]\n]+)\]\([^)\s]+\)"), r"\1"),
    (linear("[*][*]|\u200b"), ""),
    (linear(r"\n{3,}"), "\n\n"),
)


def render_for_terminal(markdown: str) -> str:
    """Our own Markdown without its tags, the way a page shows it."""
    for pattern, instead in _SHOWN_AS:
        markdown = pattern.sub(instead, markdown)
    return markdown.strip()


def _make_settings(buildbot: FakeBuildbot, github: FakeGitHub) -> dict[str, str]:
    return {
        "BUILDBOT_URL": buildbot.url,
        "BUILDBOT_WEBHOOK_TOKEN": _TOKEN,
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": _TOKEN,
        "GITHUB_WEBHOOK_SECRET": github.hook_secret,
    }


def _now() -> datetime:
    return datetime.now(UTC)


class _Screen:
    """What a person sees while the story goes on."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    async def tell(self, words: str) -> None:
        print(f"{time.monotonic() - self._began:5.1f} s  {words}", flush=True)

    def show(self, text: str) -> None:
        bar = "─" * 78
        body = "\n".join(f"  │ {line}" for line in text.splitlines())
        print(f"  ┌{bar}\n{body}\n  └{bar}", flush=True)
        sys.stdout.flush()
