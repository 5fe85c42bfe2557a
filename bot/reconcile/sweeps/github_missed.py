"""Catch up on what GitHub tried to tell us and could not: deliveries that failed, comments missed.

In: cursors that survive restarts, in GitHub's own clock. Out: deliveries sent once more, under
their GUIDs, and comments handed on. Merges need no list: a build names its commit, and the branch
is read when it does. What it costs is logged, in calls.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.core.errors import Refused
from bot.core.model import Repository
from bot.core.payloads import ListedComment
from bot.core.payloads.diagnostics import HookDelivery
from bot.core.ports import BuildStore, GitHub

log = logging.getLogger(__name__)

GITHUB_SWEEP = "github"

# GitHub's clock when we first heard it: what was said before, was not said to us.
FIRST_START = "github first start"

_DELIVERIES = "github deliveries"  # up to when, by GitHub's clock, every one is accounted for
_COMMENTS = "github comments of {}"  # the same of comments, by repository id

# GitHub's lists show what came a moment ago a moment later, and a delivery may be on its way for
# ten seconds.
_OVERLAP = timedelta(minutes=5)

# GitHub delivers again what is not older than three days.
_REDELIVERABLE = timedelta(days=3)

# A day of a busy repository; more than that is better told by lists. The rest waits for the next
# sweep, for writes are a second apart.
_MOST_AT_ONCE = 300

_PAGE = 100
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


async def mark_first_start(github: GitHub, facts: BuildStore) -> None:
    """Remember once when GitHub first answered, by its own clock."""
    if await facts.load_time(FIRST_START) is None:
        await github.fetch_me()
        if github.time is not None:
            await facts.save_time(FIRST_START, github.time)


class SweepGitHub(Protocol):
    """What is asked of GitHub."""

    async def fetch_deliveries(self, since: datetime) -> tuple[HookDelivery, ...] | None:
        """Attempts to tell us, newest first, back to `since`; None with a plain token."""
        ...

    async def redeliver(self, delivery_id: int) -> None:
        """Have one sent again."""
        ...

    async def fetch_comments_since(
        self, repository: Repository, since: datetime
    ) -> tuple[ListedComment, ...]:
        """Comments on pulls that came or changed since then, oldest change first."""
        ...


class SweepStore(Protocol):
    """What is remembered."""

    async def load_time(self, name: str) -> datetime | None:
        """A cursor."""
        ...

    async def save_time(self, name: str, at: datetime | None) -> None:
        """Move it."""
        ...

    async def load_repositories(self) -> tuple[Repository, ...]:
        """Those that builds were seen of."""
        ...


class TakenDeliveries(Protocol):
    """The deliveries that our door took."""

    async def load_taken(self, guids: Sequence[str]) -> frozenset[str]:
        """Those of these GUIDs."""
        ...


TakeComment = Callable[[Repository, ListedComment], Awaitable[None]]
"""Hears of every comment on a pull that came or changed, perhaps more than once."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep found, and what it cost."""

    deliveries: int = 0
    redelivered: int = 0
    comments: int = 0
    calls: int = 0


