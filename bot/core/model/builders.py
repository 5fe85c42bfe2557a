"""Builders as a master lists them, and as we remember them: they come, go, and are renamed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ListedBuilder:
    """A builder as the master lists it now; one that was taken out is listed for ever."""

    builderid: int
    name: str
    tags: frozenset[str]
    workers: frozenset[str]
    here: bool  # some master has it
    connected: bool = True  # a worker of it is there, and takes builds


@dataclass(frozen=True, slots=True)
class KnownBuilder:
    """What we remember of a builder; Buildbot gives one id to one name."""

    source: str
    builderid: int
    name: str
    tags: frozenset[str]
    workers: frozenset[str]
    came_at: datetime  # our clock
    gone_at: datetime | None = None  # our clock
    left_at: datetime | None = None  # when it was seen gone, by Buildbot's clock
    settled: bool = False  # it has been gone for so long that it is believed
    successor: str | None = None  # its name by now
    # Another builder bears the name now: builds that ended until then are of `split_name`.
    split_at: datetime | None = None  # Buildbot's clock
    split_name: str | None = None
