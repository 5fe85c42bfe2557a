"""What is kept for how long, and the daily sweep that deletes the rest.

In: limits, and the time by Buildbot's clock. Out: fewer rows; what a live incident or a comment
that may still change needs, stays. In small batches, each a transaction of its own: nobody who
wants to write waits for more than one of them, and a crash loses nothing but the rest of the work.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    and_,
    delete,
    exists,
    or_,
    select,
    true,
    tuple_,
    update,
)

from bot.core.model import BuildRef, IncidentState
from bot.core.notices.notice import UNSENT
from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.follower_tables import followers
from bot.store.engine.notice_tables import notices
from bot.store.engine.page_tables import decisions
from bot.store.engine.request_tables import requests
from bot.store.engine.search_tables import search
from bot.store.engine.tables import (
    actions,
    builds,
    deliveries,
    failures,
    incidents,
    remarks,
    said,
    test_runs,
    unread,
)
from bot.store.incidents import IN_LAST_COMMENT
from bot.store.json_documents import parse_incident_document
from bot.store.unread_builds import UNREAD_LASTS

log = logging.getLogger(__name__)

RETENTION_SWEEP = "retention"

_Work = Callable[[Sequence[BuildRef]], Awaitable[None]]

# GitHub delivers again for three days at most; a week leaves room for clocks that are off.
_GUIDS = timedelta(days=7)

# What people wrote. One that came again later would be refused, for it is older than an hour; but
# the end of a pause, of thirty days at the longest, is known from the remark that asked for it.
_REMARKS = timedelta(days=45)

# What waits is still to be sent; and what was told of an open incident would be told anew.
_IS_TOLD = and_(
    notices.c.status.not_in(sorted(UNSENT)),
    ~exists().where(
        incidents.c.repo_id == notices.c.repo_id,
        incidents.c.id == notices.c.incident_id,
        incidents.c.state == IncidentState.OPEN.value,
    ),
)

# About ten milliseconds on a small machine.
_BATCH = 200


@dataclass(frozen=True, slots=True)
class RetentionPeriods:
    """How long is kept what nobody needs any more.

    `facts`: builds with their failures and runs; a flake's record is worth half a year, and folding
    looks back 120 days. `readings`: the excerpts and test lists of those builds, nine tenths of
    the space; who looks at an incident of last quarter follows the link to the log. The audit and
    what was decided go with the facts, as notices do and whoever asked to be mentioned; remarks go
    sooner. Rulings and labels stay, as incidents do: a ruling holds who gave it, and no text.
    """

    facts: timedelta = timedelta(days=180)
    readings: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much went."""

    builds: int = 0
    readings: int = 0
    deliveries: int = 0
    remarks: int = 0
    unread: int = 0
    actions: int = 0
    requests: int = 0
    decisions: int = 0
    search: int = 0
    notices: int = 0
    followers: int = 0


