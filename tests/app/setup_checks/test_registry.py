"""Doctor is asked before lunch and trusted by evening: each fault it knows is made here.

Everything over real HTTP, against a small Buildbot and GitHub of our own.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from bot.core.checks.result import CheckResult, Level, find_status, render_json, render_text
from tests.app.setup_checks.faults import (
    Break,
    answer_html,
    be_old,
    be_silent,
    be_something_else,
    forget_deliveries,
    forget_events,
    log_in_rightly,
    log_in_wrongly,
    lose_builders,
    lose_tags,
    make_garbage,
    make_read_only,
    name_no_repository,
    permit,
    post_without_right,
    set_,
    set_clock,
    set_schema,
    suspend,
    take_permission,
    uninstall,
    use_token,
    use_wrong_token,
    without,
)
from tests.app.setup_checks.set_ups import SetUp

ROOT = Path(__file__).parents[3]


async def test_a_healthy_set_up_has_nothing_to_do(setup: SetUp) -> None:
    findings = await setup.examine()
    assert [f for f in findings if f.level is Level.FAIL] == []
    assert [(f.check, f.words) for f in findings if f.level is Level.WARN] == [
        ("buildbot login", "none: it may be read, but builds cannot be asked for")
    ]
    assert find_status(findings) == 0
    assert {f.check for f in findings} == {
        "settings", "dashboard",
        "database", "migrations", "buildbot", "buildbot login", "stable builders",
        "reporter", "github", "installation", "permission metadata", "permission contents",
        "permission pull_requests", "permission to comment", "reverts", "issues",
            "event issue_comment",
        "event pull_request", "event push",
        "webhook address", "webhooks", "clock", "webhook doors", "github version", "stuck work",
        "comments", "access", "unread builds", "builds on request",
    }  # fmt: skip


async def test_nothing_is_written_anywhere(setup: SetUp) -> None:
    before = setup.database.read_bytes()
    await setup.examine()
    assert setup.database.read_bytes() == before
    for server in (setup.buildbot, setup.github):
        assert {call.method for call in server.journal} <= {"GET"}


async def test_a_first_start_is_no_fault(setup: SetUp) -> None:
    """Doctor comes before the service: there is no database yet, and it makes none."""
    setup.database.unlink()
    (database,) = await setup.find("database")
    (schema,) = await setup.find("migrations")
    assert (database.level, schema.level) == (Level.OK, Level.OK)
    assert not setup.database.exists()


@pytest.mark.parametrize(
    ("break_", "check", "level", "words"),
    [
        (without("BUILDBOT_URL"), "settings", "fail", "BUILDBOT_URL is missing"),
        (set_("GITHUB_APP_PRIVATE_KEY", "/no.pem"), "settings", "fail", "neither a PEM key"),
        (set_("STABLE_PATTERN", "(a"), "settings", "fail", "STABLE_PATTERN must be a regular"),
        (set_("DATABASE_URL", "mysql://h/d"), "database", "fail", "must start with"),
        (set_("DATABASE_URL", "sqlite:////no/where/x.db"), "database", "fail", "does not exist"),
        (set_("DATABASE_URL", "sqlite:////proc/x.db"), "database", "fail", "no right to write"),
        (make_garbage, "database", "fail", "not a database"),
        (make_read_only, "database", "fail", "readonly"),
        (set_schema("9999"), "migrations", "fail", "newer than this version knows"),
        (set_("BUILDBOT_URL", "http://127.0.0.1:1"), "buildbot", "fail", "does not answer"),
        (answer_html, "buildbot", "fail", "HTML, not JSON"),
        (be_something_else, "buildbot", "fail", "answers 404"),
        (be_old, "buildbot", "warn", "Buildbot 2.10.1"),
        (be_silent, "buildbot", "warn", "tells no version"),
        (log_in_wrongly, "buildbot", "fail", "does not accept our user name"),
        (log_in_rightly, "buildbot login", "ok", "logged in as watcher"),
        (lose_tags, "stable builders", "fail", "none of 1 builder has the tag 'stable'"),
        (lose_builders, "stable builders", "warn", "no builders"),
        (set_("STABLE_PATTERN", "ARM64 .*"), "stable builders", "fail", "a name like 'ARM64 .*'"),
        (set_("STABLE_PATTERN", "AMD64 .*"), "stable builders", "ok", "1 of 1"),
        (without("BUILDBOT_WEBHOOK_TOKEN"), "reporter", "warn", "no token"),
        (set_("GITHUB_API_URL", "http://127.0.0.1:1"), "github", "fail", "does not answer"),
        (set_("GITHUB_APP_ID", "2"), "github", "fail", "does not accept our credentials"),
        (use_token, "github", "ok", "the token is nightswatch's"),
        (use_token, "installation", "ok", "the token shows octo-org/demo"),
        (use_token, "webhooks", "warn", "with a token we cannot see"),
        (use_wrong_token, "github", "fail", "does not accept our credentials"),
        (set_("REPOSITORY", "octo-org/other"), "installation", "fail", "not installed on octo"),
        (uninstall, "installation", "fail", "not installed on octo-org/demo"),
        (suspend, "installation", "fail", "suspended"),
        (name_no_repository, "installation", "fail", "no repository"),
        (take_permission("contents"), "permission contents", "fail", "missing"),
        (take_permission("metadata"), "permission metadata", "fail", "missing"),
        (permit(pull_requests="read"), "permission to comment", "warn", "dry run"),
        (post_without_right, "permission to comment", "fail", "missing"),
        (permit(pull_requests="read", issues="write"), "permission to comment", "ok", "given"),
        (forget_events, "event pull_request", "warn", "not heard"),
        (without("GITHUB_WEBHOOK_SECRET"), "webhooks", "warn", "no secret"),
        (forget_deliveries, "webhooks", "warn", "none was sent in the last day"),
        (set_("PUBLIC_URL", "https://else.example"), "webhook address", "fail", "GitHub sends to"),
        (without("PUBLIC_URL"), "webhook address", "warn", "GitHub sends to"),
        (set_clock(5), "clock", "fail", "seconds behind"),
        (set_clock(-5), "clock", "fail", "seconds ahead"),
    ],
)  # fmt: skip
async def test_each_fault_is_found_with_what_to_do_about_it(
    setup: SetUp, break_: Break, check: str, level: str, words: str
) -> None:
    break_(setup)
    findings = await setup.examine()
    found = [f for f in findings if f.check == check and words in f.words]
    assert found, [(f.check, f.level.value, f.words) for f in findings]
    assert found[0].level == level
    assert bool(found[0].todo) == (level != "ok")
    assert find_status(findings) == (1 if any(f.level is Level.FAIL for f in findings) else 0)


FOLLOWERS = [
    (
        set_("BUILDBOT_URL", "http://127.0.0.1:1"),
        "buildbot",
        {"stable builders", "reporter", "installation", "builds on request"},
    ),
    (set_("GITHUB_APP_ID", "2"), "github", {"installation", "webhooks"}),
    (set_("DATABASE_URL", "postgresql://u:p4ss@127.0.0.1:1/d"), "database", {"stored", "reporter"}),
]  # fmt: skip


@pytest.mark.parametrize(("break_", "cause", "followers"), FOLLOWERS)
async def test_what_follows_from_a_fault_does_not_hide_it(
    setup: SetUp, break_: Break, cause: str, followers: set[str]
) -> None:
    """Six red lines for one cause, and the operator mends the last one first."""
    break_(setup)
    findings = await setup.examine()
    assert [f.check for f in findings if f.level is Level.FAIL] == [cause]
    skipped = {f.check: f for f in findings if f.words == f"not checked, because {cause} failed"}
    assert set(skipped) == followers
    assert all(f.level is Level.WARN and f.todo for f in skipped.values())


async def run(setup: SetUp, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=setup.folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **setup.environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_command_prints_lines_or_json_and_tells_by_its_status(setup: SetUp) -> None:
    status, out, err = await run(setup, "doctor")
    assert (status, err) == (0, "")
    assert "ok    buildbot " in out
    lose_tags(setup)
    status, out, err = await run(setup, "doctor", "--json")
    assert (status, err) == (1, "")
    found = json.loads(out)
    assert found["status"] == "fail"
    assert {"check", "level", "words", "todo"} == set(found["checks"][0])


def test_hostile_words_stay_on_their_line() -> None:
    """What GitHub and Buildbot tell us is printed to a terminal."""
    finding = CheckResult("x", Level.FAIL, "a\nok  y\x1b[2J", "b\r\nc")
    assert list(render_text([finding]))[:2] == ["fail  x  a ok y [2J", "         → b c"]
    assert render_json([])["status"] == "ok"
