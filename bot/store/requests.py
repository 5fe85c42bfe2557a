"""Builds that we ask for, kept: none is stored twice, and of one builder one is asked at a time.

In: requests as they are decided and as they go on. Out: the same. What a command asks for is stored
in the transaction of its record (`put_new_requests`), so that it is there once, whoever acts.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import OUTSTANDING, Key
from bot.core.model.commands import AuditEntry
from bot.core.model.keys import PULL_REFS
from bot.core.model.request_records import (
    RequestChanges,
    RequestRecord,
    SpendingOrder,
    request_key,
)
from bot.core.model.requests import RequestState
from bot.core.ports import Clock, Lease
from bot.store.engine.database import Database, shielded
from bot.store.engine.db_clock import DbClock, find_ours, make_shared
from bot.store.engine.request_tables import request_orders, requests
from bot.store.engine.tables import builds
from bot.store.engine.upserts import insert, save_row
from bot.store.inbox.inbox import find_lease
from bot.store.inbox.key_rows import put_keys
from bot.store.post_quota import lock_quota
from bot.store.request_rows import make_order_row, make_request_row, parse_order, parse_request

# Moments that instances compare with each other's.
SHARED = ("asked_at", "deadline", "intent_at")
_ORDERED = ("at",)

_IS_OUTSTANDING = requests.c.state.in_(sorted(OUTSTANDING))
# What is with its builder, or may be: it was begun to be asked for.
_IS_ASKED = and_(
    or_(requests.c.state != RequestState.PLANNED.value, requests.c.intent_at.is_not(None)),
    _IS_OUTSTANDING,
)


class SqlRequests:
    """Implements `ports.Requests` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _times(self) -> DbClock:
        return self._database.times(self._clock.now())

    # ------------------------------------------------------------ saving

    @shielded
    async def save_plan(self, new: Sequence[RequestRecord], cancel: Mapping[str, str]) -> None:
        """Store those whose id is not known, wish others taken back, by id; look at all of them."""
        times = self._times()
        async with self._database.write() as connection:
            await put_new_requests(connection, new, times)
            await put_cancellations(connection, cancel, times)
        self._database.ring()

    @shielded
    async def save_request(self, record: RequestRecord, keys: Sequence[Key] = ()) -> None:
        """How far it is, and who has to look again; one transaction."""
        times = self._times()
        async with self._database.write() as connection:
            await _save(connection, record, times)
            await put_keys(connection, keys, times)
        self._database.ring()

    @shielded
    async def save_request_intent(self, record: RequestRecord, lease: Lease) -> bool:
        """The same before it is asked for; False: the lease was lost, or its turn has not come.

        Of one builder, one of ours at a time, whoever asks and whichever instance: who is asked
        for two at once keeps its own builds waiting twice as long.
        """
        times, request = self._times(), record.request
        others = and_(
            requests.c.source == request.source,
            requests.c.builderid == record.builderid,
            requests.c.id != request.id,
            _IS_ASKED,
        )
        async with self._database.write() as connection:
            await lock_quota(connection)
            busy = (await connection.execute(select(requests.c.id).where(others))).first()
            if busy is not None or not await find_lease(connection, lease, times):
                return False
            await _save(connection, record, times)
        return True

    # ------------------------------------------------------------ loading

    @shielded
    async def load_request(self, source: str, request_id: str) -> RequestRecord | None:
        """One of them."""
        one = and_(requests.c.source == source, requests.c.id == request_id)
        found = await self._load(one)
        return found[0] if found else None

    @shielded
    async def find_keys(self, source: str, ci_number: int) -> tuple[Key, ...]:
        """Who follows what the CI has under this number."""
        one = and_(requests.c.source == source, requests.c.ci_number == ci_number)
        async with self._database.read() as connection:
            ids = await connection.scalars(select(requests.c.id).where(one))
            return tuple(request_key(source, request_id) for request_id in ids)

    @shielded
    async def load_requests(self, since: datetime) -> tuple[RequestRecord, ...]:
        """Those that are outstanding, and those that were asked for since then, oldest first."""
        times = self._times()
        return await self._load(or_(_IS_OUTSTANDING, requests.c.asked_at >= times.at(since)))

    @shielded
    async def load_requests_of(
        self,
        repo_id: int,
        *,
        incident: str | None = None,
        number: int | None = None,
        comment_id: int | None = None,
    ) -> tuple[RequestRecord, ...]:
        """Those about an incident, made on a pull, or by a comment; oldest first."""
        asked = {"incident": incident, "number": number, "comment_id": comment_id}
        wanted = [requests.c[name] == value for name, value in asked.items() if value is not None]
        return await self._load(and_(requests.c.repo_id == repo_id, *wanted))

    async def _load(self, wanted: ColumnElement[bool]) -> tuple[RequestRecord, ...]:
        found = select(*find_ours(requests, SHARED, self._times())).where(wanted)
        found = found.order_by(requests.c.asked_at, requests.c.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).mappings()
            return tuple(parse_request(row) for row in rows)

    @shielded
    async def load_branches_built(
        self, repo_id: int, since: datetime
    ) -> Mapping[str, frozenset[str]]:
        """By builder, the branches that it has built since then; Buildbot's clock."""
        here = and_(builds.c.repo_id == repo_id, builds.c.complete_at >= since)
        found = select(builds.c.builder, builds.c.branch).where(here).distinct()
        built: defaultdict[str, set[str]] = defaultdict(set)
        async with self._database.read() as connection:
            for builder, branch in await connection.execute(found):
                if branch is not None and not branch.startswith(PULL_REFS):
                    built[builder].add(branch)
        return {builder: frozenset(branches) for builder, branches in built.items()}

    @shielded
    async def load_last_builds(
        self, repo_id: int, branch: str, builder: str, limit: int
    ) -> tuple[int, ...]:
        """The buildids of a builder's last builds of a branch, newest first."""
        here = and_(
            builds.c.repo_id == repo_id, builds.c.branch == branch, builds.c.builder == builder
        )
        order = (builds.c.complete_at.desc(), builds.c.buildid.desc())
        found = select(builds.c.buildid).where(here).order_by(*order).limit(limit)
        async with self._database.read() as connection:
            return tuple(await connection.scalars(found))

    @shielded
    async def load_orders(self, repo_id: int) -> tuple[SpendingOrder, ...]:
        """What people let us spend, and did not take back, oldest first."""
        standing = and_(request_orders.c.repo_id == repo_id, request_orders.c.ended.is_(False))
        found = select(*find_ours(request_orders, _ORDERED, self._times())).where(standing)
        found = found.order_by(request_orders.c.at, request_orders.c.comment_id)
        async with self._database.read() as connection:
            return tuple(parse_order(row) for row in (await connection.execute(found)).mappings())


