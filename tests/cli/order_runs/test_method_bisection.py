"""Regrtest's own search, driven: what it is given, what it says, and where it goes on."""

import shlex
import sys
from pathlib import Path

import pytest

from bot.cli.order_runs.method_bisection import find_methods
from bot.core.errors import UserError

SCRIPT = """\
import sys
open("words", "w").write("\\n".join(sys.argv[1:]))
print("Start bisection with 9 tests")
print("Tests (2):\\n* test.test_x.T.test_a\\n* test.test_x.T.test_b\\n")
"""


def make_command(folder: Path, script: str = SCRIPT) -> str:
    """A stand-in that is called as the module is."""
    (folder / "script.py").write_text(script)
    return (
        f"{shlex.join([sys.executable, str(folder / 'script.py')])} test.bisect_cmd -R 3:3 test_x"
    )


def test_it_is_told_where_to_write_and_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "kept"
    kept.touch()  # stopped before it had anything: it begins anew
    ended, methods = find_methods(make_command(tmp_path), kept, 60.0)
    assert (ended.status, methods) == (0, ("test.test_x.T.test_a", "test.test_x.T.test_b"))
    asked = ["test.bisect_cmd", "-o", str(kept), "-R", "3:3", "test_x"]
    assert (tmp_path / "words").read_text().split("\n") == asked
    kept.write_text("test.test_x.T.test_a\n")
    find_methods(make_command(tmp_path), kept, 60.0)
    asked[1:1] = ["-i", str(kept)]
    assert (tmp_path / "words").read_text().split("\n") == asked


def test_an_interpreter_without_its_tests_is_told(tmp_path: Path) -> None:
    script = "import sys; sys.exit('/python: No module named test.bisect_cmd')"
    with pytest.raises(UserError, match=r"No module named test\.bisect_cmd"):
        find_methods(make_command(tmp_path, script), tmp_path / "kept", 60.0)
