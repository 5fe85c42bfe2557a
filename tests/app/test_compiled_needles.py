"""What is compiled is kept for the next run, and nothing but time hangs on it."""

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app.compiled_needles import keep_compiled, load_compiled
from bot.cli.environment import find_cache_folder
from bot.cli.explain import read_file
from bot.core.model import Reading
from bot.logs import LogScanner
from tests.cli.running import run_command

LOG = Path(__file__).parent.parent / "data/logs/logs/go_fail.log"


@pytest.fixture(scope="module")
def compiled() -> bytes:
    dumped = LogScanner().dump_compiled()
    assert dumped
    return dumped


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "nightswatch"


def read(compiled: bytes) -> Reading:
    scanner = LogScanner(compiled=compiled)
    scanner.feed(LOG.read_bytes())
    return scanner.finish()


def test_a_second_run_compiles_nothing_and_reads_the_same(folder: Path) -> None:
    first = read_file(str(LOG))
    kept = folder / "compiled-needles"
    before = kept.stat()
    assert LogScanner(compiled=load_compiled(folder)).dump_compiled() is None
    assert read_file(str(LOG)) == first
    assert first.tests == ("example.com/kv.TestDel",)
    assert kept.stat().st_ino == before.st_ino
    assert [path.name for path in folder.iterdir()] == ["compiled-needles"]


def test_what_is_kept_is_the_users_alone(folder: Path) -> None:
    read_file(str(LOG))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "compiled-needles")]
    assert modes == [0o700, 0o600]


def test_what_was_broken_on_the_disk_is_compiled_anew(compiled: bytes) -> None:
    """A file that was cut, or of which any part has changed, must not find less in a log."""
    whole = read(b"")
    for at in range(0, len(compiled), len(compiled) // 50):
        changed = bytearray(compiled)
        changed[at] ^= 0x20
        for broken in (bytes(changed), compiled[:at]):
            assert LogScanner(compiled=broken).dump_compiled() is not None, at
    assert read(compiled[:-1]) == read(compiled) == whole


def test_what_was_compiled_of_other_needles_is_not_taken(compiled: bytes) -> None:
    """An older release's file lacks the newer one's formats."""
    assert LogScanner("go", compiled).dump_compiled() is not None
    of_go = LogScanner("go").dump_compiled()
    assert of_go
    assert LogScanner(compiled=of_go).dump_compiled() is not None


def test_a_stale_file_is_replaced(folder: Path) -> None:
    keep_compiled(folder, b"of an older release")
    read_file(str(LOG))
    assert LogScanner(compiled=load_compiled(folder)).dump_compiled() is None


def make_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_huge(path: Path) -> None:
    os.truncate(path, 1 << 30)


SPOILERS: tuple[Callable[[Path], None], ...] = (
    lambda path: path.chmod(0o620),
    lambda path: path.chmod(0o602),
    lambda path: path.parent.chmod(0o770),
    lambda path: path.parent.chmod(0o707),
    Path.unlink,
    make_link,
    make_pipe,
    make_folder,
    make_huge,
)


@pytest.mark.parametrize("spoil", SPOILERS)
def test_what_others_may_have_written_is_not_read(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    keep_compiled(folder, b"kept")
    assert load_compiled(folder) == b"kept"
    spoil(folder / "compiled-needles")
    assert load_compiled(folder) == b""
    assert read_file(str(LOG)).tests == ("example.com/kv.TestDel",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", [".", "compiled-needles"])
def test_what_belongs_to_somebody_else_is_not_read(folder: Path, name: str) -> None:
    """Under `sudo` the home may be another user's, who could write there what root would load."""
    keep_compiled(folder, b"kept")
    os.chown(folder / name, 65534, 65534)
    assert load_compiled(folder) == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_nothing_is_put_into_a_folder_of_somebody_else(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    keep_compiled(folder, b"mine")
    assert list(folder.iterdir()) == []


def test_without_a_place_to_keep_it_a_log_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert read_file(str(LOG)).tests == ("example.com/kv.TestDel",)


@pytest.mark.parametrize("name", ["", "relative/cache"])
def test_the_folder_is_below_the_home_unless_a_whole_path_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", name)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_cache_folder() == tmp_path / ".cache/nightswatch"
    monkeypatch.setenv("HOME", "not/whole")
    assert find_cache_folder() is None


async def test_two_runs_at_once_do_not_hinder_each_other(tmp_path: Path) -> None:
    """Both compile, both keep it; nobody ever sees half a file."""
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    runs = [run_command(tmp_path, environ, "explain", "--json", str(LOG)) for _ in range(3)]
    ran = await asyncio.gather(*runs)
    assert {(run.status, run.err) for run in ran} == {(0, "")}
    assert len({run.out for run in ran}) == 1
    assert LogScanner(compiled=load_compiled(tmp_path / "nightswatch")).dump_compiled() is None
