"""What must stay pure and small: read off the syntax tree of every file.

Who may import whom is a contract of its own, in `pyproject.toml`.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BEGIN_WITH, ON_POSTGRESQL

ROOT = Path(__file__).parent.parent
BOT = ROOT / "bot"

# Pure rooms: the standard library without clock, chance, environment, network, disk or logging…
IMPURE = {
    "asyncio", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random",
    "secrets", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "time", "urllib.request", "uuid", "warnings",
}  # fmt: skip
# … and third-party libraries that compute only.
PURE_LIBRARIES = {
    "core": set(),
    "core/patterns.py": {"re2"},
    "core/blame": {"numpy"},
    "core/commands": {"markdown_it"},
    "logs": {
        "hyperscan",
        "stringzilla",
        "re2",
        "ahocorasick_rs",
        "detect_secrets",
        "cmarkgfm",
        "numpy",
    },
}
CLOCKS = {"now", "utcnow", "today"}


def find_files(room: str) -> list[Path]:
    folder, single = BOT / room, BOT / f"{room}.py"
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [single]


def find_imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            if module == "bot":
                yield from ((f"bot.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield module, node.lineno


@pytest.mark.parametrize("room", ["core", "logs"])
def test_a_pure_room_touches_nothing_outside(room: str) -> None:
    """What decides must give the same answer for the same facts, today and in a year."""
    wrong = []
    for path in find_files(room):
        relative = path.relative_to(BOT).as_posix()
        libraries = {
            name
            for prefix, names in PURE_LIBRARIES.items()
            if relative.startswith(prefix)
            for name in names
        }
        for module, line in find_imports(path):
            top = module.split(".")[0]
            known = top == "bot" or top in sys.stdlib_module_names or top in libraries
            if not known or module in IMPURE or top in IMPURE:
                wrong.append(f"{relative}:{line} imports {module}")
    assert wrong == []


@pytest.mark.parametrize("room", ["core", "logs"])
def test_a_pure_room_neither_waits_nor_asks_the_time(room: str) -> None:
    """The time is an argument; nothing is awaited, opened or printed."""
    wrong = []
    for path in find_files(room):
        if path.is_relative_to(BOT / "core" / "ports"):
            continue  # Protocols: they say what is awaited elsewhere
        for node in ast.walk(ast.parse(path.read_text())):
            waits = isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor)
            asks = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in CLOCKS
            )
            opens = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"open", "print", "input", "exec", "eval"}
            )
            if waits or asks or opens:
                wrong.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    assert wrong == []


def test_only_settings_and_the_command_line_read_the_environment() -> None:
    """A setting that is read anywhere else is one that nobody finds."""
    wrong = [
        path.relative_to(BOT).as_posix()
        for path in BOT.rglob("*.py")
        if "os.environ" in path.read_text() or "getenv(" in path.read_text()
    ]
    # The demo hands the interpreter's own surroundings (PATH, HOME) on to the service it starts.
    assert set(wrong) <= {"cli/environment.py", "fakes/service_process.py", "app/settings.py"}


@pytest.mark.parametrize("name", ["util", "utils", "helpers", "common", "manager"])
def test_no_module_is_called_after_nothing(name: str) -> None:
    assert list(BOT.rglob(f"{name}.py")) == []


def test_functions_and_files_stay_small() -> None:
    """Past these bounds something hides in them."""
    crowded = []
    for path in BOT.rglob("*.py"):
        text = path.read_text()
        if text.count("\n") > 350:
            crowded.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > 45:
                    crowded.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")
    assert crowded == []


def test_test_files_stay_small() -> None:
    """A long one holds several themes, and nobody finds the test that is there already."""
    files = Path(__file__).parent.rglob("*.py")
    counted = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in files}
    assert {name: lines for name, lines in counted.items() if lines > 400} == {}


def test_stories_that_are_told_on_postgresql_are_there() -> None:
    """One that got another name would be told on SQLite alone, and nobody would notice."""
    folder = Path(__file__).parent / "scenarios"
    told = set(re.findall(r"def (test_\w+)", "".join(p.read_text() for p in folder.glob("*.py"))))
    assert told >= ON_POSTGRESQL


@pytest.mark.parametrize("begin", BEGIN_WITH)
def test_what_tests_begin_with_is_there(begin: str) -> None:
    """A long file that got another name would be waited for alone, at the end."""
    assert [
        path for path in ROOT.glob("tests/**/*.py") if str(path.relative_to(ROOT)).startswith(begin)
    ]


def test_a_module_has_a_test_of_its_name() -> None:
    """Where it has none, `tests/without_own_test.txt` says so: the list may only get shorter.

    What is listed is tested through its neighbours: formats by whole logs, reconcilers by stories.
    """
    listed = set((ROOT / "tests/without_own_test.txt").read_text().split())
    without = {
        path.relative_to(ROOT).as_posix()
        for path in BOT.rglob("*.py")
        if path.name != "__init__.py"
        and "migrations" not in path.parts
        and path.read_text().count("\n") > 40
        and not Path(ROOT, "tests", *path.relative_to(BOT).parts[:-1], f"test_{path.name}").exists()
    }
    assert sorted(without - listed) == [], "these need a test of their name"
    assert sorted(listed - without) == [], "these have one, or are gone: take them off the list"
