"""A repository's options are the service's, changed by its last good file."""

from dataclasses import replace

from bot.core.model.repository_files import SettingsFile
from bot.reconcile.options import Options
from bot.reconcile.repository_options import RepositoryOptions
from bot.store import Store

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
