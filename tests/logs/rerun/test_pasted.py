"""A reproduce line is pasted into a shell in the same tree: that test fails again, and it alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.model import Reading
from bot.logs import read_log
from tests.logs.rerun.projects import PROJECTS, Project

# Beside what the machine has, what is installed beside us.
PATH = os.pathsep.join((os.environ["PATH"], str(Path(sys.executable).parent)))


def run(command: str, folder: Path) -> tuple[int, bytes]:
    """The exit status and all that was printed."""
    environ = {**os.environ, "NO_COLOR": "1", "PATH": PATH}
    ran = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return ran.returncode, ran.stdout


def read(command: str, folder: Path, status: int, output: bytes) -> Reading:
    """As a worker of Buildbot hands it in."""
    argv = ["/bin/sh", "-c", command]
    head = f"{command}\n in dir {folder} (timeout 1200 secs)\n argv: {argv}\n using PTY: False\n"
    end = b"" if output.endswith(b"\n") else b"\n"
    return read_log([head.encode(), output, end, b"program finished with exit code %d\n" % status])


def make(project: Project, folder: Path) -> None:
    """Write and build it; skipped where the tool is not installed."""
    if not shutil.which(project.needs, path=PATH):
        pytest.skip(f"{project.needs} is not installed")
    for name, text in project.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace("@FOLDER@", str(folder)))
    status, output = run(project.build, folder)
    if status:
        pytest.skip(f"{project.needs} lacks what this needs: {output[-300:].decode()}")


@pytest.mark.parametrize("name", PROJECTS)
def test_the_line_runs_that_test_again(name: str, tmp_path: Path) -> None:
    project = PROJECTS[name]
    make(project, tmp_path)
    first = read(project.command, tmp_path, *run(project.command, tmp_path))
    assert first.tests == (project.test,)
    assert (tmp_path / "neighbour").exists()
    (tmp_path / "neighbour").unlink()
    assert first.reproduce
    status, output = run(first.reproduce, tmp_path)
    assert status, first.reproduce
    if project.prints:
        assert project.prints in output
    else:
        again = read(first.reproduce, tmp_path, status, output)
        assert again.tests == first.tests, first.reproduce
    assert not (tmp_path / "neighbour").exists(), first.reproduce
