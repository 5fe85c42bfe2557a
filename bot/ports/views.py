"""What people look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import Incident, Repository, Speech, Trouble
from bot.core.people import Action, Label

# Failures in a row, after which a key is called stuck: with the back-off capped, a key that an
# outage of some minutes holds up stays below it.
STUCK_AFTER = 8


@dataclass(frozen=True, slots=True)
class StuckKey:
    """A key that keeps failing."""

    key: str
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class InboxDepth:
    """How much waits, and since when the oldest of what is due does."""

    depth: int
    oldest_due_at: datetime | None
    stuck: tuple[StuckKey, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """Named reasons for what was left aside: builds without a place, comments refused."""

    builds: tuple[str, ...] = ()
    pulls: tuple[str, ...] = ()


class HealthStore(Protocol):
    """What health asks of the store."""

    async def load_depth(self) -> InboxDepth:
        """The inbox in figures."""
        ...

    async def load_done(self, name: str) -> datetime | None:
        """When any instance last did this, by our own clock."""
        ...

    async def load_notes(self) -> Notes:
        """The latest named reasons."""
        ...

    async def load_troubles(self) -> Sequence[Trouble]:
        """What keeps us from the truth now, by place; a bounded number."""
        ...


class DashboardStore(Protocol):
    """What the pages ask of the store; pages of rows, newest first."""

    async def load_speeches(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Speech, str | None]]:
        """Repository, speech and the merge commit's sha where known."""
        ...

    async def load_incident_page(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Incident]]:
        """Incidents with the repository they are in."""
        ...

    async def load_incident(self, incident_id: str) -> tuple[Repository, Incident] | None:
        """One incident."""
        ...

    async def load_action_page(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Action]]:
        """What people told us to do, and what came of it."""
        ...

    async def load_label_page(self, offset: int, limit: int) -> Sequence[tuple[Repository, Label]]:
        """What later words and reverts say of our verdicts."""
        ...
