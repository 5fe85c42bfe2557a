"""pytest for real: one name for a test however pytest is called, and how far a run came."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.core.model import Kind, Reading
from bot.logs import read_log

TESTS = """
import pytest, unittest

@pytest.mark.parametrize("x", ["a - b", "[z]", "p/q.py::r", "x y", "", "a]b", "q[1] - w"])
def test_gate(x):
    assert x == "no"

class TestMap:
    @pytest.mark.parametrize("n", [1.5])
    def test_scale(self, n):
        assert n == 2

def test_load():
    raise ExceptionGroup("loading", [OSError("disk"), ExceptionGroup("in", [KeyError("id")])])

def test_flight():
    raise ExceptionGroup("flying", [ValueError("lost")])

def test_march():
    try:
        int("x")
    except ValueError as error:
        raise RuntimeError("no plan") from error

@pytest.fixture
def server():
    yield
    raise ConnectionError("it did not stop")

def test_reply(server):
    assert 0, "wrong reply"

def test_other(server):
    pass

def test_prints():
    print("FAILED test_z.py::test_no - x\\nINTERNALERROR> Traceback (most recent call last):")
    print("collected 99 items\\n= 1 passed in 0.1s =\\n!!! Interrupted: 1 error !!!")
    assert 0

def test_a_name_that_is_wider_than_the_terminal_of_any_builder_that_was_ever_made_by_us():
    assert 1 == 2

class Cold(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise OSError("cold")

    def test_one(self):
        pass
"""
GONE = "import nowhere_there\n"
LEAVING = """
import os, pytest
def test_first(): pass
def test_leaves(): os._exit(int(os.environ["STATUS"]))
def test_last(): pass
"""
BUG = """
def pytest_runtest_logreport(report):
    if "last" in report.nodeid:
        raise RuntimeError("a bug of a plugin")
"""
MODES: dict[str, tuple[Sequence[str], str]] = {
    "very quiet": (["-qq"], "80"),
    "native and narrow": (["--tb=native"], "40"),
    "no summary, in colour": (["-rN", "--color=yes"], "200"),
    "by xdist": (["-n2", "-v"], "80"),
}


def run(folder: Path, options: Sequence[str], width: str = "80", status: int = 0) -> Reading:
    """What pytest prints, as Buildbot keeps it."""
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    words += ["-p", "xdist"] if "-n" in " ".join(options) else []
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environ |= {"COLUMNS": width, "STATUS": str(status), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, check=False)
    head = f"{' '.join(words)}\n in dir {folder} (timeout 1200 secs)\n argv: {words}\n"
    end = f"program finished with exit code {done.returncode}\nelapsedTime=1.5\n"
    return read_log([head.encode(), done.stdout, done.stderr, end.encode()])


def name_failures(reading: Reading) -> dict[str | None, str]:
    return {failure.test: failure.message for failure in reading.failures}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wall")
    (made / "pytest.ini").write_text("[pytest]\n")
    (made / "test_wall.py").write_text(TESTS)
    (made / "test_gone.py").write_text(GONE)
    return made


@pytest.fixture(scope="module")
def plain(folder: Path) -> Reading:
    return run(folder, ["--continue-on-collection-errors"])


def test_ids_and_messages_are_pytests_own(plain: Reading) -> None:
    told = name_failures(plain)
    assert told.pop("test_gone.py") == "ModuleNotFoundError: No module named 'nowhere_there'"
    names = {str(test).removeprefix("test_wall.py::"): text for test, text in told.items()}
    assert {name for name in names if name.startswith("test_gate")} == {
        f"test_gate[{x}]" for x in ("a - b", "[z]", "p/q.py::r", "x y", "", "a]b", "q[1] - w")
    }
    assert names["TestMap::test_scale[1.5]"] == "assert 1.5 == 2"
    assert names["test_flight"] == "ValueError: lost"
    assert names["test_load"].endswith("(2 sub-exceptions): OSError: disk; KeyError: 'id'")
    assert names["test_march"] == "RuntimeError: no plan"
    assert names["test_reply"] == "AssertionError: wrong reply"
    assert names["test_other"] == "ConnectionError: it did not stop"
    assert names["Cold::test_one"] == "OSError: cold"
    assert len(names) == 16


@pytest.mark.parametrize("mode", MODES)
def test_a_test_has_one_name_and_one_message_however_pytest_is_called(
    folder: Path, plain: Reading, mode: str
) -> None:
    """Else one failure on two builders is two, and one of them clears the culprit."""
    options, width = MODES[mode]
    reading = run(folder, ["--continue-on-collection-errors", *options], width)
    assert name_failures(reading) == name_failures(plain)
    assert [(r.complete, r.not_reached) for r in reading.runs] == [(True, ("test_gone.py",))]


@pytest.mark.parametrize("options", [["-v"], ["-qq"]])
def test_a_green_run_that_left_in_the_middle_passed_nothing(
    tmp_path: Path, options: list[str]
) -> None:
    """A test calls `os._exit(0)`: the step is green, and most tests never ran."""
    (tmp_path / "test_leave.py").write_text(LEAVING)
    reading = run(tmp_path, options, status=0)
    assert reading.exit_status == 0
    assert [run.complete for run in reading.runs] == [False]
    assert not reading.failures


def test_a_test_that_ends_the_process_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_leave.py").write_text(LEAVING)
    reading = run(tmp_path, ["-v"], status=7)
    [failure] = reading.failures
    assert (failure.kind, failure.test) == (Kind.CRASH, "test_leave.py::test_leaves")
    assert [run.complete for run in reading.runs] == [False]


CUT: dict[str, tuple[list[str], Kind]] = {
    "an internal error": ([], Kind.PYTHON_ERROR),
    "a test that is not there": (["test_few.py::test_gone"], Kind.CONFIG_ERROR),
    "no test left": (["-k", "nothing"], Kind.UNKNOWN),
}


@pytest.mark.parametrize("why", CUT)
def test_a_closing_line_alone_proves_nothing(tmp_path: Path, why: str) -> None:
    """All of these print one, and none of the tests behind it has passed."""
    options, kind = CUT[why]
    (tmp_path / "test_few.py").write_text("def test_first(): pass\ndef test_last(): pass\n")
    if not options:
        (tmp_path / "conftest.py").write_text(BUG)
    reading = run(tmp_path, options)
    assert [run.complete for run in reading.runs] == [False]
    assert reading.kind is kind


def test_xdist_that_starts_no_more_workers_left_the_rest_out(tmp_path: Path) -> None:
    (tmp_path / "test_many.py").write_text(
        "import os, pytest\ndef test_dies(): os.abort()\n"
        "@pytest.mark.parametrize('n', range(9))\ndef test_n(n): pass\n"
    )
    reading = run(tmp_path, ["-n1", "--max-worker-restart=0"])
    assert reading.tests == ("test_many.py::test_dies",)
    assert [run.complete for run in reading.runs] == [False]
