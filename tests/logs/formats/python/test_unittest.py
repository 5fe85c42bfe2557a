"""unittest for real: set-ups that fail, processes that leave, what tests print."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log

TESTS = """
import os, unittest
class Cold(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("cold")
    def test_one(self): pass
class Warm(unittest.TestCase):
    def test_good(self): pass
    def test_prints(self):
        print("FAIL: test_fake (some.Where.test_fake)\\n" + "=" * 70)
        self.fail("for real")
    def test_inner(self):
        class Inner(unittest.TestCase):
            def test_in(self): self.fail("on purpose")
        unittest.TextTestRunner().run(Inner("test_in"))
"""
MODULE = """
import unittest
def setUpModule(): raise OSError("frost")
class M(unittest.TestCase):
    def test_m(self): pass
"""
LEAVING = """
import os, unittest
class L(unittest.TestCase):
    def test_a(self): pass
    def test_leaves(self): os._exit({status})
"""


def run(folder: Path, *words: str) -> Reading:
    command = [sys.executable, "-m", "unittest", *words]
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    head = f"{' '.join(command)}\n in dir {folder} (timeout 1200 secs)\n argv: {command}\n"
    end = f"program finished with exit code {done.returncode}\nelapsedTime=1.5\n"
    return read_log([head.encode(), done.stdout, end.encode()])


@pytest.mark.parametrize("options", [(), ("-v",), ("-b",)])
def test_what_was_not_set_up_did_not_run(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The footer is that of a whole run. What tests print and run inside is not told."""
    (tmp_path / "test_wall.py").write_text(TESTS)
    (tmp_path / "test_frost.py").write_text(MODULE)
    (tmp_path / "test_gone.py").write_text("import nowhere_there\n")
    reading = run(tmp_path, *options, "test_wall", "test_frost", "test_gone")
    assert {f.test: f.message for f in reading.failures} == {
        "test_wall.Cold.setUpClass": "OSError: cold",
        "test_frost.setUpModule": "OSError: frost",
        "test_gone": "ModuleNotFoundError: No module named 'nowhere_there'",
        "test_wall.Warm.test_prints": "AssertionError: for real",
    }
    [ran] = reading.runs
    assert ran.complete
    assert set(ran.not_reached or ()) == {"test_wall.Cold", "test_frost", "test_gone"}
    assert ran.reached("test_wall.Warm.test_good")
    assert not ran.reached("test_wall.Cold.test_one")
    assert not ran.reached("test_frost.M.test_m")


@pytest.mark.parametrize(("status", "options"), [(0, ("-v",)), (0, ()), (7, ("-v",))])
def test_a_run_that_a_test_left_passed_nothing(
    tmp_path: Path, status: int, options: tuple[str, ...]
) -> None:
    """With success it is green; with a status the test is named, where the log names it."""
    (tmp_path / "test_leave.py").write_text(LEAVING.format(status=status))
    reading = run(tmp_path, *options, "test_leave")
    assert [ran.complete for ran in reading.runs] == [False]
    named = [(f.kind, f.test) for f in reading.failures]
    assert named == ([(Kind.CRASH, "test_leave.L.test_leaves")] if status else [])


def test_a_run_of_no_tests_passed_none(tmp_path: Path) -> None:
    (tmp_path / "test_none.py").write_text("")
    assert [ran.complete for ran in run(tmp_path, "test_none").runs] == [False]
