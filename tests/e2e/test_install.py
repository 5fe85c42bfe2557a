"""What is installed: all that runs, and a command that runs from any folder."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import aiohttp
import pytest

from bot.fakes.service_process import ServiceProcess, find_free_port

ROOT = Path(__file__).parent.parent.parent
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds, as pip unpacks it."""
    pytest.importorskip("setuptools", reason="the wheel is built with setuptools")
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.in"):
        shutil.copy(ROOT / name, source / name)
    shutil.copytree(ROOT / "bot", source / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    build = "import setuptools.build_meta as b; print(b.build_wheel('.'))"
    subprocess.run(
        [sys.executable, "-c", build], cwd=source, check=True, capture_output=True, timeout=100
    )
    (wheel,) = source.glob("*.whl")
    target = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(target)
    return target


def test_everything_that_runs_is_in_the_wheel(installed: Path) -> None:
    """A template that is missing is seen by the first visitor only."""

    def list_files(folder: Path) -> set[str]:
        found = (p.relative_to(folder) for p in (folder / "bot").rglob("*") if p.is_file())
        return {path.as_posix() for path in found if path.suffix != ".pyc"}

    assert list_files(installed) == list_files(ROOT)
    (points,) = installed.glob("nightswatch-*.dist-info/entry_points.txt")
    assert "nightswatch = bot.__main__:start" in points.read_text()


def test_what_is_installed_with_it_is_what_runs_it(installed: Path) -> None:
    (metadata,) = installed.glob("nightswatch-*.dist-info/METADATA")
    wanted = re.findall(r"^Requires-Dist: (\S+)$", metadata.read_text(), re.MULTILINE)
    assert wanted == (ROOT / "requirements.in").read_text().split()


async def test_what_is_installed_serves_from_any_folder(installed: Path, tmp_path: Path) -> None:
    """Migrations, templates and styles come with it."""
    start = f"import sys; sys.path[0] = {str(installed)!r}; from bot.__main__ import start; start()"
    settings = {"BUILDBOT_URL": "http://127.0.0.1:1", "GITHUB_TOKEN": "t", "PYTHONPATH": ""}
    service = ServiceProcess(tmp_path, settings, find_free_port(), ("-c", start, "serve"))
    await service.start()
    try:
        async with aiohttp.ClientSession() as session:
            for path, words in (("/", "Night"), ("/static/style.css", "{")):
                async with session.get(service.url + path) as answer:
                    assert answer.status == 200
                    assert words in await answer.text()
    finally:
        await service.stop()
    assert service.status == 0


# ---------------------------------------------------------------- where it cannot run


def run_without_libraries(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # -S: no library but Python's own
        [sys.executable, "-S", "-m", "bot", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_help_needs_no_library() -> None:
    ran = run_without_libraries("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "doctor" in ran.stdout


@pytest.mark.parametrize("words", [("doctor",), ("explain", "build.log")], ids=str)
def test_a_python_without_our_libraries_is_told_what_to_do(words: tuple[str, ...]) -> None:
    """The first thing that many try: `python -m bot` with the system's Python."""
    ran = run_without_libraries(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert "is not installed for" in line
    assert f"run `make -C {ROOT}`" in line


def test_a_python_that_is_too_old_is_told_so() -> None:
    built = sorted(PYENV.glob("versions/3.[89].*/bin/python"))
    older = built[0] if built else shutil.which("python3.9")
    if older is None:
        pytest.skip("no Python older than 3.11 is here")
    ran = subprocess.run(
        [older, "-m", "bot", "doctor"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert re.fullmatch(
        r"nightswatch: Python 3\.11 or newer is needed, and this is 3\.\d+\.\d+\n", ran.stderr
    )
