"""The settings file of a repository as GitHub shows it, read by its key."""

from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.errors import Refused
from bot.core.model import Repository, TroubleKind, repository_key
from bot.core.payloads.repository_contents import FileContent
from bot.core.ports import Lease, Result
from bot.reconcile.options import Options
from bot.reconcile.repository import RepositoryReconciler
from bot.reconcile.repository_options import RepositoryOptions
from bot.store import Store
from tests.support.contexts import make_context
from tests.support.make_stored import MOMENT

HERE = Repository(7, "octo-org/demo")
LEASE = Lease(repository_key(7), "a", 1, 0, MOMENT)


class _Source:
    source = "buildbot"


@dataclass
class _Files:
    """The one file of a repository, or why it is not shown."""

    found: FileContent | Refused | None

    async def fetch_file(self, repository: Repository, path: str) -> FileContent | None:
        assert (repository, path) == (HERE, ".github/nightswatch.toml")
        if isinstance(self.found, Refused):
            raise self.found
        return self.found


async def read(store: Store, found: Any) -> Result:
    """Reconcile in a dry run, in which nothing is asked or written but the file."""
    options: Any = RepositoryOptions(Options(), store.settings_files)
    source: Any = _Source()
    ctx = make_context(store, source, files=_Files(found))
    return await RepositoryReconciler(options).reconcile(ctx, LEASE)


async def test_a_file_that_is_gone_ends_what_it_said(store: Store) -> None:
    await store.facts.save_repository(HERE)
    await read(store, FileContent("a" * 40, 19, b'policy = "careful"\n'))
    (stored,) = await store.settings_files.load_settings_files()
    assert stored.good == 'policy = "careful"\n'
    await read(store, None)
    (stored,) = await store.settings_files.load_settings_files()
    assert (stored.blob, stored.good, stored.problems) == (None, None, ())


@pytest.mark.parametrize("found", [Refused("no permission", 403), None])
async def test_where_there_never_was_a_file_nothing_is_stored(store: Store, found: Any) -> None:
    await store.facts.save_repository(HERE)
    await read(store, found)
    assert await store.settings_files.load_settings_files() == []


async def test_who_may_not_read_keeps_what_was_in_force(store: Store) -> None:
    await store.facts.save_repository(HERE)
    await read(store, FileContent("a" * 40, 19, b'policy = "careful"\n'))
    await read(store, Refused("no permission", 403))
    (stored,) = await store.settings_files.load_settings_files()
    assert stored.good == 'policy = "careful"\n'


async def test_a_mistake_is_told_as_long_as_it_is_there(store: Store) -> None:
    await store.facts.save_repository(HERE)
    await read(store, FileContent("b" * 40, 11, b"policy = 1\n"))
    (trouble,) = await store.facts.load_troubles()
    assert trouble.kind is TroubleKind.SETTINGS
    assert "`policy` must be one of" in trouble.words
    await read(store, FileContent("c" * 40, 2_000_000, None))
    (trouble,) = await store.facts.load_troubles()
    assert "it has 2000000 bytes; at most 16384 are read" in trouble.words
    await read(store, FileContent("d" * 40, 0, b""))
    assert await store.facts.load_troubles() == []


async def test_a_repository_that_nobody_builds_is_left_alone(store: Store) -> None:
    assert await read(store, Refused("never asked")) == Result()
