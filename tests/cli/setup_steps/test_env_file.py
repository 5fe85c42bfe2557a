"""`.env` is changed line by line, whole at every moment, and reads the same to shells and to us."""

import shlex
import subprocess
from pathlib import Path

import pytest

from bot.cli.setup_steps.env_file import change_text, load_env_file, quote_value, write_private
from bot.core.errors import UserError

BEFORE = """\
# our fleet
BUILDBOT_URL=https://old.example
export PORT=9000
  STABLE_TAG = 'old'

STABLE_TAG=stable  # the second one counts
OTHER="kept as it is"
"""


def test_what_is_not_changed_stays_as_it_stands() -> None:
    changes = {"BUILDBOT_URL": "https://new.example", "PORT": None, "REPOSITORY": "o/n"}
    assert change_text(BEFORE, changes) == (
        "# our fleet\n"
        "BUILDBOT_URL=https://new.example\n"
        "  STABLE_TAG = 'old'\n"
        "\n"
        "STABLE_TAG=stable  # the second one counts\n"
        'OTHER="kept as it is"\n'
        "REPOSITORY=o/n\n"
    )


def test_of_a_name_that_stands_there_twice_one_line_is_left() -> None:
    changed = change_text(BEFORE, {"STABLE_TAG": "tier-1"})
    assert [line for line in changed.splitlines() if "STABLE_TAG" in line] == ["STABLE_TAG=tier-1"]


VALUES = [
    "https://host:8010/a?b=c",
    "AMD64 Debian|ARM64 .*",
    "p4ss$HOME${HOME}#x `ls`",
    "it's",
    'double "quotes"',
    "one\\backslash",
    "größe",
    "  blanks  ",
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_reads_the_same_to_a_shell_and_to_us(tmp_path: Path, value: str) -> None:
    path = tmp_path / ".env"
    write_private(path, change_text("", {"NAME": value}))
    assert load_env_file(path) == {"NAME": value}
    script = f'set -a; . {shlex.quote(str(path))}; printf %s "$NAME"'
    ran = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    assert ran.stdout.decode() == value


@pytest.mark.parametrize("value", ["two\nlines", "it's $5", "x\\\\y", "ends in \\"])
def test_what_no_line_can_hold_is_refused(value: str) -> None:
    with pytest.raises(UserError, match="belongs into a file of its own"):
        quote_value(value)


def test_it_is_for_its_owner_alone_also_where_it_was_not(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(0o644)
    write_private(path, "A=2\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == [".env"]


def test_where_it_cannot_be_written_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "no" / "folder" / ".env"
    with pytest.raises(UserError, match="cannot be written: No such file or directory"):
        write_private(path, "A=2\n")


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("A=1\n")
    (tmp_path / ".env").symlink_to(tmp_path / "real")
    write_private(tmp_path / ".env", "A=2\n")
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "real").read_text() == "A=2\n"


def test_one_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe\n")
    with pytest.raises(UserError, match="cannot be read"):
        load_env_file(tmp_path / ".env")
