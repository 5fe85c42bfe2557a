"""Completion in the shells themselves: what they offer after some letters."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from bot.cli.completion import list_commands
from tests.cli.running import ROOT


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    for shell in ("bash", "zsh", "fish"):
        printed = subprocess.run(
            [sys.executable, "-m", "bot", "completion", shell],
            cwd=ROOT, capture_output=True, check=True,
        )  # fmt: skip
        (folder / shell).write_bytes(printed.stdout)
    return folder


def find_shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        assert not os.environ.get("CI"), f"{name} belongs to this machine"
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    return found


def test_every_command_is_offered_with_its_options() -> None:
    commands = {command.name: command for command in list_commands()}
    assert commands.keys() == COMMANDS.keys()
    options = {name for option in commands["status"].options for name in option.names}
    assert {"-b", "--branch", "-q", "--watch", "--json", "--help"} <= options
    assert commands["completion"].values == ("bash", "fish", "zsh")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["nightswatch", "inc"], {"incidents"}),
        (["nightswatch", "status", "--wa"], {"--watch"}),
        (["nightswatch", "backtest", "--policy", ""], {"careful", "default", "eager"}),
        (["nightswatch", "completion", "z"], {"zsh"}),
        (["nightswatch", "incidents", "--limit", ""], set()),
    ],
)
def test_bash_offers_what_may_follow(words: list[str], offered: set[str], scripts: Path) -> None:
    listed = " ".join(f"'{word}'" for word in words)
    script = (
        f"source {scripts / 'bash'}; COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1};"
        ' _nightswatch; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    printed = subprocess.run(
        [find_shell("bash"), "--norc", "-uc", script], capture_output=True, text=True, check=True
    )
    assert set(printed.stdout.split()) == offered
    assert printed.stderr == ""


def test_fish_offers_commands_and_values(scripts: Path) -> None:
    fish = find_shell("fish")

    def complete(line: str) -> str:
        script = f"source {scripts / 'fish'}; complete -C '{line}'"
        return subprocess.run(
            [fish, "--no-config", "-c", script], capture_output=True, text=True, check=True
        ).stdout

    assert "incidents\tList incidents" in complete("nightswatch inc")
    assert "--watch" in complete("nightswatch status --wa")
    assert "careful" in complete("nightswatch backtest --policy ")


def test_zsh_takes_the_script_and_knows_its_function(scripts: Path) -> None:
    script = (
        f"autoload -U compinit; compinit -D -u; source {scripts / 'zsh'};"
        " print -r -- $_comps[nightswatch]; whence -w _nightswatch"
    )
    printed = subprocess.run(
        [find_shell("zsh"), "-f", "-c", script], capture_output=True, text=True, check=True
    )
    assert printed.stdout.split("\n")[:2] == ["_nightswatch", "_nightswatch: function"]
    checked = subprocess.run(
        [find_shell("zsh"), "-n", str(scripts / "zsh")], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
