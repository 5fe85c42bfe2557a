"""What a search finds, and what it asks of the store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.model import Repository


class HitKind(StrEnum):
    """What there is to find, in the order in which it is told."""

    INCIDENT = "incident"
    PULL = "pull"
    TEST = "test"
    BUILDER = "builder"
    WORKER = "worker"
    MESSAGE = "message"  # that a test failed with


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    kind: HitKind
    name: str  # an id, a number, or how it is called; of a message, its test
    words: str  # what was found, as far as it is told
    repository: Repository
    at: datetime


class SearchStore(Protocol):
    """What a search asks of the store."""

    async def search(
        self, text: str, offset: int, limit: int, visible: Collection[int] | None = None
    ) -> Sequence[Hit]:
        """What holds every word of the text, whatever their case; none of an empty one."""
        ...
