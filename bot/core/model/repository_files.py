"""A repository's own settings, as they were last read."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.model.known_flaky import NOTHING_LISTED, KnownFlaky


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What we know of `.github/nightswatch.toml` of one repository."""

    repo_id: int
    blob: str | None  # git's name of the content that was read last; None: there is no file
    good: str | None  # the last text without a mistake; None: there was none
    problems: tuple[str, ...] = ()  # of what was read last
    told_sha: str | None = None  # the commit under which they were told
    known_flaky: KnownFlaky = NOTHING_LISTED  # what other files of it, and its issues, list
