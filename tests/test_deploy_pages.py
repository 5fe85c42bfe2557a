"""What the pages on deploying print, run as printed: installed, backed up, lost, restored.

What is the platform's own (systemctl, docker, useradd) is a script here that notes its words, or
hands them on to the real programs; paths are moved into the test's folder, and nothing else.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.app.factory import DRAIN_SECONDS, SHUTDOWN_SECONDS
from bot.store import open_store
from tests.support.clock import FakeClock
from tests.support.postgres import PASSWORD, PostgresServer, find_binaries
from tests.test_deploy_files import DEPLOY, NAMES, ROOT, load_compose

PAGES = ROOT / "docs" / "deploy"


def find_blocks(page: str, heading: str) -> list[str]:
    """The blocks that are typed, below a heading of a page; before all headings for ''."""
    text = (PAGES / page).read_text()
    part = text.partition(f"\n## {heading}\n")[2] if heading else text
    part = part.partition("\n## ")[0]
    fenced = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    indented = re.findall(
        r"(?:^ {4}\S.*\n)+", re.sub(r"```.*?```", "", part, flags=re.DOTALL), re.MULTILINE
    )
    return fenced + indented


class Machine:
    """A folder that stands for a machine, with what its shell finds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.noted = folder / "noted"
        self.noted.touch()
        self.environ = {"PATH": f"{self.programs}:{os.environ['PATH']}", "HOME": str(folder)}
        self.add("nightswatch", f'exec {shlex.quote(sys.executable)} -m bot "$@"')
        self.environ["PYTHONPATH"] = str(ROOT)

    def add(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def note(self, *names: str) -> None:
        """Programs that only note how they were called."""
        for name in names:
            self.add(name, f'echo {name} "$@" >> {shlex.quote(str(self.noted))}')

    def run(self, lines: str, cwd: Path, **moved: object) -> str:
        """Lines as printed, with these paths and words in the place of others."""
        for old, new in moved.items():
            lines = lines.replace(old, str(new))
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            cwd=cwd,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ran.returncode == 0, f"{lines}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


async def fill(url: str) -> None:
    """A store that a service made, with something in it."""
    store = await open_store(url, FakeClock())
    await store.facts.save_time("remembered", FakeClock().now())
    await store.close()


async def load(url: str) -> object:
    store = await open_store(url, FakeClock())
    try:
        return await store.facts.load_time("remembered")
    finally:
        await store.close()


# ---------------------------------------------------------------- systemd


def test_the_service_is_installed_by_the_lines_of_its_page(machine: Machine) -> None:
    lines, app = find_blocks("systemd.md", "")[:2]
    machine.note("useradd", "systemctl", "nightswatch", "python3")
    machine.add("git", 'mkdir -p "$3" && cp -r "$2/deploy" "$3/"')
    etc, opt = machine.folder / "etc", machine.folder / "opt" / "nightswatch"
    for folder in (etc / "systemd" / "system", machine.folder / "sbin"):
        folder.mkdir(parents=True)
    moved: dict[str, Any] = {
        ".venv/bin/pip": "true",
        "REPOSITORY": ROOT,
        "/opt/nightswatch": opt,
        "/etc/": f"{etc}/",
        "/usr/local/sbin/": f"{machine.folder}/sbin/",
    }
    machine.run(lines, machine.folder, **moved)
    assert (etc / "nightswatch.env").stat().st_mode & 0o777 == 0o600
    assert (machine.folder / "sbin" / "nightswatch").stat().st_mode & 0o777 == 0o755
    (opt / "app.pem").write_text("key")
    machine.run(app, opt, **{"/etc/": f"{etc}/"})
    assert (etc / "systemd/system/nightswatch.service.d/github-app.conf").exists()
    assert (etc / "nightswatch-app.pem").stat().st_mode & 0o777 == 0o600
    assert "systemctl enable --now nightswatch" in machine.noted.read_text()


async def test_a_file_is_backed_up_while_it_is_used_and_restored_after_its_loss(
    machine: Machine,
) -> None:
    """With a write-ahead log beside it, which a copy by hand would miss."""
    home, backups = machine.folder / "home", machine.folder / "backups"
    home.mkdir()
    url = f"sqlite+aiosqlite:///{home}/nightswatch.db"
    store = await open_store(url, FakeClock())
    await store.facts.save_time("remembered", FakeClock().now())
    machine.environ |= {"DATABASE_URL": url, "BUILDBOT_URL": "http://127.0.0.1:1"}
    restore, backup = find_blocks("systemd.md", "Backup and restore")
    machine.run(backup, home, **{"/var/lib/nightswatch": home})
    await store.close()
    (made,) = home.glob("20*.db")
    backups.mkdir()
    shutil.move(made, backups / "2026-11-21.db")
    (home / "nightswatch.db").write_bytes(b"lost")
    (home / "nightswatch.db-wal").write_bytes(b"of another file")
    machine.note("systemctl", "nightswatch")
    machine.run(
        restore,
        home,
        **{"/var/lib/nightswatch": home, "/backups": backups, " -o nightswatch -g nightswatch": ""},
    )
    assert (home / "nightswatch.db").stat().st_mode & 0o777 == 0o600
    assert await load(url) == FakeClock().now()
    assert machine.noted.read_text().splitlines() == [
        "systemctl stop nightswatch",
        "systemctl start nightswatch",
        "nightswatch doctor",
    ]


# ---------------------------------------------------------------- containers


def test_the_secrets_of_the_page_are_those_that_compose_hands_over(machine: Machine) -> None:
    shutil.copytree(DEPLOY, machine.folder / "deploy")
    machine.note("chown", "docker")
    (machine.folder / "deploy" / "APP.pem").write_text("key")
    machine.run(find_blocks("container.md", "")[0], machine.folder / "deploy")
    for secret in load_compose()["secrets"].values():
        path = machine.folder / "deploy" / secret["file"]
        assert path.read_text().strip()
        assert path.stat().st_mode & 0o777 == 0o400
    assert "docker compose up -d --scale watch=2" in machine.noted.read_text()


@pytest.fixture
def server_url(machine: Machine, postgres: PostgresServer) -> str:
    """`docker compose exec -T database` leads to a real server, where the service's user is."""
    postgres.execute(
        "DROP DATABASE IF EXISTS nightswatch",
        "DROP ROLE IF EXISTS nightswatch",
        f"CREATE ROLE nightswatch LOGIN CREATEDB PASSWORD '{PASSWORD}'",
        "CREATE DATABASE nightswatch OWNER nightswatch",
    )
    binaries = find_binaries()
    machine.environ |= {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGPASSWORD": PASSWORD,
        "PATH": f"{machine.programs}:{binaries}:{os.environ['PATH']}",
    }
    note = f'echo docker "$@" >> {shlex.quote(str(machine.noted))}'
    machine.add("docker", f'if [ "$2" = exec ]; then shift 4; exec "$@"; fi\n{note}')
    return postgres.make_url("nightswatch", "nightswatch")


async def test_a_database_is_dumped_and_restored_by_the_lines_of_the_page(
    machine: Machine, server_url: str, postgres: PostgresServer
) -> None:
    await fill(server_url)
    dump, restore = find_blocks("container.md", "Backup and restore")
    machine.run(dump, machine.folder)
    postgres.execute("DROP DATABASE nightswatch WITH (FORCE)")
    machine.run(restore, machine.folder)
    assert await load(server_url) == FakeClock().now()
    assert machine.noted.read_text().splitlines()[-1] == "docker compose run --rm watch doctor"


async def test_a_dump_of_fly_goes_back_over_what_is_there(
    machine: Machine, server_url: str
) -> None:
    """Into the database that its service made anew meanwhile."""
    await fill(server_url)
    (block,) = find_blocks("fly.md", "Backup and restore")
    dump, restore = block.splitlines()
    name = "postgresql://USER:PASSWORD@localhost:16380/fly-db"
    machine.run(dump, machine.folder, **{name: server_url})
    store = await open_store(server_url, FakeClock())
    await store.facts.save_time("remembered", None)
    await store.close()
    machine.run(restore, machine.folder, **{name: server_url})
    assert await load(server_url) == FakeClock().now()


# ---------------------------------------------------------------- Fly and Heroku


def test_fly_runs_the_image_and_leaves_it_the_time_it_asks_for() -> None:
    config = tomllib.loads((DEPLOY / "fly.toml").read_text())
    assert (ROOT / config["build"]["dockerfile"]).exists()
    service = config["http_service"]
    assert f"PORT={service['internal_port']}" in (DEPLOY / "Dockerfile").read_text()
    assert service["checks"][0]["path"] == "/readyz"
    assert service["auto_stop_machines"] == "off"
    assert DRAIN_SECONDS + SHUTDOWN_SECONDS < config["kill_timeout"] <= 30


@pytest.mark.parametrize("page", ["heroku.md", "fly.md"])
def test_settings_that_a_page_sets_are_settings(page: str) -> None:
    text = "\n".join(find_blocks(page, ""))
    given = set(re.findall(r"\b([A-Z][A-Z_]+)=", text))
    assert given
    assert given <= NAMES
