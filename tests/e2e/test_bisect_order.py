"""CPython's regrtest itself: an order of files that fails, a leak, and a changed environment."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import run_command

FILE = """\
import unittest, sys


class T(unittest.TestCase):
    def test_one(self):
        {body}
"""


def find_python() -> str:
    """One with CPython's own tests and their search; Debian leaves them out."""
    for name in (sys.executable, *(f"python3.{minor}" for minor in range(13, 10, -1))):
        path = shutil.which(name)
        if (
            path
            and not subprocess.run(
                [path, "-c", "import test.bisect_cmd"], capture_output=True, check=False
            ).returncode
        ):
            return path
    pytest.skip("no Python with the package test.bisect_cmd")


def make_files(folder: Path, bodies: dict[int, str], count: int = 30) -> list[str]:
    for n in range(count):
        (folder / f"test_f{n:02}.py").write_text(FILE.format(body=bodies.get(n, "pass")))
    return [f"test_f{n:02}" for n in range(count)]


async def bisect(folder: Path, *words: str) -> dict[str, object]:
    ran = await run_command(folder, {"HOME": str(folder)}, "bisect-order", "--json", *words)
    assert ran.status == 0, ran.err
    found: dict[str, object] = json.loads(ran.out)["result"]
    return found


@pytest.mark.parametrize("place", ["{tests}", "--fromfile {file}"])
async def test_two_files_of_regrtest_that_do_it_together_are_found(
    place: str, tmp_path: Path
) -> None:
    """From its own log, run with -r in one process."""
    python = find_python()
    leave = "sys.{} = True"
    look = "self.assertFalse(hasattr(sys, 'left') and hasattr(sys, 'right'))"
    names = make_files(tmp_path, {4: leave.format("left"), 20: leave.format("right"), 25: look})
    line = [python, "-m", "test", "--testdir", str(tmp_path)]
    log = subprocess.run(
        [*line, *names], cwd=tmp_path, capture_output=True, text=True, check=False
    ).stdout
    (tmp_path / "build.log").write_text(log)
    assert "test_f25 failed" in log
    command = f"{python} -m test --testdir {tmp_path} {place}"
    found = await bisect(tmp_path, "build.log", "--run", command)
    assert found["tests"] == ["test_f04", "test_f20", "test_f25"]


async def test_regrtests_own_search_finds_the_method(tmp_path: Path) -> None:
    """One that changes the environment; leaks are counted by debug builds only."""
    python, option = find_python(), "--fail-env-changed"
    make_files(tmp_path, {}, count=1)
    file = tmp_path / "test_f00.py"
    methods = "".join(f"\n    def test_{n}(self):\n        pass\n" for n in range(12))
    bad = "\n    def test_bad(self):\n        import os; os.environ['LEFT'] = 'x'\n"
    file.write_text(file.read_text() + methods + bad)
    line = [python, "-m", "test", option, "--testdir", str(tmp_path), "test_f00"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    (tmp_path / "build.log").write_text(f"+ {' '.join(line)}\n{done.stdout}{done.stderr}")
    command = f"{python} -m test.bisect_cmd {option} --testdir {tmp_path} {{tests}}"
    found = await bisect(tmp_path, "build.log", "--run", command)
    assert found["state"] == "found"
    assert str(found["tests"]).count("test_f00.T.test_bad") == 1


ON_WORKERS = """\
import os, pytest


@pytest.mark.parametrize("n", ["a b", "c::d", "[e]"])
def test_odd(n):
    pass


def test_leaves():
    os.environ["MARK"] = str({left})


def test_looks():
    assert os.environ.get("MARK") != "3"
"""


async def test_on_workers_of_xdist_only_those_of_the_same_one_are_suspected(
    tmp_path: Path,
) -> None:
    """Names with blanks, colons and brackets stand in the log, and go into the command."""
    for n in range(6):
        (tmp_path / f"test_f{n}.py").write_text(ON_WORKERS.format(left=n))
    line = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v"]
    log = subprocess.run(
        [*line, "-n", "2", "--dist=loadfile"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    (tmp_path / "build.log").write_text(log)
    found = await bisect(tmp_path, "build.log", "--yes", "--python", sys.executable)
    assert found["tests"] == ["test_f3.py::test_leaves", "test_f3.py::test_looks"]
    told = await run_command(tmp_path, {}, "bisect-order", "build.log", "--json")
    before = json.loads(told.out)["before"]
    assert "test_f3.py::test_odd[a b]" in before
    assert len(before) < 25
