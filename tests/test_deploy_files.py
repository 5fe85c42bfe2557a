"""What operators copy must work as it stands: read here as Docker, compose and systemd would."""

import configparser
import fnmatch
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it has no stubs

from bot.app.factory import DRAIN_SECONDS, SHUTDOWN_SECONDS
from bot.app.settings import SETTINGS
from bot.cli.serve import EX_TEMPFAIL

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"

NAMES = {s.name for s in SETTINGS} | {f"{s.name}_FILE" for s in SETTINGS if s.secret}


def load_compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


def load_unit(name: str) -> dict[str, list[str]]:
    """The lines of [Service] by name; systemd lets them repeat."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in (DEPLOY / name).read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def load_instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text())
    lines = (line.strip() for line in text.splitlines())
    return [
        (line.partition(" ")[0], line.partition(" ")[2])
        for line in lines
        if line and not line.startswith("#")
    ]


# ---------------------------------------------------------------- the image


def test_the_container_is_nobody_in_particular_and_says_how_it_is() -> None:
    instructions = load_instructions()
    users = [rest for name, rest in instructions if name == "USER"]
    assert users == ["10001:10001"]
    (check,) = [rest for name, rest in instructions if name == "HEALTHCHECK"]
    assert "/readyz" in check
    assert "--start-period" in check
    last = [name for name, _ in instructions][::-1]
    assert last.index("USER") < last.index("RUN"), "nothing is run as root after it"
    assert ("STOPSIGNAL", "SIGTERM") in instructions
    assert ("ENTRYPOINT", '["python", "-m", "bot"]') in instructions


def test_what_the_image_copies_is_there_and_sent_to_the_builder() -> None:
    """`.dockerignore` keeps all else back: settings, keys, databases."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    sources = {
        source
        for name, rest in load_instructions()
        if name == "COPY" and "--from=" not in rest
        for source in rest.split()[:-1]
    }
    assert sources == let_in
    assert all((ROOT / source).exists() for source in sources)
    for secret in (".env", "deploy/secrets/app.pem", "nightswatch.db"):
        assert not any(fnmatch.fnmatch(secret, f"{source}*") for source in sources)


# ---------------------------------------------------------------- compose


def test_every_setting_that_compose_gives_is_one() -> None:
    """A name that is spelt wrongly is a setting that is not given."""
    watch = load_compose()["services"]["watch"]
    assert set(watch["environment"]) <= NAMES
    for name in ("env.example", "nightswatch.env.example"):
        lines = (DEPLOY / name).read_text().splitlines()
        given = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
        assert given <= NAMES, name
        assert "BUILDBOT_URL" in given


def test_no_secret_is_in_the_environment_of_a_container() -> None:
    compose = load_compose()
    secret = {s.name for s in SETTINGS if s.secret} - {"DATABASE_URL"} | {"POSTGRES_PASSWORD"}
    for service in compose["services"].values():
        assert not secret & set(service.get("environment", ()))
        mounted = {f"/run/secrets/{name}" for name in service.get("secrets", ())}
        files = {v for k, v in service.get("environment", {}).items() if k.endswith("_FILE")}
        assert files == mounted
        assert set(service.get("secrets", ())) <= set(compose["secrets"])
    assert "@" not in compose["services"]["watch"]["environment"]["DATABASE_URL"].split("@")[1]
    assert ":" not in compose["services"]["watch"]["environment"]["DATABASE_URL"][13:]
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text()


def test_every_supervisor_leaves_us_the_time_we_ask_for() -> None:
    """Killed earlier, work in flight waits for its lease to end."""
    ours = DRAIN_SECONDS + SHUTDOWN_SECONDS
    compose = load_compose()["services"]["watch"]["stop_grace_period"]
    (unit,) = load_unit("nightswatch.service")["TimeoutStopSec"]
    for seconds in (int(compose.removesuffix("s")), int(unit)):
        assert ours < seconds <= 30


# ---------------------------------------------------------------- systemd


def test_systemd_restarts_on_what_passes_and_not_on_wrong_settings() -> None:
    """A database that starts after us, as after a power cut, must not keep us down."""
    unit = load_unit("nightswatch.service")
    assert unit["Restart"] == ["on-failure"]
    assert unit["RestartPreventExitStatus"] == ["2"]
    assert str(EX_TEMPFAIL) not in unit["RestartPreventExitStatus"]
    assert unit["KillMode"] == ["mixed"]
    assert "DynamicUser" not in unit, "restored files are given to a user who is there"


def test_commands_run_as_the_service_does() -> None:
    """Doctor of another user, with another database, tells of another set-up."""
    unit = load_unit("nightswatch.service")
    script = (DEPLOY / "nightswatch").read_text()
    given: dict[str, list[str]] = {}
    for name, value in re.findall(r"--property=(\w+)=(\S+)", script):
        given.setdefault(name, []).append(value)
    app = load_unit("github-app.conf")
    assert given.pop("LoadCredential") == app["LoadCredential"]
    assert {name: unit[name] for name in given} == given
    assert {"User", "Environment", "EnvironmentFile", "WorkingDirectory"} <= set(given)
    assert unit["ExecStart"] == ["/opt/nightswatch/.venv/bin/python -m bot serve"]
    assert '/opt/nightswatch/.venv/bin/python -m bot "$@"' in script
    names = {line.partition("=")[0] for line in unit["Environment"] + app["Environment"]}
    assert names <= NAMES | {"PYTHONPATH"}


def test_the_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    """As systemd itself reads it where it is installed, and its grammar everywhere."""
    text = (DEPLOY / "nightswatch.service").read_text()
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    assert parser.sections() == ["Unit", "Service", "Install"]
    program = shutil.which("systemd-analyze")
    if program is None:
        return
    unit = tmp_path / "nightswatch.service"
    unit.write_text(text.replace("/opt/nightswatch/.venv/bin/python", "/bin/true"))
    folder = tmp_path / "nightswatch.service.d"
    folder.mkdir()
    shutil.copy(DEPLOY / "github-app.conf", folder)
    ran = subprocess.run(
        [program, "verify", "--man=no", unit],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ours = [line for line in ran.stderr.splitlines() if "nightswatch" in line]
    assert (ran.returncode, ours) == (0, [])


@pytest.mark.parametrize("app", [True, False])
def test_the_script_hands_over_its_words_one_by_one(tmp_path: Path, app: bool) -> None:
    """Builders have blanks in their names, and quotes, and worse."""
    key = tmp_path / "app.pem"
    if app:
        key.write_text("key")
    (tmp_path / "systemd-run").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "systemd-run").chmod(0o755)
    script = (DEPLOY / "nightswatch").read_text().replace("/etc/nightswatch-app.pem", str(key))
    build = "AMD64 'Debian' $HOME *%d/45"
    ran = subprocess.run(
        ["/bin/sh", "-s", "--", "replay", build],
        input=script,
        capture_output=True,
        text=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=True,
        timeout=30,
    )
    words = ran.stdout.splitlines()
    assert words[-5:] == ["/opt/nightswatch/.venv/bin/python", "-m", "bot", "replay", build]
    assert any(word.startswith("--property=LoadCredential") for word in words) is app


def test_the_unit_may_do_little() -> None:
    """What systemd itself says of how much a service that was taken over could do."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd here")
    unit = ROOT / "deploy/nightswatch.service"
    ran = subprocess.run(
        [analyze, "security", "--offline=true", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level[^:]*: ([\d.]+)", ran.stdout)
    if found is None:
        pytest.skip(f"this systemd-analyze looks at no file: {ran.stderr.strip()}")
    assert float(found[1]) <= 2.0
