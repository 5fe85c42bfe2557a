"""Every command line that the README and the docs print is one: it does as printed.

All are read as a shell reads them, and their arguments as the command does. What needs no server
runs for real, in a folder where the lines before it have run.
"""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.__main__ import make_parser
from bot.cli import COMMANDS
from tests.cli.running import ROOT
from tests.cli.test_export import make_environ, play
from tests.support.farm import Farm

PAGES = [
    *(p for p in sorted(ROOT.glob("*.md")) if p.name != "CHANGELOG.md"),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "deploy").glob("*.md")),
    *sorted((ROOT / ".github").glob("**/*.md")),
]
OURS = ("nightswatch", ".venv/bin/nightswatch", "python -m bot", "docker compose run --rm watch")
# What others make; that a line is one of theirs is all that is looked at.
FOREIGN = {
    *(".", "cd", "curl", "docker", "export", "fly", "git", "heroku", "install", "pip", "pipx"),
    *(
        "pre-commit",
        "python",
        "rm",
        "systemctl",
        "python3",
        "useradd",
        "cp",
        "mkdir",
        "chown",
        "chmod",
    ),
    *("openssl", "pg_dump", "pg_restore", ".venv/bin/pip"),
}
SHELLS = ("sh", "bash", "shell")


class Printed(NamedTuple):
    """One line, and where it stands."""

    page: str
    line: str

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command in it, without comments."""
        words = shlex.split(self.line, comments=True)
        found: list[list[str]] = [[]]
        for word in words:
            if word in {"&&", "|", "||"}:
                found.append([])
            else:
                found[-1].append(word)
        return found


def find_blocks(text: str) -> Iterator[str]:
    """Lines that are shown to be typed: indented blocks, and fences of a shell."""
    fence = None
    before = ""
    for line in text.splitlines():
        mark = re.match(r"\s*```(\w*)", line)
        if mark:
            fence = None if fence is not None else mark[1]
        elif fence == "console":  # a session: what is typed, and what comes of it
            if line.startswith("$ "):
                yield line[2:]
        elif fence in SHELLS or (fence is None and is_indented_code(line, before)):
            yield line.strip()
        before = line if line.strip() else before


def is_indented_code(line: str, before: str) -> bool:
    """Four columns, or seven below a number; below a dash they go on with its words."""
    return bool(re.match(r" {4}\S| {7}\S", line)) and not before.startswith("-")


def find_printed() -> list[Printed]:
    """All lines that are typed, and all inline code that begins with a command of ours."""
    found = []
    for page in PAGES:
        text, name = page.read_text(), page.relative_to(ROOT).as_posix()
        found += [Printed(name, line) for line in find_blocks(text)]
        spans = re.findall(rf"`((?:{'|'.join(map(re.escape, OURS))}|make) [^`\n]+)`", text)
        found += [Printed(name, span) for span in spans]
    return found


PRINTED = find_printed()


def test_lines_are_found() -> None:
    """A test over nothing would always pass."""
    assert len(PRINTED) > 60
    assert {"README.md", "docs/operating.md", "docs/deploy/heroku.md"} <= {p.page for p in PRINTED}


@pytest.mark.parametrize("printed", PRINTED, ids=lambda p: f"{p.page}: {p.line}"[:90])
def test_a_printed_line_is_a_command(printed: Printed) -> None:
    for words in printed.commands:
        said = shlex.join(words)
        begin = next((b for b in OURS if said.startswith(b + " ")), None)
        if begin is not None:
            check_ours(words[len(begin.split()) :])
        elif words[0] == "make":
            check_make(words[1:])
        else:
            assert words[0] in FOREIGN, f"is {words[0]} a command?"


def check_ours(words: list[str]) -> None:
    """Its arguments are such as it takes; `COMMAND` and `…` stand for what people choose."""
    words = ["serve" if word == "COMMAND" else word for word in words if word != "…"]
    if len(words) == 1:  # named, not given
        assert words[0] in (*COMMANDS, "--version")
        return
    if "--help" in words:
        with pytest.raises(SystemExit, match=r"\A0\Z"):
            make_parser(words).parse_args(words)
    else:
        make_parser(words).parse_args(words)


def check_make(words: list[str]) -> None:
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [w for w in words if "=" not in w and w not in targets] == []


# ---------------------------------------------------------------- what needs no server


RUN = ("nightswatch export ", "nightswatch backtest ", "nightswatch explain ")
RULES_PAGE = "docs/log-rules.md"  # its session needs its files, and is played in test_explain_rules


@pytest.mark.timeout(300)  # on a busy machine
async def test_what_is_printed_runs_as_printed(
    farm: Farm, database_url: str, tmp_path: Path
) -> None:
    """One after the other, from a folder of one's own, by the shell that people have."""
    await play(farm)
    command = tmp_path / "bin" / "nightswatch"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m bot "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}:{os.environ['PATH']}"
    environ = {"PATH": path, "PYTHONPATH": str(ROOT), **make_environ(farm, database_url)}
    lines = dict.fromkeys(
        p.line
        for p in PRINTED
        if p.line.startswith(RUN) and len(p.line.split()) > 2 and p.page != RULES_PAGE
    )
    lines = {line: None for line in lines if "COMMAND" not in line}
    assert len(lines) >= 5
    export = [line for line in lines if line.startswith("nightswatch export ")]
    log = "echo FAILED t.py::test_a | tee LOG FILE"
    for line in ("nightswatch export fleet.jsonl", log, *export):
        await run_line(tmp_path, environ, line)
    others = [line for line in lines if line not in export]
    await asyncio.gather(*(run_line(tmp_path, environ, line) for line in others))


async def run_line(folder: Path, environ: dict[str, str], line: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euc", line),
        cwd=folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, f"{line}: {err.decode()}"
    assert out or "export" in line
