"""What repositories say of themselves, as it was last read."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.model import Key
from bot.core.model.repository_files import SettingsFile


class RepositorySettingsStore(Protocol):
    """Where it is kept."""

    async def load_settings_file(self, repo_id: int) -> SettingsFile | None:
        """Of one repository; None where it never had one."""
        ...

    async def load_settings_files(self) -> Sequence[SettingsFile]:
        """Of all repositories that ever had one."""
        ...

    async def save_settings_file(self, file: SettingsFile, keys: Sequence[Key]) -> None:
        """Save what was read, and put the keys of what it may change, in one transaction."""
        ...
