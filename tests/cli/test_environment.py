"""Where commands find their settings: the environment, over a `.env` beside them."""

from pathlib import Path

import pytest

from bot.cli.environment import find_database_url, load_environ
from bot.core.errors import UserError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, and nothing set."""
    for name in ("DATABASE_URL", "DATABASE_PASSWORD", "BUILDBOT_URL", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_environment_counts_over_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("BUILDBOT_URL=a\nGITHUB_TOKEN=${HOME}\n")
    monkeypatch.setenv("BUILDBOT_URL", "b")
    found = load_environ()
    assert (found["BUILDBOT_URL"], found["GITHUB_TOKEN"]) == ("b", "${HOME}")


def test_who_only_reads_the_database_needs_its_address_and_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_database_url() == "sqlite+aiosqlite:///nightswatch.db"
    (folder / ".env").write_text("DATABASE_URL=postgresql+asyncpg://me@db/nw\n")
    monkeypatch.setenv("DATABASE_PASSWORD", "p@ss")
    assert find_database_url() == "postgresql+asyncpg://me:p%40ss@db/nw"
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///x.db")
    with pytest.raises(UserError, match="DATABASE_PASSWORD needs a DATABASE_URL with a user"):
        find_database_url()