class MissedDeliverySweep:
    """One sweep over GitHub; `take_comment` None: nobody wants comments, so none are asked for."""

    def __init__(
        self,
        github: SweepGitHub,
        store: SweepStore,
        taken: TakenDeliveries,
        *,
        hears_webhooks: bool,
        take_comment: TakeComment | None = None,
    ) -> None:
        self._github = github
        self._store = store
        self._taken = taken
        self._hears_webhooks = hears_webhooks
        self._take_comment = take_comment

    async def sweep(self) -> SweepReport:
        """Look once; raises `Unavailable`, and then begins at the same place the next time."""
        seen = redelivered = calls = comments = 0
        if self._hears_webhooks:
            seen, redelivered = await self._sweep_deliveries()
            calls += _count_pages(seen) + redelivered
        if self._take_comment is not None:
            for repository in await self._store.load_repositories():
                found = await self._sweep_comments(repository, self._take_comment)
                comments, calls = comments + found, calls + _count_pages(found)
        missed = SweepReport(seen, redelivered, comments, calls)
        words = {"redelivered": redelivered, "comments": comments, "calls": calls}
        log.log(logging.INFO if redelivered else logging.DEBUG, "caught up", extra=words)
        return missed

    # ------------------------------------------------------------ deliveries

    async def _sweep_deliveries(self) -> tuple[int, int]:
        """How many attempts were listed, and how many were sent again.

        The first sweep ever sends nothing again: what was before us is the past.
        """
        cursor = await self._store.load_time(_DELIVERIES)
        attempts = await self._fetch_attempts(cursor)
        if not attempts:
            await self._begin_deliveries(cursor)
            return 0, 0
        newest = max(attempt.at for attempt in attempts)
        lost = find_lost(attempts, newest) if cursor is not None else []
        taken = await self._taken.load_taken([attempt.guid for attempt in lost])
        missing = [attempt for attempt in lost if attempt.guid not in taken][:_MOST_AT_ONCE]
        for attempt in missing:
            await self._redeliver(attempt)
        # What was sent again shows up as a new attempt, later than `newest`.
        full = len(missing) == _MOST_AT_ONCE
        await self._store.save_time(_DELIVERIES, missing[-1].at if full else newest)
        return len(attempts), len(missing)

    async def _begin_deliveries(self, cursor: datetime | None) -> None:
        """GitHub never tried to tell us anything yet: from our first start on nothing is past."""
        started = await self._store.load_time(FIRST_START)
        if cursor is None and started is not None:
            await self._store.save_time(_DELIVERIES, started)

    async def _fetch_attempts(self, cursor: datetime | None) -> tuple[HookDelivery, ...]:
        """Since the cursor; only the newest page where there is none."""
        return await self._github.fetch_deliveries(cursor - _OVERLAP if cursor else _FAR) or ()

    async def _redeliver(self, attempt: HookDelivery) -> None:
        try:
            await self._github.redeliver(attempt.delivery_id)
        except Refused as refused:  # too old, or the hook is gone: others may do better
            extra = {"key": attempt.guid, "reason": refused.reason}
            log.warning("not delivered again", extra=extra)

    # ------------------------------------------------------------ comments

    async def _sweep_comments(self, repository: Repository, take: TakeComment) -> int:
        name = _COMMENTS.format(repository.repo_id)
        cursor = await self._store.load_time(name)
        if cursor is None:  # what was said before us is the past; where that ends, GitHub tells
            await self._begin_comments(name)
            return 0
        try:
            found = await self._github.fetch_comments_since(repository, cursor)
        except Refused as refused:
            extra = {"key": repository.full_name, "reason": refused.reason}
            log.warning("comments not listed", extra=extra)
            return 0
        for comment in found:
            await take(repository, comment)
        if found:
            await self._store.save_time(name, max(c.updated_at for c in found))
        return len(found)

    async def _begin_comments(self, name: str) -> None:
        """From the newest delivery on; a plain token has none, but heard GitHub's clock once."""
        delivered = await self._store.load_time(_DELIVERIES)
        at = delivered or await self._store.load_time(FIRST_START)
        if at is not None:
            await self._store.save_time(name, at)


def find_lost(attempts: Sequence[HookDelivery], newest: datetime) -> list[HookDelivery]:
    """The last attempt of each delivery of which none went well, oldest first."""
    good = {attempt.guid for attempt in attempts if attempt.ok}
    last = {a.guid: a for a in sorted(attempts, key=lambda a: (a.at, a.delivery_id))}
    lost = [a for guid, a in last.items() if guid not in good and a.at > newest - _REDELIVERABLE]
    return sorted(lost, key=lambda attempt: (attempt.at, attempt.delivery_id))


def _count_pages(elements: int) -> int:
    """An empty list is a call, too."""
    return elements // _PAGE + 1
