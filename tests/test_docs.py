"""The README names every command and setting, and no file of the project speaks out of turn."""

import re
import subprocess
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from bot.core.commands import COMMANDS as WORDS
from bot.core.commands import PREFIX, Command
from bot.settings import POLICY_SETTINGS, SETTINGS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("setting", [*SETTINGS, *POLICY_SETTINGS], ids=lambda s: s.name)
def test_the_readme_has_a_row_for_every_setting(setting: object) -> None:
    assert f"| `{setting.name}` |" in README  # type: ignore[attr-defined] # the table's row type


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command: str) -> None:
    assert f"python -m bot {command}" in README


@pytest.mark.parametrize("word", WORDS, ids=lambda w: w.name)
def test_the_readme_has_a_row_for_every_word_to_us(word: Command) -> None:
    assert f"| `{PREFIX} {word.usage}` | {word.who} | {word.does} |" in README


def test_links_in_the_docs_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_dependency_that_runs_the_bot_is_pinned_and_explained() -> None:
    lines = (ROOT / "requirements.txt").read_text().split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z]+\])?==[\w.]+", line) for line in lines)
    decisions = README.partition("## Decisions")[2].lower()
    unexplained = [name for line in lines if (name := line.split("==")[0].lower()) not in decisions]
    assert unexplained == []


def test_nothing_of_this_machine_is_in_the_project() -> None:
    """Paths of somebody's machine are of no use to anybody else."""
    try:
        listed = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: the files of the project are not known")
    pattern = re.compile(r"/(?:home|root|Users|work)/[\w.-]+")
    wrong = [
        name
        for name in listed.stdout.splitlines()
        if not name.startswith("tests/")  # where paths of builders are what is read
        and (ROOT / name).suffix in {".py", ".md", ".toml", ".txt", ".html", ".yml"}
        and (ROOT / name).is_file()
        and pattern.search((ROOT / name).read_text())
    ]
    assert wrong == []
