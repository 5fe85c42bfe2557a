"""What was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing that was said (or would have been, in a dry run) on a pull."""

    incident_id: str
    verdict: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PullComment:
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
    said: tuple[Announcement, ...] = ()
    folded: str | None = None  # as what GitHub shows our comment folded; None: it is in sight
    outdated: tuple[int, ...] = ()  # earlier comments of ours that are still to be folded
    deleted_at: datetime | None = None  # somebody took our comment away: nothing more is said
    held_rank: int | None = None  # kept back by a limit; the higher goes first when there is room
    look_at: datetime | None = None  # when to look again though nothing happened


ARCHIVED = "is archived"
"""What a reason ends with where nobody can write any more: it is told, and then let go."""


@dataclass(frozen=True, slots=True)
class RefusedComment:
    """A comment that is not what it should be, and why GitHub does not take it."""

    place: str  # "owner/name#12"
    stands: bool  # an earlier text of it stands, and says what is not so any more
    why: str
