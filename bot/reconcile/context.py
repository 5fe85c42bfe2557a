"""What every reconciler is given: the neighbours of the road, the clock and the options.

In: made once by `app`. Out: ports only; no settings, no metrics, nothing that changes. What has
state (a cache, posts that are under way) is a field of the one reconciler that owns it. Functions
beneath a reconciler's face take the ports that they use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.core.commands.parser import ParsedCommands
from bot.core.notices.subscriptions import Medium
from bot.core.ports import (
    BuildRequester,
    BuildStore,
    CiSource,
    Clock,
    Commands,
    GitHub,
    Inbox,
    Incidents,
    Issues,
    Lease,
    LogReader,
    Notices,
    NoticeSender,
    Reminders,
    RepositoryFiles,
    RepositorySettingsStore,
    Requests,
    Result,
    Reverts,
    TrackerStore,
)
from bot.reconcile.options import Options


class ParseCommands(Protocol):
    """Reads commands where a limit can end it: what people write is of any length and shape."""

    async def __call__(self, text: str, prefix: str) -> ParsedCommands:
        """The commands of a comment; `prefix` is what each begins with."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """The neighbours of the road."""

    ci: Mapping[str, CiSource]  # by the name of the source in keys
    github: GitHub
    log_reader: LogReader
    parse_commands: ParseCommands
    inbox: Inbox
    builds: BuildStore
    incidents: Incidents
    commands: Commands
    requests: Requests
    requesters: Mapping[str, BuildRequester]  # by the source that they ask
    clock: Clock
    options: Options  # of the repository that a key is about
    reminders: Reminders
    settings_files: RepositorySettingsStore
    files: RepositoryFiles
    reverts: Reverts
    notices: Notices
    senders: Mapping[Medium, NoticeSender]
    issues: Issues
    tracker: TrackerStore


class Reconciler(Protocol):
    """The one face of the road: a key in, its truth made so, and what came of it out.

    Each loads, decides (pure, in `core`), saves and acts. A key says only where to look; doing it
    twice changes nothing.
    """

    async def reconcile(self, ctx: Context, lease: Lease) -> Result:
        """Work on one key; raises `Unavailable` to be tried again, `Refused` for a lasting no."""
        ...
