"""The options of each repository: the service's, and what its own file changes of them.

In: the number of a repository. Out: options; the same object as long as nothing changes. What is
stored is read each time, for another instance may have read the file meanwhile; it is parsed once.
"""

from dataclasses import replace

from cachetools import LRUCache

from bot.core.model.known_flaky import NOTHING_LISTED, KnownFlaky
from bot.core.model.repository_files import SettingsFile
from bot.core.ports import RepositorySettingsStore
from bot.core.repository_settings.parse import parse_repository_settings
from bot.reconcile.options import Options

_KEPT = 1000  # repositories; one that is forgotten is parsed anew, and its branches are folded so

_Stored = tuple[str | None, KnownFlaky]


class RepositoryOptions:
    """Keeps what is stored, parsed."""

    def __init__(self, base: Options, store: RepositorySettingsStore) -> None:
        self._base = base
        self._store = store
        self._parsed: LRUCache[int, tuple[_Stored, Options]] = LRUCache(_KEPT)
        self._prefixes = frozenset({base.command_prefix})

    async def load(self, repo_id: int) -> Options:
        """A repository's options; the service's where it has no file, or never a good one."""
        file = await self._store.load_settings_file(repo_id)
        return self._base if file is None else self._parse(file)

    def _parse(self, file: SettingsFile) -> Options:
        stored = (file.good, file.known_flaky)
        if stored == (None, NOTHING_LISTED):
            return self._base
        known = self._parsed.get(file.repo_id)
        if known is not None and known[0] == stored:
            return known[1]
        parsed = parse_repository_settings((file.good or "").encode())
        # A later version may have known more settings: what this one does not know, it leaves.
        options = self._base if parsed.problems else self._base.with_settings(parsed.settings)
        if file.known_flaky != NOTHING_LISTED:
            options = replace(options, known_flaky=file.known_flaky)
        self._parsed[file.repo_id] = (stored, options)
        return options

    @property
    def prefixes(self) -> frozenset[str]:
        """What commands begin with anywhere, as of the last `refresh`."""
        return self._prefixes

    async def refresh(self) -> None:
        """Learn the prefixes of all repositories; raises `Unavailable`."""
        files = await self._store.load_settings_files()
        options = [self._parse(file) for file in files]
        self._prefixes = frozenset(o.command_prefix for o in (self._base, *options))
