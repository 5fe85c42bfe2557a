"""The table of limits is what the code does: a number that moves in one moves in the other."""

import inspect
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.comment_parser import TIME_LIMIT as PARSING
from bot.app.factory import _CONCURRENCY
from bot.app.log_pool import CAP, PROCESSES
from bot.app.log_pool import TIME_LIMIT as READING
from bot.app.settings import SETTINGS
from bot.app.web_app import FORM_LIMIT
from bot.app.worker import Worker
from bot.cli.serve import OPEN_FILES, PIECE
from bot.clients.ci.buildbot import api as buildbot_api
from bot.clients.github import api as github_api
from bot.core.commands.parser import MOST_COMMANDS
from bot.core.ports import STUCK_AFTER
from bot.web.events import MOST_STREAMS
from bot.web.pages.login import LOGINS_PER_MINUTE
from bot.web.pages.offsets import PAGE_SIZE
from bot.web.sessions import MOST_REPOSITORIES, SESSION_LIFE
from bot.web.webhooks.bodies import (
    BODY_LIMIT,
    LARGE_IN_FLIGHT,
    SECONDS,
    SMALL,
    SMALL_IN_FLIGHT,
)

ROOT = Path(__file__).parent.parent
LEASE = inspect.signature(Worker).parameters["lease_seconds"].default
DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def mib(size: int) -> str:
    return f"{size // 2**20} MiB"


ROWS = {
    "body of a delivery": mib(BODY_LIMIT),
    "body without a length": mib(SMALL),
    "bytes of bodies in flight": f"{mib(LARGE_IN_FLIGHT)} of large ones, {mib(SMALL_IN_FLIGHT)}",
    "bytes taken of a connection at once": f"{PIECE // 1024} KiB",
    "time for a body": f"{SECONDS:g} s",
    "open files": f"{OPEN_FILES:,}",
    "keys worked on at once": f"{_CONCURRENCY}",
    "one key": f"leases of {LEASE:g} s, renewed; stuck after {STUCK_AFTER} attempts",
    "comments with a word to us": f"{DEFAULTS['COMMANDS_PER_HOUR']} an hour",
    "pages open at once": f"{MOST_STREAMS} streams of events",
    "logins": f"{LOGINS_PER_MINUTE} a minute",
    "a session": f"an hour, and {MOST_REPOSITORIES} private",
    "a form": f"{FORM_LIMIT // 1024} KiB",
    "commands in a comment": f"{MOST_COMMANDS}",
    "time to parse a comment": f"{PARSING:g} s",
    "log": mib(CAP),
    "time to read a log": f"{READING:g} s, in {PROCESSES} processes",
    "new comments": (
        f"{DEFAULTS['COMMENTS_PER_PULL']} a pull, {DEFAULTS['COMMENTS_PER_HOUR']} an hour,"
        f" {DEFAULTS['COMMENTS_PER_DAY']} a day"
    ),
    "rows of an API page": f"{PAGE_SIZE}",
    "answers of neighbours": (
        f"{mib(github_api._LARGEST)} of GitHub in {github_api._TIMEOUT.total:g} s,"
        f" {mib(buildbot_api._LARGEST)} of Buildbot in {buildbot_api._TIMEOUT.total:g} s"
    ),
}


@pytest.mark.parametrize("what", ROWS)
def test_a_limit_is_told_as_it_is(what: str) -> None:
    table = (ROOT / "docs/security.md").read_text().partition("## Limits")[2]
    (row,) = re.findall(rf"^\| {re.escape(what)} \| ([^|]*) \|", table, re.MULTILINE)
    assert row.startswith(ROWS[what])


def test_an_hour_is_an_hour() -> None:
    assert timedelta(hours=1) == SESSION_LIFE
    assert "MemoryMax=2G" in (ROOT / "deploy/nightswatch.service").read_text()
