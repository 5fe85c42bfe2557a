"""The durable table of keys to look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import Key, KeyKind
from bot.core.model.commands import UserComment


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a key until `until`; every finish is fenced by owner and generation."""

    key: Key
    owner: str
    generation: int
    attempts: int
    until: datetime


class Inbox(Protocol):
    """The durable table of keys to look at."""

    async def put(self, keys: Sequence[Key], run_at: datetime | None = None) -> None:
        """Look at these, now or at `run_at`; a key that is there is only brought forward."""
        ...

    async def take(
        self, owner: str, lease_seconds: float, *, kinds: Collection[KeyKind] = tuple(KeyKind)
    ) -> Lease | None:
        """The key that has waited longest and that nobody works on."""
        ...

    async def renew(self, lease: Lease, lease_seconds: float) -> Lease | None:
        """A longer lease on the same terms; None when it was lost."""
        ...

    async def finish(self, lease: Lease, again_at: datetime | None = None) -> None:
        """Done: the key goes, or comes again at once if it was put meanwhile, or at `again_at`."""
        ...

    async def retry(self, lease: Lease, run_at: datetime, error: str) -> None:
        """It failed: again at `run_at`, with one more attempt and the reason kept."""
        ...

    async def next_run_at(self) -> datetime | None:
        """When the next key is due; None when there is none."""
        ...


class Deliveries(Protocol):
    """The deliveries of GitHub that were taken."""

    async def take_delivery(
        self,
        guid: str,
        keys: Sequence[Key],
        run_at: datetime | None = None,
        comment: UserComment | None = None,
    ) -> bool:
        """Remember the GUID and the comment and put the keys, one transaction.

        False if it was taken before.
        """
        ...
