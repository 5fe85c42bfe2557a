"""What was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said (or would have been, in a dry run) on a pull."""

    incident_id: str
    verdict: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Speech:
    """What should stand on a pull, and what does."""

    repo_id: int
    number: int
    thread: int = 1
    wanted: str | None = None
    standing: str | None = None
    comment_id: int | None = None
    posted_at: datetime | None = None
    intent_at: datetime | None = None  # a post was begun and its end is not known
    why_silent: str | None = None
    incidents: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    folded: str | None = None  # as what GitHub shows our comment folded; None: it is in sight
    outdated: tuple[int, ...] = ()  # earlier comments of ours that are still to be folded
    deleted_at: datetime | None = None  # somebody took our comment away: nothing more is said
    held_rank: int | None = None  # kept back by a limit; the higher goes first when there is room
    look_at: datetime | None = None  # when to look again though nothing happened
