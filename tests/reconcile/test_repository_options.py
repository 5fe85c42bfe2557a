"""A repository's options are the service's, changed by its last good file."""

from dataclasses import replace

from bot.core.model.known_flaky import KnownFlaky, ListedTest
from bot.core.model.repository_files import SettingsFile
from bot.reconcile.options import Options
from bot.reconcile.repository_options import RepositoryOptions
from bot.store import Store
from tests.support.make_stored import MOMENT

BASE = Options(opt_out_labels=frozenset({"mute"}))
FILE = SettingsFile(7, "a" * 40, 'command_prefix = "!ci"\n[opt_out]\nlabels = ["Quiet"]\n')


async def test_what_another_instance_read_is_in_force_at_once(store: Store) -> None:
    options = RepositoryOptions(BASE, store.settings_files)
    assert await options.load(7) is BASE
    await store.settings_files.save_settings_file(FILE, [])
    changed = await options.load(7)
    assert changed.command_prefix == "!ci"
    assert changed.opt_out_labels == {"mute", "quiet"}
    assert await options.load(7) is changed
    assert await options.load(8) is BASE
    await store.settings_files.save_settings_file(replace(FILE, blob=None, good=None), [])
    assert await options.load(7) is BASE


async def test_a_text_that_this_version_does_not_understand_changes_nothing(store: Store) -> None:
    """A later version stored it before it was replaced by this one."""
    await store.settings_files.save_settings_file(replace(FILE, good="from_the_future = 1\n"), [])
    assert await RepositoryOptions(BASE, store.settings_files).load(7) is BASE


async def test_the_doors_listen_for_every_prefix(store: Store) -> None:
    options = RepositoryOptions(BASE, store.settings_files)
    assert options.prefixes == {"/buildbot"}
    await store.settings_files.save_settings_file(FILE, [])
    await options.refresh()
    assert options.prefixes == {"/buildbot", "!ci"}


async def test_what_was_listed_as_flaky_is_known_also_without_a_file(store: Store) -> None:
    """What was over under the list is judged by it for as long as it is judged at all."""
    ended = KnownFlaky((ListedTest("test_a", "file:a.txt", None, MOMENT, MOMENT),))
    file = replace(FILE, blob=None, good=None, known_flaky=ended)
    await store.settings_files.save_settings_file(file, [])
    options = RepositoryOptions(BASE, store.settings_files)
    loaded = await options.load(7)
    assert (loaded.known_flaky, loaded.command_prefix) == (ended, BASE.command_prefix)
    assert await options.load(7) is loaded
