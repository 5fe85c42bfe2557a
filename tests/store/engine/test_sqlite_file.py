"""What the store holds is for its owner alone: log lines, titles of private pulls, who said it."""

import stat
from pathlib import Path

from bot.store import open_store
from bot.store.backup import save_sqlite_backup
from tests.support.clock import FakeClock


def find_rights(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_the_database_and_what_lies_beside_it_are_private(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/n.db", FakeClock())
    assert find_rights(tmp_path) == {"n.db": 0o600, "n.db-wal": 0o600, "n.db-shm": 0o600}
    await store.close()


async def test_one_that_an_earlier_release_made_is_closed_to_others(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/n.db", FakeClock())
    await store.close()
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    store = await open_store(f"sqlite:///{tmp_path}/n.db", FakeClock())
    assert set(find_rights(tmp_path).values()) == {0o600}
    await store.close()


async def test_a_backup_is_as_private(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/n.db", FakeClock())
    save_sqlite_backup(tmp_path / "n.db", tmp_path / "copy.db")
    assert find_rights(tmp_path)["copy.db"] == 0o600
    await store.close()
