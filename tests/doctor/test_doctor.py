"""Doctor is asked before lunch and trusted by evening: each fault it knows is made here.

Everything over real HTTP, against a small Buildbot and GitHub of our own.
"""

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.results import Result
from bot.demo.buildbot import DemoBuildbot
from bot.demo.github import DemoGitHub
from bot.doctor.checks import examine_setup
from bot.doctor.findings import Finding, Level, find_status, render_json, render_text
from bot.parts import SystemClock
from bot.store import open_store
from tests.clients.hubs import APP_KEY, REPO, load_strict

ROOT = Path(__file__).parent.parent.parent


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class SetUp:
    """A whole set-up that is well, to be broken."""

    folder: Path
    buildbot: DemoBuildbot
    github: DemoGitHub
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / "nightswatch.db"

    async def examine(self) -> list[Finding]:
        return await examine_setup(self.environ, SystemClock())

    async def find(self, check: str) -> list[Finding]:
        return [finding for finding in await self.examine() if finding.check == check]

    async def remember(self, **moments: datetime) -> None:
        """What the service knows of pushes."""
        store = await open_store(self.environ["DATABASE_URL"], SystemClock())
        for name, at in moments.items():
            await store.facts.save_time(name.replace("_", " "), at)
        await store.close()


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[SetUp]:
    buildbot, github = DemoBuildbot(now), DemoGitHub(now, app_key=APP_KEY)
    for server in (buildbot, github):
        await server.start()
    github.create_repository(REPO)
    github.hook_url = await _open_door(github)
    buildbot.add_builder("AMD64 Debian")
    await buildbot.build("AMD64 Debian", "a" * 40, result=Result.SUCCESS)
    await github.merge(1)
    key = tmp_path / "app.pem"
    key.write_text(APP_KEY)
    setup = SetUp(tmp_path, buildbot, github)
    setup.environ = {
        "BUILDBOT_URL": buildbot.url,
        "BUILDBOT_WEBHOOK_TOKEN": "a-token-of-buildbots",
        "DATABASE_URL": f"sqlite+aiosqlite:///{setup.database}",
        "GITHUB_API_URL": github.url,
        "GITHUB_APP_ID": "1",
        "GITHUB_APP_PRIVATE_KEY": str(key),
        "GITHUB_WEBHOOK_SECRET": "a-secret-of-githubs",
        "PUBLIC_URL": github.hook_url.removesuffix("/github"),
    }
    ended = now()
    await setup.remember(
        pushes_watched_since=ended - timedelta(hours=2),
        first_pushed=ended - timedelta(hours=1),
        pushed=ended,
        buildbot_cursor=ended,
    )
    yield setup
    await DOORS.pop().cleanup()
    await buildbot.stop()
    await github.stop()


DOORS: list[web.AppRunner] = []


