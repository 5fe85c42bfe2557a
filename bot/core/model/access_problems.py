"""What keeps us from the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TroubleKind(StrEnum):
    """What is wrong with a place for longer than a retry."""

    SETTINGS = "settings"  # the repository's own file has mistakes
    REFUSED = "refused"  # GitHub says no for good: no installation, no permission, hidden
    MISSING = "missing"  # builds name commits that GitHub does not show


@dataclass(frozen=True, slots=True)
class AccessProblem:
    """Why nothing can be found out about a place, until it goes well there again."""

    place: str  # "owner/name", or "owner/name@branch"
    kind: TroubleKind
    words: str
    since: datetime
