"""A CI that builds what we ask for, and what is kept of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import Key
from bot.core.model.ci_requests import BuilderQueue, RequestProgress, RequestScheduler
from bot.core.model.request_records import RequestRecord, SpendingOrder
from bot.core.ports.inbox import Lease


class BuildRequester(Protocol):
    """A CI that takes requests; what was asked for is believed when it is found there."""

    @property
    def can_ask(self) -> bool:
        """Whether we have a login; without one nothing is asked for."""
        ...

    async def fetch_scheduler(self) -> RequestScheduler:
        """What may be asked for; raises `Refused` where there is no such scheduler."""
        ...

    async def find_request(self, record: RequestRecord) -> int | None:
        """The number of the request that carries our id, wherever it stands by now."""
        ...

    async def request_build(self, record: RequestRecord) -> int:
        """Ask, once; the number of the request that was found to carry our id and revision.

        Raises `Refused` where the CI says no, took no notice, or understood something else;
        `Unavailable` where it is not known what became of it.
        """
        ...

    async def fetch_progress(self, number: int) -> RequestProgress | None:
        """How far it is; None: the CI knows nothing of it any more."""
        ...

    async def cancel_request(self, number: int, reason: str) -> None:
        """Take it back, or stop its build; what is over stays as it is."""
        ...

    async def fetch_queues(self) -> Mapping[int, BuilderQueue]:
        """What builders have to do now, by builderid, ours left out."""
        ...


class Requests(Protocol):
    """The requests, kept; none is ever stored twice."""

    async def save_plan(self, new: Sequence[RequestRecord], cancel: Mapping[str, str]) -> None:
        """Store those whose id is not known, wish others taken back, by id; look at all of them."""
        ...

    async def save_request(self, record: RequestRecord, keys: Sequence[Key] = ()) -> None:
        """How far it is, and who has to look again; one transaction."""
        ...

    async def save_request_intent(self, record: RequestRecord, lease: Lease) -> bool:
        """The same before it is asked for; False: the lease was lost.

        Also False where another request of ours is with the builder: one at a time.
        """
        ...

    async def load_request(self, source: str, request_id: str) -> RequestRecord | None:
        """One of them."""
        ...

    async def find_keys(self, source: str, ci_number: int) -> tuple[Key, ...]:
        """Who follows what the CI has under this number."""
        ...

    async def load_requests(self, since: datetime) -> tuple[RequestRecord, ...]:
        """Those that are outstanding, and those that were asked for since then, oldest first."""
        ...

    async def load_requests_of(
        self,
        repo_id: int,
        *,
        incident: str | None = None,
        number: int | None = None,
        comment_id: int | None = None,
    ) -> tuple[RequestRecord, ...]:
        """Those about an incident, made on a pull, or by a comment; oldest first."""
        ...

    async def load_branches_built(
        self, repo_id: int, since: datetime
    ) -> Mapping[str, frozenset[str]]:
        """By builder, the branches that it has built since then; Buildbot's clock."""
        ...

    async def load_last_builds(
        self, repo_id: int, branch: str, builder: str, limit: int
    ) -> tuple[int, ...]:
        """The buildids of a builder's last builds of a branch, newest first."""
        ...

    async def load_orders(self, repo_id: int) -> tuple[SpendingOrder, ...]:
        """What people let us spend, and did not take back."""
        ...
