"""Where notices are kept, and who sends them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import Incident
from bot.core.notices.decide import Change
from bot.core.notices.notice import NoticeRecord
from bot.core.notices.subscriptions import Subscription
from bot.core.notices.words import NoticeMessage
from bot.core.ports.inbox import Lease


class Followers(Protocol):
    """Who asked on which pull to be mentioned there."""

    async def load_followers(self, repo_id: int, number: int) -> tuple[str, ...]:
        """Who is mentioned on a pull, by name as GitHub writes it."""
        ...

    async def find_followed(self, repo_id: int, numbers: Collection[int]) -> tuple[int, ...]:
        """Those of these pulls on which anybody is mentioned."""
        ...


class Notices(Followers, Protocol):
    """The outbox: each notice is stored before anything is sent."""

    async def load_incident(self, repo_id: int, incident_id: str) -> Incident | None:
        """An incident as it stands."""
        ...

    async def load_notices(self, repo_id: int, incident_id: str) -> tuple[NoticeRecord, ...]:
        """All about an incident, by subscription, in their order."""
        ...

    async def save_changes(self, changes: Sequence[Change]) -> bool:
        """Store what is new, in place of what is not begun to be sent; all or nothing.

        False: something of it is being sent by now; load again.
        """
        ...

    async def load_unsent(self, subscription: str) -> tuple[NoticeRecord, ...]:
        """Those that are still to be sent, oldest first."""
        ...

    async def is_stopped(self, subscription: str) -> bool:
        """Whether whoever it goes to wants no more."""
        ...

    async def load_sent_at(self, subscription: str, since: datetime) -> tuple[datetime, ...]:
        """When messages went to it since then."""
        ...

    async def save_sending(
        self, records: Sequence[NoticeRecord], message: str, lease: Lease
    ) -> bool:
        """They are about to be sent; False: the lease is lost, or one of them is over."""
        ...

    async def save_notices(self, records: Sequence[NoticeRecord]) -> None:
        """What became of them."""
        ...

    async def find_new_subscriptions(self, names: Collection[str]) -> tuple[str, ...]:
        """Those of these that nobody knew."""
        ...

    async def load_open_incidents(self) -> tuple[tuple[int, Incident], ...]:
        """All that are open, with their repositories."""
        ...

    async def load_subscription_times(self) -> Mapping[str, datetime]:
        """Since when each is known, by our clock."""
        ...

    async def add_notices(self, records: Sequence[NoticeRecord]) -> None:
        """Those that are not there yet, to be sent when they are due."""
        ...

    async def save_subscriptions(
        self, names: Collection[str], known: Sequence[NoticeRecord]
    ) -> None:
        """These are all who hear of changes, and what the new ones know; one transaction."""
        ...


class NoticeSender(Protocol):
    """One medium."""

    async def send(self, subscription: Subscription, message: NoticeMessage) -> None:
        """Returns when the other side took it; raises `Unavailable`, or `Refused` for good."""
        ...

    async def check(self, subscriptions: Sequence[Subscription]) -> str:
        """Whether these could be reached, in a few words, without sending; raises the same."""
        ...