# ---------------------------------------------------------------- parts of transactions


async def put_new_requests(
    connection: AsyncConnection, new: Sequence[RequestRecord], times: DbClock
) -> None:
    """Store those whose id is not known, and look at them."""
    for record in new:
        row = make_shared(make_request_row(record), SHARED, times)
        await connection.execute(insert(connection, requests).values(row).on_conflict_do_nothing())
    await put_keys(connection, [record.key for record in new], times)


async def put_request_changes(
    connection: AsyncConnection, changes: RequestChanges, action: AuditEntry, times: DbClock
) -> None:
    """What a command on a pull does to requests."""
    await put_new_requests(connection, changes.new, times)
    for order in changes.orders:
        row = make_shared(make_order_row(order), _ORDERED, times)
        await save_row(connection, request_orders, row)
    if changes.why:
        here = and_(
            request_orders.c.repo_id == action.repo_id, request_orders.c.number == action.number
        )
        if changes.orders_of is not None:
            here = and_(here, func.lower(request_orders.c.person) == changes.orders_of.lower())
        await connection.execute(update(request_orders).where(here).values(ended=True))
        await put_cancellations(connection, dict.fromkeys(changes.cancelled, changes.why), times)


async def put_cancellations(
    connection: AsyncConnection, why: Mapping[str, str], times: DbClock
) -> None:
    """Wish that requests be taken back, by id; whoever follows them sees to it."""
    names = (requests.c.source, requests.c.id)
    for request_id, words in sorted(why.items()):
        own = and_(requests.c.id == request_id, _IS_OUTSTANDING)
        wish = update(requests).where(own).values(cancel=words).returning(*names)
        rows = (await connection.execute(wish)).all()
        await put_keys(connection, [request_key(*row) for row in rows], times)


async def _save(connection: AsyncConnection, record: RequestRecord, times: DbClock) -> None:
    await save_row(connection, requests, make_shared(make_request_row(record), SHARED, times))
