"""The small commands, and what they say to somebody who made a mistake."""

import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

import bot
from bot.app.wiring import SystemClock
from bot.core.errors import UserError
from bot.core.model import build_key
from bot.fakes.github.auth import _find_public_key
from bot.store import open_store
from bot.store.backup import save_sqlite_backup
from tests.cli.running import run_command
from tests.clients.hubs import APP_KEY
from tests.support.databases import sqlite_only
from tests.support.farm import Farm

ENOUGH = {"BUILDBOT_URL": "http://127.0.0.1:1", "GITHUB_TOKEN": "t0ken"}


@sqlite_only
async def test_status_and_incidents_tell_what_the_store_holds(
    farm: Farm, tmp_path: Path, database_url: str
) -> None:
    await farm.break_builder()
    environ = {**ENOUGH, "DATABASE_URL": database_url, "HOST": "127.0.0.1"}
    environ["PORT"] = farm.url.rpartition(":")[2]
    found = await run_command(tmp_path, environ, "status", "--service", "--json")
    assert found.status == 0, found
    status = json.loads(found.out)
    assert status["health"]["status"] == "ok"
    assert status["store"]["incidents"] == [{"verdict": "suspected", "state": "open", "count": 1}]
    record = {"told": 1, "withdrawn": 0, "objected": 0, "right": 0, "wrong": 0}
    assert status["store"]["record"] == record
    listed = await run_command(tmp_path, environ, "incidents")
    assert "suspected, open  octo-org/demo@main, pull #101" in listed.out
    assert "on AMD64 Debian" in listed.out
    listed = await run_command(tmp_path, environ, "incidents", "--json")
    (row,) = json.loads(listed.out)["incidents"]
    assert (row["pull"], row["verdict"]) == (101, "suspected")

    await farm.stop_service()
    found = await run_command(tmp_path, environ, "status", "--service")
    assert found.status == 1
    assert "service: not running" in found.out
    assert "our record: 1 told, 0 of them withdrawn" in found.out


# ---------------------------------------------------------------- backup and restore


async def test_a_backup_of_a_database_that_is_written_to_is_whole(tmp_path: Path) -> None:
    """A copy of the file alone would miss what is in the write-ahead log, or be torn."""
    url = f"sqlite+aiosqlite:///{tmp_path}/live.db"
    store = await open_store(url, SystemClock())
    await store.inbox.put([build_key("bb", n) for n in range(200)])
    made = await run_command(
        tmp_path, {**ENOUGH, "DATABASE_URL": url}, "backup", str(tmp_path / "copy.db")
    )
    assert made.status == 0, made
    await store.inbox.put([build_key("bb", 999)])
    await store.close()
    assert list(tmp_path.glob("copy.db*")) == [tmp_path / "copy.db"]

    restored = await open_store(f"sqlite+aiosqlite:///{tmp_path}/copy.db", SystemClock())
    assert (await restored.views.load_depth()).depth == 200
    await restored.close()


async def test_a_backup_reads_its_database_as_the_service_does(tmp_path: Path) -> None:
    """Where the address lies in a file, a copy of an empty default would be called a backup."""
    url = f"sqlite+aiosqlite:///{tmp_path}/50%20 #1.db"  # a name that no URI may hold as it is
    store = await open_store(url, SystemClock())
    await store.inbox.put([build_key("bb", 1)])
    await store.close()
    (tmp_path / "url").write_text(f"{url}\n")
    environ = {"DATABASE_URL_FILE": str(tmp_path / "url")}
    made = await run_command(tmp_path, environ, "backup", "copy.db")
    assert made.status == 0, made
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM inbox").fetchone() == (1,)
    environ["DATABASE_URL"] = "sqlite:///x.db"
    ran = await run_command(tmp_path, environ, "backup", "again.db")
    assert (ran.status, ran.err) == (
        2,
        "nightswatch: settings: DATABASE_URL and DATABASE_URL_FILE exclude each other\n",
    )


def test_a_backup_never_replaces_a_file(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "live.db").close()
    (tmp_path / "copy.db").write_text("last week's")
    with pytest.raises(UserError, match="is there already"):
        save_sqlite_backup(tmp_path / "live.db", tmp_path / "copy.db")
    (tmp_path / "garbage.db").write_bytes(b"no database" * 1000)
    with pytest.raises(UserError, match="not a database"):
        save_sqlite_backup(tmp_path / "garbage.db", tmp_path / "new.db")
    with pytest.raises(UserError, match="there is no database"):
        save_sqlite_backup(tmp_path / "none.db", tmp_path / "new.db")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy.db", "garbage.db", "live.db"]


# ---------------------------------------------------------------- mistakes

Make = Callable[[Path], dict[str, str]]


def make_newer(folder: Path) -> dict[str, str]:
    with sqlite3.connect(folder / "newer.db") as raw:
        raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        raw.execute("INSERT INTO alembic_version VALUES ('9999')")
    return {"DATABASE_URL": f"sqlite:///{folder}/newer.db"}


def make_read_only(folder: Path) -> dict[str, str]:
    sqlite3.connect(folder / "ro.db").close()
    (folder / "ro.db").chmod(stat.S_IRUSR)
    return {"DATABASE_URL": f"sqlite:///file:{folder}/ro.db?mode=ro&uri=true"}


def make_bad_key(folder: Path) -> dict[str, str]:
    (folder / "key.pem").write_text("-----BEGIN RSA PRIVATE KEY-----\nhunter2\n")
    return {"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": str(folder / "key.pem")}


