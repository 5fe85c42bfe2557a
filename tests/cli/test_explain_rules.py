"""`explain --format FILE`, the setting `LOG_RULES`, and the page that a newcomer follows."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app.log_pool import LogPool
from bot.app.log_rules import parse_log_rules
from bot.cli import explain
from bot.core.errors import UserError
from bot.core.model import Reading
from tests.cli.running import Ran, run_command

PAGE = (Path(__file__).parents[2] / "docs/log-rules.md").read_text()


def cut(mark: str) -> str:
    """What stands in a fence behind a mark of the page."""
    fence = rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)```\n<!-- end -->"
    found = re.search(fence, PAGE, re.DOTALL)
    assert found, mark
    return found[1]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's project, its runner run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LOG_RULES", raising=False)
    Path("clockwork").write_text(cut("file: clockwork"))
    Path("clockwork").chmod(0o755)
    Path("clockwork.toml").write_text(cut("file: clockwork.toml"))
    ran = subprocess.run(["./clockwork"], stdout=subprocess.PIPE, check=False)
    assert ran.returncode == 1
    Path("build.log").write_bytes(ran.stdout)
    return tmp_path


def explain_log(project: Path, form: str) -> Ran:
    return asyncio.run(run_command(project, {}, "explain", "--format", form, "build.log"))


def test_a_newcomer_gets_what_the_page_shows(project: Path) -> None:
    wanted = cut("session").partition("\n")[2]
    ran = explain_log(project, "./clockwork.toml")
    assert ran.out == wanted


def test_the_line_of_the_page_runs_the_test_again(project: Path) -> None:
    line = explain.read_file("build.log", "clockwork.toml").reproduce
    assert line
    ran = subprocess.run(["sh", "-c", line], cwd=project, stdout=subprocess.PIPE, check=False)
    assert ran.returncode == 1
    assert b"springs/main" not in ran.stdout


def test_the_setting_serves_explain_as_well(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file `.env`, too, for there the service finds it."""
    plain = explain.read_file("build.log")
    monkeypatch.setenv("LOG_RULES", "clockwork.toml")
    assert explain.read_file("build.log").tests == ("gears/third",)
    monkeypatch.delenv("LOG_RULES")
    assert explain.read_file("build.log") == plain
    (project / ".env").write_text("LOG_RULES=clockwork.toml\n")
    assert explain.read_file("build.log").failures[0].suite == "clockwork"


def test_a_file_with_a_mistake_ends_explain_with_one_line(project: Path) -> None:
    Path("clockwork.toml").write_text("name = 3")
    with pytest.raises(UserError, match=r"--format clockwork\.toml: `name` must be"):
        explain.read_file("build.log", "clockwork.toml")
    ran = explain_log(project, "clockwork.toml")
    assert (ran.status != 0, "Traceback" in ran.err) == (True, False)


def test_what_is_neither_name_nor_file_is_refused(project: Path) -> None:
    ran = explain_log(project, "clockwrk")
    assert ran.status == 2
    assert "no file of rules" in ran.err


def test_readers_in_other_processes_know_the_rules(project: Path) -> None:
    """Of small logs and of those that go by way of the disk."""

    async def read(content: bytes) -> Reading:
        pool = LogPool(processes=1, rules=parse_log_rules("clockwork.toml"))

        async def stream() -> AsyncIterator[bytes]:
            yield content

        try:
            return await pool.read(stream(), step="test")
        finally:
            await pool.close()

    log = (project / "build.log").read_bytes()
    for content in (log, b"nothing to see here\n" * 100_000 + log):
        reading = asyncio.run(read(content))
        assert (reading.tests, reading.seed) == (("gears/third",), "42")
        assert reading.reproduce == "./clockwork gears/third"
