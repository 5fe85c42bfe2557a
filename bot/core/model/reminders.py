"""Comments that tell once more of what is still broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder, for ever: of one incident on the pull that it accuses."""

    repo_id: int
    number: int
    incident_id: str
    intent_at: datetime | None = None  # when its post was begun, by our clock
    comment_id: int | None = None  # None: not known to stand
    dropped: bool = False  # GitHub refused it: it is not tried again