MISTAKES: dict[str, tuple[str, Make, str]] = {
    "no settings": ("serve", lambda _: {"BUILDBOT_URL": ""}, "BUILDBOT_URL is missing"),
    "another database": (
        "serve",
        lambda _: {"DATABASE_URL": "mysql://u:hunter2@h/d"},
        "must start",
    ),
    "a folder that is missing": (
        "serve",
        lambda folder: {"DATABASE_URL": f"sqlite:///{folder}/no/x.db"},
        "its directory does not exist",
    ),
    "a read-only disk": ("serve", make_read_only, "readonly"),
    "a newer schema": ("serve", make_newer, "which is newer than this version"),
    "a key that is no PEM": ("serve", make_bad_key, "is not a PEM private key"),
    "a pattern that is none": ("serve", lambda _: {"STABLE_PATTERN": "(a"}, "STABLE_PATTERN"),
    "an address that is not ours": ("serve", lambda _: {"HOST": "192.0.2.1"}, "cannot listen"),
    "status without a database": ("status --service", lambda _: {}, "cannot read the database"),
    "incidents of a newer schema": ("incidents", make_newer, "9999"),
    "replay without a build": ("replay x", lambda _: {}, "is neither BUILDER/NUMBER nor"),
    "replay without a Buildbot": ("replay x/1", lambda _: {}, "Buildbot does not answer"),
    "backup of nothing": ("backup x.db", lambda _: {}, "there is no database"),
    "backup of another database": (
        "backup x.db",
        lambda _: {"DATABASE_URL": "postgresql://u:hunter2@h/d"},
        "use pg_dump",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_is_one_clear_line_and_status_2(name: str, tmp_path: Path) -> None:
    """No traceback, and no password in a terminal that others see."""
    command, make, words = MISTAKES[name]
    environ = {**ENOUGH, **make(tmp_path)}
    if "GITHUB_APP_ID" in environ:
        del environ["GITHUB_TOKEN"]
    ran = await run_command(tmp_path, environ, *command.split())
    (line,) = ran.err.strip().splitlines()
    assert ran.status == 2, ran
    assert line.startswith("nightswatch: ")
    assert words in line
    assert "hunter2" not in ran.err + ran.out


async def test_a_buildbot_that_answers_html_is_one_clear_line(tmp_path: Path) -> None:
    """Somebody gave us the address of a proxy's login page."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<html>log in</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{anything:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        ran = await run_command(tmp_path, {**ENOUGH, "BUILDBOT_URL": url}, "replay", "AMD64/1")
    finally:
        await runner.cleanup()
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == ("nightswatch: Buildbot answered HTML, not JSON: that is a page for people\n")


async def test_a_database_that_is_away_is_waited_for_and_then_tried_again_later(
    tmp_path: Path,
) -> None:
    """After a power cut all machines start at once; 2 would tell the supervisor to give up."""
    environ = {**ENOUGH, "DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/d", "PORT": "0"}
    ran = await run_command(tmp_path, environ, "serve", "--wait", "1.5")
    assert (ran.status, ran.out) == (75, "")
    waiting, gave_up = ran.err.strip().splitlines()
    assert "it does not answer" in waiting
    assert "waiting up to 1.5 s" in waiting
    assert "gave up after 1.5 s" in gave_up
    assert "hunter2" not in ran.err


async def test_a_port_that_is_taken_is_tried_again_later(tmp_path: Path) -> None:
    """Our own predecessor may still be on its way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = await run_command(tmp_path, {**ENOUGH, "PORT": port, "HOST": "127.0.0.1"}, "serve")
    assert (ran.status, ran.out) == (75, "")
    (line,) = ran.err.strip().splitlines()
    assert "cannot listen on 127.0.0.1" in line


def test_a_reader_that_has_read_enough_is_no_crash(tmp_path: Path) -> None:
    """`doctor | head -3`: a traceback would scroll the three lines away."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(bot.__file__).parent.parent)}
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "doctor"],
        cwd=tmp_path,
        env=environ,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (141, b"")


async def test_status_without_its_database_is_one_clear_line(tmp_path: Path) -> None:
    environ = {**ENOUGH, "DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/d"}
    ran = await run_command(tmp_path, environ, "status", "--service")
    assert (ran.status, ran.out) == (2, "")
    (line,) = ran.err.strip().splitlines()
    assert "cannot read the database" in line
    assert "it does not answer" in line
    assert "hunter2" not in line


async def test_an_app_without_installation_is_one_clear_line(farm: Farm, tmp_path: Path) -> None:
    farm.builder("AMD64 Debian")
    await farm.stop_service()
    base = await farm.github.merge(100)
    await farm.buildbot.build("AMD64 Debian", base, result=0)
    farm.github.door._public_key = _find_public_key(APP_KEY)
    farm.github.repository().installed = False
    environ = {
        "BUILDBOT_URL": farm.buildbot.url,
        "GITHUB_API_URL": farm.github.url,
        "GITHUB_APP_ID": "1",
        "GITHUB_APP_PRIVATE_KEY": APP_KEY,
        "DATABASE_URL": f"sqlite:///{tmp_path}/own.db",
    }
    ran = await run_command(tmp_path, environ, "replay", "AMD64 Debian/1")
    assert "not installed on octo-org/demo" in ran.out
    assert (ran.status, ran.err) == (0, "")
    found = await run_command(tmp_path, environ, "doctor")
    assert found.status == 1
    assert "fail  installation" in found.out
