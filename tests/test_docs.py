"""The pages are what the code says, and no file of the project speaks out of turn."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from docs.generate import DOCS, PAGES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DECISIONS = sorted((ROOT / "docs/decisions").glob("0*.md"))
PEOPLE_READ = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob(".github/**/*.md")]


@pytest.mark.parametrize(("name", "render"), PAGES.items(), ids=PAGES)
def test_a_page_that_is_made_from_the_code_is_fresh(name: str, render: Callable[[], str]) -> None:
    """`make docs` writes them."""
    assert (DOCS / name).read_text() == render()


def test_the_readme_is_a_front_door() -> None:
    """Who wants more finds it in `docs`."""
    assert len(README.encode()) <= 12_000


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told_of(command: str) -> None:
    assert f"`nightswatch {command}`" in (DOCS / "commands.md").read_text()


@pytest.mark.parametrize("page", PEOPLE_READ, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_in_the_docs_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    broken = [
        target + anchor
        for target, anchor in re.findall(r"\]\(([^)#:\s]*)(#[^)\s]*)?\)", text)
        if not _leads_somewhere((page.parent / target) if target else page, anchor)
    ]
    assert broken == []


def _leads_somewhere(path: Path, anchor: str) -> bool:
    if not path.exists():
        return False
    if not anchor or path.suffix != ".md":
        return True
    heads = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return anchor[1:] in {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}


@pytest.mark.parametrize("page", DECISIONS, ids=lambda p: p.stem)
def test_a_decision_says_why_and_until_when(page: Path) -> None:
    text = page.read_text()
    for part in ("\nDate: ", "\n## Context\n", "\n## Choice", "\n## When to look again\n"):
        assert part in text
    assert f"]({page.name})" in (page.parent / "README.md").read_text()


def test_every_dependency_that_runs_the_bot_is_pinned_and_explained() -> None:
    lines = (ROOT / "requirements.in").read_text().split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z]+\])?==[\w.]+", line) for line in lines)
    decisions = "".join(page.read_text() for page in DECISIONS).lower()
    unexplained = [n for line in lines if (n := line.split("==")[0].lower()) not in decisions]
    assert unexplained == []


@pytest.mark.parametrize("name", ["requirements", "requirements-build", "requirements-dev"])
def test_everything_that_is_installed_is_locked_with_hashes(name: str) -> None:
    """A package that was replaced at its source does not install; nor does one nobody asked for."""
    locked = (ROOT / f"{name}.txt").read_text()
    entries = re.findall(
        r"^([\w.\[\]-]+)==(\S+?)[ \\](?:[^\n]*\n)((?:    --hash=.*\n)+)", locked, re.MULTILINE
    )
    names = {_name_package(found): version for found, version, _ in entries}
    wanted = [w for w in (ROOT / f"{name}.in").read_text().split() if "==" in w]
    assert (
        len(entries) == len(re.findall(r"^[\w.\[\]-]+==", locked, re.MULTILINE)) >= len(wanted) > 0
    )
    for line in wanted:
        package, _, version = line.partition("==")
        assert names[_name_package(package)] == version, "run `make lock`"


def _name_package(found: str) -> str:
    """A package's one name, without extras."""
    return found.partition("[")[0].lower().replace("_", "-")


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


def test_every_line_of_the_threat_model_names_a_test_that_is_there() -> None:
    """A promise without a test is a wish."""
    page = (ROOT / "docs/security.md").read_text()
    threats = page.partition("## Threats")[2].partition("## Limits")[0]
    rows = [row for row in threats.splitlines() if row.startswith("| ") and "---" not in row][1:]
    code = "".join(path.read_text() for path in ROOT.glob("tests/**/*.py"))
    there = set(re.findall(r"def (test_\w+)", code))
    assert len(rows) > 20
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named, row
        assert named <= there, named - there
