"""`nightswatch try BUILDBOT_URL`: what would have been said of a fleet that is not watched yet."""

import argparse
import asyncio
import hashlib
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.app.factory import create_app
from bot.app.past import load_past
from bot.app.settings import Settings
from bot.app.trial import ReadCounts, TrialReader
from bot.app.wiring import SystemClock, make_stable_filter, open_buildbot
from bot.cli.environment import find_cache_folder, load_environ
from bot.cli.progress_bar import ProgressBar
from bot.clients.ci.buildbot.find_address import FoundBuildbot, find_buildbot
from bot.clients.ci.buildbot.queries import fetch_builders
from bot.core.errors import UserError
from bot.core.history.backtest import BranchReport, play_branch, render_summary
from bot.core.history.read import Epoch
from bot.core.history.report import count_silent, render_evidence, render_headline
from bot.core.model import BuildRecord, BuildRef
from bot.store.inspection import open_view
from bot.web.words import count_words

HELP = "Read two weeks of a Buildbot that nobody watches yet, and show what would have been said."

_DAYS = 14
# A master answers a few hundred calls in a second, and has its builds to see to.
_CALLS_PER_SECOND = 20
_STOPPED = 130  # as shells report SIGINT
_TOLD = 5  # builds left aside whose reason is told

# What belongs to a service, and not to a look at somebody's past.
_NOT_OURS = re.compile(
    "DATABASE_|DASHBOARD|POST_COMMENTS|PUBLIC_URL|SENTRY_DSN|BUILDS_ON_REQUEST|GITHUB_WEBHOOK_"
    "|BUILDBOT_WEBHOOK_|GITHUB_APP_CLIENT_|STABLE_"
)
_WITHOUT_GITHUB = (
    "GITHUB_TOKEN is missing: GitHub tells of commits and pulls with a token only. One without any"
    " right reads public repositories: https://github.com/settings/personal-access-tokens/new"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, of what, and how gently."""
    parser.add_argument(
        "url", metavar="BUILDBOT_URL", help="whatever the browser shows of it will do"
    )
    parser.add_argument(
        "--repository", metavar="OWNER/NAME", help="on GitHub, where its builds do not name it"
    )
    parser.add_argument(
        "--days", type=int, default=_DAYS, metavar="N", help=f"of the past (default {_DAYS})"
    )
    parser.add_argument(
        "--calls-per-second",
        type=float,
        default=_CALLS_PER_SECOND,
        metavar="N",
        help=f"to Buildbot, at most (default {_CALLS_PER_SECOND})",
    )
    parser.add_argument("--stable-tag", metavar="TAG", help="builders with it may accuse")
    parser.add_argument("--stable-pattern", metavar="REGEX", help="or those with such a whole name")
    parser.add_argument("--once", action="store_true", help="end after the report, without a page")
    parser.add_argument("--port", type=int, default=0, help="of the page (default: a free one)")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs have read")


def run(args: argparse.Namespace) -> int:
    """Read, tell, and show until Ctrl-C; what was read is kept for the next run."""
    if not 1 <= args.days <= 365 or args.calls_per_second <= 0:
        raise UserError("--days is from 1 to 365, and --calls-per-second above 0")
    try:
        settings = asyncio.run(_tell(args))
    except KeyboardInterrupt:
        print("nightswatch: stopped; the same again goes on from here", file=sys.stderr)
        return _STOPPED
    if not args.once:
        with suppress(KeyboardInterrupt):
            asyncio.run(_show_page(settings))
    return 0


async def _tell(args: argparse.Namespace) -> Settings:
    """Read the past, and print what would have been said of it."""
    async with aiohttp.ClientSession() as session:
        found = await find_buildbot(session, args.url)
    settings = await _choose_stable(_make_settings(args, found, load_environ()), args)
    began = time.monotonic()
    with ProgressBar() as bar:
        reader = TrialReader(
            settings,
            SystemClock(),
            calls_per_second=args.calls_per_second,
            show=bar.show,
            cache=find_cache_folder(),
        )
        counts = await reader.read()
    _print_counts(counts, reader.calls, time.monotonic() - began)
    reports, builds = await _play(settings)
    _print_reports(reports, builds)
    return settings


# ---------------------------------------------------------------- settings


def _make_settings(
    args: argparse.Namespace, found: FoundBuildbot, environ: Mapping[str, str]
) -> Settings:
    """Of the environment what a reader needs; the store is scratch, and its pages on loopback."""
    given = {name: text for name, text in environ.items() if not _NOT_OURS.match(name)}
    if found.is_private and "BUILDBOT_USERNAME" not in given:
        raise UserError(
            f"{found.url} asks for a login: set BUILDBOT_USERNAME and BUILDBOT_PASSWORD"
        )
    if not any(name.startswith(("GITHUB_TOKEN", "GITHUB_APP_ID")) for name in given):
        raise UserError(_WITHOUT_GITHUB)
    repository = args.repository or given.get("REPOSITORY", "")
    stable = {"STABLE_TAG": args.stable_tag, "STABLE_PATTERN": args.stable_pattern}
    return Settings.from_environ(
        {
            **given,
            "BUILDBOT_URL": found.url,
            "REPOSITORY": repository,
            "DATABASE_URL": _find_scratch(found.url, repository, fresh=args.fresh),
            "HISTORY_DAYS": str(args.days),
            "HOST": "127.0.0.1",
            "PORT": str(args.port),
            "DASHBOARD": "public",  # to whoever reads it there with these very rights
            **{name: text for name, text in stable.items() if text},
        }
    )


def _find_scratch(url: str, repository: str, *, fresh: bool) -> str:
    """One store for each Buildbot and repository, where files are that may be lost."""
    folder = (find_cache_folder() or Path(tempfile.gettempdir(), "nightswatch")) / "try"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = hashlib.sha256(f"{url} {repository}".encode()).hexdigest()[:16]
    path = folder / f"{name}.db"
    for end in ("", "-wal", "-shm") if fresh else ():
        path.with_name(path.name + end).unlink(missing_ok=True)
    return f"sqlite+aiosqlite:///{path}"


async def _choose_stable(settings: Settings, args: argparse.Namespace) -> Settings:
    """Where no builder has the tag, all may accuse: for a try, and said so."""
    async with AsyncExitStack() as stack:
        builders = await fetch_builders(await open_buildbot(settings, SystemClock(), stack))
    is_stable = make_stable_filter(settings.stable_tag, settings.stable_pattern)
    count = sum(is_stable(builder) for builder in builders)
    print(f"{settings.buildbot_url}: {count_words(len(builders), 'builder')}, ", end="")
    by = settings.stable_pattern or settings.stable_tag
    if count or args.stable_tag or args.stable_pattern:
        print(f"{count} of them stable, by {by!r}")
        return settings
    print(f"none with the tag {by!r}: all may accuse here (--stable-tag, --stable-pattern)")
    return replace(settings, stable_pattern=".*")


# ---------------------------------------------------------------- the report


async def _play(settings: Settings) -> tuple[list[BranchReport], Mapping[BuildRef, BuildRecord]]:
    """The past, build by build, as `backtest` plays it; with the builds that comments rest on."""
    clock = SystemClock()
    _, pasts = await load_past(settings, clock, settings.repository, None)
    reports = []
    for past in pasts:
        epochs = (Epoch(past.line, past.observations),)
        played = play_branch(past.branch, epochs, settings.policy, explains=True)
        reports += [report for report in played if report is not None]
    ranges = [r for report in reports for s in report.spoken for r in s.incident.ranges]
    refs = {ref for r in ranges for ref in (r.last_good_build, r.first_bad_build) if ref}
    async with open_view(settings.database_url, clock) as view:
        builds = await view.facts.load_builds(refs)
    return reports, {record.build.ref: record for record in builds}


def _print_counts(counts: ReadCounts, calls: Mapping[str, int], seconds: float) -> None:
    known = f", {counts.known} of them by an earlier run" if counts.known else ""
    asked = count_words(calls["buildbot"], "call")
    print(
        f"{count_words(counts.builds, 'build')} read{known}, with {asked} to Buildbot and"
        f" {calls['github']} to GitHub in {seconds:.0f} s"
    )
    if counts.left_aside:
        print(f"{count_words(len(counts.left_aside), 'build')} left aside:")
    for reason in list(dict.fromkeys(counts.left_aside))[:_TOLD]:
        print(f"  {reason}")


def _print_reports(reports: Sequence[BranchReport], builds: Mapping[BuildRef, BuildRecord]) -> None:
    """Each comment with its evidence and its end, then how many were right."""
    summary = render_summary(reports, 0)
    branches = ", ".join(report.branch for report in reports)
    print(f"of {branches}, with {count_words(summary['commits'], 'commit')}", end="\n\n")
    for report in reports:
        ended = {incident.id: incident for incident in report.incidents}
        for spoken in report.spoken:
            print(render_headline(spoken, ended.get(spoken.incident.id)))
            for line in render_evidence(spoken, builds):
                print(f"    {line}")
            print()
    print(f"It would have said {count_words(summary['comments'], 'thing')}.", end=" ")
    told = summary["hindsight"]
    print(
        f"As far as the past tells: {told['right']} right, {told['wrong']} wrong,"
        f" {told['not_proved']} not proved."
    )
    silent = list(count_silent(reports))
    if silent:
        print(f"Nothing would have been said of incidents: {', '.join(silent)}.")
    for note in summary["notes"]:
        print(f"note: {note}")


# ---------------------------------------------------------------- the page


async def _show_page(settings: Settings) -> None:
    """All of it as pages on loopback, until Ctrl-C; nobody is called any more."""
    runner = web.AppRunner(await create_app(settings, works=False), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        print(f"\nTo show around: http://127.0.0.1:{runner.addresses[0][1]}/ (Ctrl-C ends it)")
        print("To have it watched: the README, `Watch your own fleet`.", flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
