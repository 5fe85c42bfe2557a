"""The setting `LOG_RULES`: each mistake in each file is told at the start, and by doctor."""

import asyncio
from pathlib import Path

import pytest

from bot.app.log_rules import WrongRules, parse_log_rules
from bot.app.setting import WrongSettings
from bot.app.settings import Settings, read_some
from bot.app.setup_checks.registry import run_checks
from bot.app.wiring import SystemClock

PAGE = (Path(__file__).parents[2] / "docs/log-rules.md").read_text()
RULES = PAGE.partition("```toml\n")[2].partition("```")[0]
ENVIRON = {"BUILDBOT_URL": "https://b.example", "GITHUB_TOKEN": "t", "REPOSITORY": "o/n"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The rules of the page, in the folder in which the service is started."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clockwork.toml").write_text(RULES)
    return tmp_path


def test_the_service_does_not_start_with_a_mistake(project: Path) -> None:
    bad = RULES.replace("below = 5", "belowe = 5")
    Path("bad.toml").write_text(bad.replace("(?P<id>", "(?P<it>"))
    with pytest.raises(WrongSettings) as raised:
        Settings.from_environ({**ENVIRON, "LOG_RULES": "clockwork.toml, bad.toml"})
    assert [said.partition(": ")[0] for said in raised.value.problems] == ["LOG_RULES bad.toml"] * 3
    assert "rule 1: nothing reads `belowe`: is `below` meant?" in raised.value.problems[0]


def test_doctor_names_each_mistake_and_what_to_do(project: Path) -> None:
    Path("clockwork.toml").write_text(RULES.replace("(?P<id>", "(?P<it>"))
    environ = {**ENVIRON, "LOG_RULES": "clockwork.toml,gone.toml"}
    findings = asyncio.run(run_checks(environ, SystemClock()))
    assert [finding.check for finding in findings] == ["settings"] * 3
    assert "LOG_RULES clockwork.toml: rule 1: `pattern` must name" in str(findings[0])
    assert "explain --format FILE LOG" in str(findings[0])
    assert "gone.toml cannot be read: No such file" in str(findings[2])


def test_doctor_says_what_it_read(project: Path) -> None:
    formats = read_some({"LOG_RULES": "clockwork.toml"}, "LOG_RULES")["LOG_RULES"]
    assert [(known.name, len(known.rules)) for known in formats] == [("clockwork", 3)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".", "it is no file"),
        ("a\0b", "cannot be read"),
        ("clockwork.toml,./clockwork.toml", "another file describes clockwork"),
        (",".join(["x"] * 21), "at most 20"),
    ],
)
def test_files_that_are_none_are_told(project: Path, text: str, words: str) -> None:
    with pytest.raises(WrongRules, match=words):
        parse_log_rules(text)
