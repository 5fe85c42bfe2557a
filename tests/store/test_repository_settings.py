"""A repository's file is remembered as text, with what is wrong in the present one."""

from dataclasses import replace

from bot.core.model import branch_key
from bot.core.model.known_flaky import KnownFlaky, ListedTest
from bot.core.model.repository_files import SettingsFile
from bot.store import Store
from tests.support.make_stored import MOMENT

FILE = SettingsFile(7, "a" * 40, 'policy = "careful"\n', ("`page` must be an address",), "b" * 40)


async def test_a_file_comes_back_as_it_was_and_wakes_what_it_changes(
    store: Store, twin: Store
) -> None:
    await store.settings_files.save_settings_file(FILE, [branch_key(7, "main")])
    assert await twin.settings_files.load_settings_files() == [FILE]
    assert await twin.settings_files.load_settings_file(7) == FILE
    assert await twin.settings_files.load_settings_file(8) is None
    lease = await twin.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == branch_key(7, "main")


async def test_the_newest_reading_stands(store: Store) -> None:
    gone = replace(FILE, blob=None, good=None, problems=(), told_sha=None)
    other = replace(FILE, repo_id=3)
    for file in (FILE, other, gone):
        await store.settings_files.save_settings_file(file, [])
    assert await store.settings_files.load_settings_files() == [other, gone]


async def test_what_is_listed_as_flaky_comes_back_as_it_was(store: Store, twin: Store) -> None:
    tests = (
        ListedTest("test_a\x00\ud800", "file:tests/flaky.txt", None, MOMENT),
        ListedTest("test_b fails", "label:flaky-test", 12, MOMENT, MOMENT),
    )
    file = replace(FILE, known_flaky=KnownFlaky(tests, ("tests/flaky.txt: it is not there",)))
    await store.settings_files.save_settings_file(file, [])
    assert await twin.settings_files.load_settings_file(7) == file