class Retention:
    """Deletes what is older than its limit."""

    def __init__(
        self, database: Database, clock: Clock, limits: RetentionPeriods | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits or RetentionPeriods()

    async def delete_old(self, now: datetime) -> Deleted:
        """All that is too old at `now` by Buildbot's clock; what GitHub told us, by ours."""
        needed = await self._load_needed()
        deleted = Deleted(
            builds=await self._delete_builds(now - self._limits.facts, needed),
            readings=await self._delete_readings(now - self._limits.readings, needed),
            deliveries=await self._delete_aged(deliveries.c.at, _GUIDS),
            remarks=await self._delete_aged(remarks.c.created_at, _REMARKS),
            unread=await self._delete_aged(unread.c.seen_at, UNREAD_LASTS),
            actions=await self._delete_aged(actions.c.acted_at, self._limits.facts),
            requests=await self._delete_aged(requests.c.asked_at, self._limits.facts),
            decisions=await self._delete_aged(decisions.c.at, self._limits.facts),
            search=await self._delete_aged(search.c.seen_at, self._limits.facts),
            notices=await self._delete_aged(notices.c.caused_at, self._limits.facts, _IS_TOLD),
            followers=await self._delete_aged(followers.c.since, self._limits.facts),
        )
        log.info("old rows deleted", extra=asdict(deleted))
        return deleted

    @shielded
    async def _load_needed(self) -> frozenset[BuildRef]:
        """The builds that live incidents rest on, and those of all that last comments tell.

        Comments are rendered anew from them: one that lost a build would be edited for it. They
        are few, as comments are.
        """
        live = incidents.c.state == IncidentState.OPEN.value
        told = incidents.c.id.in_(select(said.c.incident_id).where(IN_LAST_COMMENT))
        found = select(incidents.c.document).where(or_(live, told))
        async with self._database.read() as connection:
            documents = list(await connection.scalars(found))
        return frozenset(n for text in documents for n in _find_builds(text))

    async def _delete_builds(self, before: datetime, needed: frozenset[BuildRef]) -> int:
        """Facts whole, with the rows of their failures and runs."""
        is_old = builds.c.complete_at < before
        return await self._in_batches(is_old, needed, self._delete_build_rows)

    @shielded
    async def _delete_build_rows(self, keys: Sequence[BuildRef]) -> None:
        async with self._database.write() as connection:
            for table in (failures, test_runs, builds):
                await connection.execute(delete(table).where(_is_among(table, keys)))

    async def _delete_readings(self, before: datetime, needed: frozenset[BuildRef]) -> int:
        """Only the bulk: what folding needs of a build has tables of its own."""
        is_old = and_(builds.c.complete_at < before, builds.c.reading.is_not(None))
        return await self._in_batches(is_old, needed, self._clear_readings)

    @shielded
    async def _clear_readings(self, keys: Sequence[BuildRef]) -> None:
        async with self._database.write() as connection:
            cleared = update(builds).where(_is_among(builds, keys)).values(reading=None)
            await connection.execute(cleared)

    async def _in_batches(
        self, is_old: ColumnElement[bool], needed: frozenset[BuildRef], work: _Work
    ) -> int:
        """Oldest first, each batch after the last build that was looked at."""
        done = 0
        after: tuple[datetime, int] | None = None
        while rows := await self._load_batch(is_old, after):
            after = rows[-1][2], rows[-1][1]
            keys = [
                ref
                for source, buildid, _ in rows
                if (ref := BuildRef(source, buildid)) not in needed
            ]
            if keys:
                await work(keys)
            done += len(keys)
        return done

    @shielded
    async def _load_batch(
        self, is_old: ColumnElement[bool], after: tuple[datetime, int] | None
    ) -> list[tuple[str, int, datetime]]:
        place = (builds.c.complete_at, builds.c.buildid)
        found = select(builds.c.source, builds.c.buildid, builds.c.complete_at).where(is_old)
        if after is not None:
            at, buildid = after
            later = and_(builds.c.complete_at == at, builds.c.buildid > buildid)
            found = found.where(or_(builds.c.complete_at > at, later))
        async with self._database.read() as connection:
            rows = await connection.execute(found.order_by(*place).limit(_BATCH))
            return [(source, buildid, at) for source, buildid, at in rows]

    async def _delete_aged(
        self, at: Column[datetime], longest: timedelta, may_go: ColumnElement[bool] | None = None
    ) -> int:
        """The rows of a table whose moment `at` is longer ago, of those that may go."""
        total = 0
        while gone := await self._delete_some(at, longest, true() if may_go is None else may_go):
            total += gone
        return total

    @shielded
    async def _delete_some(
        self, at: Column[datetime], longest: timedelta, may_go: ColumnElement[bool]
    ) -> int:
        times = self._database.times(self._clock.now())
        names = list(at.table.primary_key)
        oldest = select(*names).where(at < times.at(times.here - longest), may_go)
        some = tuple_(*names).in_(oldest.order_by(at).limit(_BATCH))
        async with self._database.write() as connection:
            return (await connection.execute(delete(at.table).where(some))).rowcount


def _find_builds(document: str) -> set[BuildRef]:
    """The builds that an incident names."""
    incident = parse_incident_document(document)
    ends = {n for r in incident.ranges for n in (r.last_good_build, r.first_bad_build) if n}
    return {incident.first_red_build, *incident.red_builds, *ends}


def _is_among(table: Table, keys: Sequence[BuildRef]) -> ColumnElement[bool]:
    return tuple_(table.c.source, table.c.buildid).in_(keys)