async def _open_door(github: DemoGitHub) -> str:
    """Where webhooks go: it answers what `github.answer` says."""

    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=ANSWER["status"])

    ANSWER["status"] = 202
    app = web.Application()
    app.router.add_post("/github", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    DOORS.append(runner)
    return f"http://127.0.0.1:{runner.addresses[0][1]}/github"


ANSWER = {"status": 202}


async def test_a_healthy_set_up_has_nothing_to_do(setup: SetUp) -> None:
    findings = await setup.examine()
    assert [f for f in findings if f.level is Level.FAIL] == []
    assert [(f.check, f.words) for f in findings if f.level is Level.WARN] == [
        ("buildbot login", "none: it may be read, but builds cannot be asked for")
    ]
    assert find_status(findings) == 0
    assert {f.check for f in findings} == {
        "settings", "database", "migrations", "buildbot", "buildbot login", "stable builders",
        "reporter", "github", "installation", "permission metadata", "permission contents",
        "permission pull_requests", "permission to comment", "event issue_comment",
        "event pull_request", "event push",
        "webhook address", "webhooks", "clock",
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


# ---------------------------------------------------------------- what can be broken

Break = Callable[[SetUp], None]


def set_(name: str, value: str) -> Break:
    return lambda setup: setup.environ.update({name: value})


def without(*names: str) -> Break:
    def break_(setup: SetUp) -> None:
        for name in names:
            setup.environ.pop(name)

    return break_


def set_schema(number: str) -> Break:
    def break_(setup: SetUp) -> None:
        with sqlite3.connect(setup.database) as raw:
            raw.execute("UPDATE alembic_version SET version_num = ?", (number,))

    return break_


def make_garbage(setup: SetUp) -> None:
    setup.database.write_bytes(b"this is no database at all\n" * 100)


def make_read_only(setup: SetUp) -> None:
    url = f"sqlite+aiosqlite:///file:{setup.database}?mode=ro&uri=true"
    setup.environ["DATABASE_URL"] = url


def use_token(setup: SetUp) -> None:
    without("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY")(setup)
    setup.environ["GITHUB_TOKEN"] = "demo-token"


def use_wrong_token(setup: SetUp) -> None:
    use_token(setup)
    setup.environ["GITHUB_TOKEN"] = "somebody-elses"


def permit(**permissions: str) -> Break:
    return lambda setup: setup.github.rest.permissions.update(permissions)


def take_permission(name: str) -> Break:
    def break_(setup: SetUp) -> None:
        del setup.github.rest.permissions[name]

    return break_


def post_without_right(setup: SetUp) -> None:
    setup.environ["POST_COMMENTS"] = "1"
    setup.github.rest.permissions["pull_requests"] = "read"


def suspend(setup: SetUp) -> None:
    setup.github.rest.suspended = True


def uninstall(setup: SetUp) -> None:
    setup.github.repository().installed = False


def forget_events(setup: SetUp) -> None:
    setup.github.rest.events = tuple(e for e in setup.github.rest.events if e == "push")


def forget_deliveries(setup: SetUp) -> None:
    setup.github.hooks.sent.clear()


def set_clock(minutes: int) -> Break:
    def break_(setup: SetUp) -> None:
        setup.github.skew = timedelta(minutes=minutes)

    return break_


def lose_tags(setup: SetUp) -> None:
    for builder in setup.buildbot.master.builders.values():
        builder["tags"] = ["tier-1"]


def lose_builders(setup: SetUp) -> None:
    setup.buildbot.master.builders.clear()


def answer_html(setup: SetUp) -> None:
    setup.buildbot.fail_next("html", times=0)


def be_something_else(setup: SetUp) -> None:
    setup.environ["BUILDBOT_URL"] = setup.github.url


def be_old(setup: SetUp) -> None:
    setup.buildbot.version = "2.10.1"


def be_silent(setup: SetUp) -> None:
    setup.buildbot.fail_next("status", "config", status=404, times=0)


def name_no_repository(setup: SetUp) -> None:
    setup.buildbot.master.repository = ""
    for stamp in setup.buildbot.master.sourcestamps.values():
        stamp["repository"], stamp["project"] = "", ""
    for build in setup.buildbot.master.builds.values():
        build["properties"].pop("repository", None)
        build["properties"].pop("project", None)


LOGIN = {"BUILDBOT_USERNAME": "watcher", "BUILDBOT_PASSWORD": "wrong"}


def log_in_wrongly(setup: SetUp) -> None:
    setup.buildbot._login = ("watcher", "right")
    setup.environ.update(LOGIN)


def log_in_rightly(setup: SetUp) -> None:
    log_in_wrongly(setup)
    setup.environ["BUILDBOT_PASSWORD"] = "right"


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
        (be_something_else, "buildbot", "fail", "there is no Buildbot at this address (404)"),
        (be_old, "buildbot", "fail", "Buildbot 2.10.1"),
        (be_silent, "buildbot", "warn", "does not say which version"),
        (log_in_wrongly, "buildbot", "fail", "does not accept our user name"),
        (log_in_rightly, "buildbot login", "ok", "logged in as watcher"),
        (lose_tags, "stable builders", "fail", "none of 1 builders has the tag 'stable'"),
        (lose_builders, "stable builders", "fail", "no builders"),
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


@pytest.mark.parametrize(("status", "todo"), [(401, "GITHUB_WEBHOOK_SECRET"), (404, "/github")])
async def test_webhooks_that_fail_are_found_with_the_likely_cause(
    setup: SetUp, status: int, todo: str
) -> None:
    ANSWER["status"] = status
    await setup.github.merge(2)
    await setup.github.hooks.settle()
    (finding,) = await setup.find("webhooks")
    assert finding.level is Level.WARN
    assert todo in finding.todo
    forget_deliveries(setup)
    await setup.github.merge(3)
    await setup.github.hooks.settle()
    (finding,) = await setup.find("webhooks")
    assert finding.level is Level.FAIL


async def test_a_redelivery_that_arrived_makes_up_for_one_that_did_not(setup: SetUp) -> None:
    forget_deliveries(setup)
    ANSWER["status"] = 503
    await setup.github.ping()
    ANSWER["status"] = 202
    await setup.github.hooks.repeat()
    (finding,) = await setup.find("webhooks")
    assert finding.level is Level.OK


# ---------------------------------------------------------------- the reporter


async def test_before_the_first_start_nobody_can_have_heard_a_push(setup: SetUp) -> None:
    """Doctor comes before the service, as the manual says: that is no fault of the reporter."""
    setup.database.unlink()
    (finding,) = await setup.find("reporter")
    assert (finding.level, finding.words) == (
        Level.WARN,
        "nobody has listened for pushes yet",
    )
    assert "start the service" in finding.todo


async def forget_pushes(setup: SetUp) -> None:
    store = await open_store(setup.environ["DATABASE_URL"], SystemClock())
    for name in ("pushed", "first pushed"):
        await store.facts.save_time(name, None)
    await store.close()


async def test_a_push_that_may_still_be_on_its_way_is_no_fault(setup: SetUp) -> None:
    """Asked a moment after the first build."""
    await forget_pushes(setup)
    (finding,) = await setup.find("reporter")
    assert (finding.level, finding.words) == (
        Level.WARN,
        "no push of a finished build came yet",
    )
    assert "ask again" in finding.todo


async def finish_builds(setup: SetUp, *minutes_ago: int) -> None:
    for minutes in minutes_ago:
        at = now() - timedelta(minutes=minutes)
        await setup.buildbot.build("AMD64 Debian", "b" * 40, complete_at=at)
    await setup.remember(buildbot_cursor=now())


async def test_a_reporter_that_never_pushed_is_found(setup: SetUp) -> None:
    await forget_pushes(setup)
    await finish_builds(setup, 30, 0)
    (finding,) = await setup.find("reporter")
    assert (finding.level, finding.words) == (
        Level.FAIL,
        "no push of a finished build ever came",
    )
    assert "BuildStartEndStatusGenerator" in finding.todo


async def test_a_reporter_that_stopped_is_found(setup: SetUp) -> None:
    """A peer's did so for weeks, and nobody knew."""
    await setup.remember(pushed=now() - timedelta(hours=2))
    await finish_builds(setup, 60, 30, 0)
    (finding,) = await setup.find("reporter")
    assert finding.level is Level.FAIL
    assert "the last 2 builds were not pushed" in finding.words


async def test_builds_that_finished_while_nobody_listened_are_no_fault(setup: SetUp) -> None:
    """The service was stopped: Buildbot had nobody to push to."""
    await finish_builds(setup, 60, 30, 0)
    await setup.remember(
        pushed=now() - timedelta(hours=2), buildbot_cursor=now() - timedelta(hours=2)
    )
    (finding,) = await setup.find("reporter")
    assert finding.level is Level.OK


FOLLOWERS = [
    (
        set_("BUILDBOT_URL", "http://127.0.0.1:1"),
        "buildbot",
        {"stable builders", "reporter", "installation"},
    ),
    (set_("GITHUB_APP_ID", "2"), "github", {"installation", "webhooks"}),
    (set_("DATABASE_URL", "postgresql://u:p4ss@127.0.0.1:1/d"), "database", {"reporter"}),
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


async def test_a_clock_that_is_off_is_told_even_where_github_refuses_us(setup: SetUp) -> None:
    """It may be the very reason: GitHub takes no signature of another minute."""
    set_("GITHUB_APP_ID", "2")(setup)
    set_clock(5)(setup)
    findings = {f.check: f.level for f in await setup.examine()}
    assert (findings["github"], findings["clock"]) == (Level.FAIL, Level.FAIL)


@pytest.mark.parametrize("result", [Result.RETRY, Result.EXCEPTION, Result.CANCELLED])
async def test_a_reporter_that_is_silent_on_some_results_is_found(
    setup: SetUp, result: Result
) -> None:
    """Buildbot's default generator is: a machine that broke never ends, for us."""
    at = now() - timedelta(minutes=30)
    await setup.buildbot.build("AMD64 Debian", "b" * 40, result=result, complete_at=at)
    (finding,) = await setup.find("reporter")
    assert finding.level is Level.WARN
    assert f"builds that end in {result.name} are not pushed" in finding.words
    await setup.remember(**{f"pushed {result.name}": at})
    (finding,) = await setup.find("reporter")
    assert finding.level is Level.OK


# ---------------------------------------------------------------- on the command line


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
    finding = Finding("x", Level.FAIL, "a\nok  y\x1b[2J", "b\r\nc")
    assert list(render_text([finding]))[:2] == ["fail  x  a ok y [2J", "         → b c"]
    assert render_json([])["status"] == "ok"


# ---------------------------------------------------------------- a strict GitHub


async def test_the_questions_are_ones_that_github_knows(setup: SetUp) -> None:
    loaded = load_strict()
    if isinstance(loaded, str):
        pytest.skip(loaded)
    module, specs = loaded
    github = module.Standin(specs, app_id=1, app_key=APP_KEY, webhook_secret="s")
    github.add_repo(REPO, files=[{"filename": "README.md", "content": "hi"}])
    await github.start()
    try:
        setup.environ["GITHUB_API_URL"] = github.url
        findings = {f.check: f for f in await setup.examine()}
        assert findings["github"].words == "we are the App standin-bot[bot]"
        for check in ("installation", "permission contents", "permission to comment", "clock"):
            assert findings[check].level is Level.OK, findings[check]
        ours = ("request", "auth", "graphql", "unimplemented")
        assert [v for v in github.violations if v["kind"] in ours] == []
    finally:
        await github.stop()
