"""Which issue tells of which incidents, kept; and the intent to file one, before it is filed.

In: causes, orders. Out: the same. Whoever files holds the lease of the repository's key, and room
is counted in the transaction that lets an issue be posted.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from bot.core.model import Incident, IncidentState, Key
from bot.core.model.build_results import Result, is_green
from bot.core.model.commands import command_key
from bot.core.model.tracker import IssueOrder, KnownIssue, TrackedCause
from bot.core.ports import Clock, Lease
from bot.core.ports.tracker import IssuePermit, TrackerScene
from bot.store.engine.database import Database, shielded
from bot.store.engine.db_clock import DbClock, find_ours, make_shared
from bot.store.engine.tables import builds, incidents
from bot.store.engine.tracker_tables import issue_orders, tracked_causes, tracked_incidents
from bot.store.engine.upserts import insert, put_row
from bot.store.inbox.inbox import find_lease
from bot.store.inbox.key_rows import insert_keys
from bot.store.json_documents import parse_incident_document
from bot.store.post_quota import lock_quota
from bot.store.tracker_rows import (
    SHARED,
    make_cause_row,
    make_order_row,
    parse_cause,
    parse_known_issue,
    parse_order,
)

_DAY = timedelta(days=1)

_GREEN = sorted(int(result) for result in Result if is_green(result))


class SqlTracker:
    """Implements `ports.TrackerStore` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _times(self) -> DbClock:
        return self._database.times(self._clock.now())

    # ------------------------------------------------------------ loading

    @shielded
    async def load_scene(self, repo_id: int) -> TrackerScene:
        """All that is decided from, as of one moment."""
        times = self._times()
        causes = select(*find_ours(tracked_causes, SHARED, times))
        causes = causes.where(tracked_causes.c.repo_id == repo_id).order_by(tracked_causes.c.cause)
        orders = select(issue_orders).where(
            issue_orders.c.repo_id == repo_id, issue_orders.c.answer == ""
        )
        orders = orders.order_by(issue_orders.c.comment_id, issue_orders.c.position)

        def load(connection: Connection) -> TrackerScene:
            asked = tuple(parse_order(row) for row in connection.execute(orders).mappings())
            return TrackerScene(
                incidents=_load_incidents(connection, repo_id, {o.incident for o in asked}),
                causes=tuple(parse_cause(row) for row in connection.execute(causes).mappings()),
                orders=asked,
            )

        return await self._database.read_at_once(load, single=False)

    @shielded
    async def load_known_issues(
        self, repo_id: int, incidents: Collection[str]
    ) -> dict[str, KnownIssue]:
        """By incident, the issue that tells of it."""
        wanted = and_(
            tracked_incidents.c.repo_id == repo_id,
            tracked_incidents.c.incident_id.in_(sorted(incidents)),
        )
        return await self._database.read_at_once(
            lambda connection: {
                incident: issue for _, incident, issue in select_known_issues(connection, wanted)
            },
            single=True,
        )

    @shielded
    async def load_orders_of(self, repo_id: int, comment_id: int) -> tuple[IssueOrder, ...]:
        """Those of a comment, in their order."""
        own = and_(issue_orders.c.repo_id == repo_id, issue_orders.c.comment_id == comment_id)
        found = select(issue_orders).where(own).order_by(issue_orders.c.position)
        async with self._database.read() as connection:
            return tuple(parse_order(row) for row in (await connection.execute(found)).mappings())

    @shielded
    async def count_greens(
        self, repo_id: int, branch: str, builders: Collection[str], since: datetime
    ) -> int:
        """How many builds of these builders were green on a branch since then; Buildbot's clock."""
        own = and_(
            builds.c.repo_id == repo_id,
            builds.c.branch == branch,
            builds.c.builder.in_(sorted(builders)),
            builds.c.complete_at > since,
            builds.c.result.in_(_GREEN),
        )
        async with self._database.read() as connection:
            return await connection.scalar(select(func.count()).where(own)) or 0

    # ------------------------------------------------------------ saving

    @shielded
    async def save_causes(self, causes: Sequence[TrackedCause], keys: Sequence[Key] = ()) -> None:
        """Store them whole, and look at these keys; one transaction."""
        times = self._times()

        def save(connection: Connection) -> None:
            for cause in causes:
                _put_cause(connection, cause, times)
            insert_keys(connection, dict.fromkeys(keys, times.here), times)

        async with self._database.write() as connection:
            await connection.run_sync(save)
        self._database.ring()

    @shielded
    async def save_issue_intent(
        self, cause: TrackedCause, lease: Lease, per_day: int
    ) -> IssuePermit:
        """Store it before its issue is posted, while the lease holds and there is room."""
        times = self._times()
        async with self._database.write() as connection:
            await lock_quota(connection)
            if not await find_lease(connection, lease, times):
                return IssuePermit(granted=False)
            until = await connection.run_sync(_find_room, cause, per_day, times)
            if until is not None:
                return IssuePermit(granted=False, until=until)
            await connection.run_sync(_put_cause, cause, times)
        return IssuePermit(granted=True)

    @shielded
    async def save_comment_intent(self, cause: TrackedCause, lease: Lease) -> bool:
        """The same before our comment is posted; False: the lease is lost."""
        times = self._times()
        async with self._database.write() as connection:
            if not await find_lease(connection, lease, times):
                return False
            await connection.run_sync(_put_cause, cause, times)
        return True

    @shielded
    async def save_issue_answer(self, order: IssueOrder) -> None:
        """What became of an order; the command that gave it is looked at again."""
        times = self._times()

        def save(connection: Connection) -> None:
            put_row(connection, issue_orders, make_order_row(order))
            key = command_key(order.repo_id, order.comment_id)
            insert_keys(connection, {key: times.here}, times)

        async with self._database.write() as connection:
            await connection.run_sync(save)
        self._database.ring()


# ---------------------------------------------------------------- parts of transactions


def put_issue_orders(connection: Connection, orders: Sequence[IssueOrder]) -> None:
    """What a command on a pull asks for; one that is known stays as it is."""
    for order in orders:
        row = insert(connection, issue_orders).values(make_order_row(order))
        connection.execute(row.on_conflict_do_nothing())


def select_known_issues(connection: Connection, wanted: Any) -> list[tuple[int, str, KnownIssue]]:
    """(repository, incident, issue) of these `tracked_incidents`, where there is an issue."""
    same = and_(
        tracked_causes.c.repo_id == tracked_incidents.c.repo_id,
        tracked_causes.c.cause == tracked_incidents.c.cause,
    )
    found = (
        select(tracked_incidents.c.repo_id, tracked_incidents.c.incident_id)
        .add_columns(tracked_causes.c.document)
        .join(tracked_causes, same)
        .where(wanted)
    )
    rows = [
        (row.repo_id, row.incident_id, parse_known_issue(json.loads(row.document)["issue"]))
        for row in connection.execute(found)
    ]
    return [(repo_id, incident, issue) for repo_id, incident, issue in rows if issue is not None]


def _load_incidents(
    connection: Connection, repo_id: int, asked: Collection[str]
) -> tuple[Incident, ...]:
    """Those that are open, those that belong to a cause, and those that somebody asked about."""
    own = tracked_incidents.c.repo_id == repo_id
    known = select(tracked_incidents.c.incident_id).where(own)
    wanted = or_(
        incidents.c.state == IncidentState.OPEN.value,
        incidents.c.id.in_(known),
        incidents.c.id.in_(sorted(asked)),
    )
    found = select(incidents.c.document).where(incidents.c.repo_id == repo_id, wanted)
    rows = connection.scalars(found.order_by(incidents.c.opened_at, incidents.c.id))
    return tuple(parse_incident_document(document) for document in rows)


def _find_room(
    connection: Connection, cause: TrackedCause, per_day: int, times: DbClock
) -> datetime | None:
    """When there is room again, by our clock; one that was let through before has its place."""
    since = times.at(times.here - _DAY)
    taken = func.coalesce(tracked_causes.c.filed_at, tracked_causes.c.intent_at)
    found = select(tracked_causes.c.repo_id, tracked_causes.c.cause, times.ours(taken).label("at"))
    rows = connection.execute(found.where(taken > since)).all()
    if any((row.repo_id, row.cause) == (cause.repo_id, cause.cause) for row in rows):
        return None
    if len(rows) < per_day:
        return None
    oldest = sorted(row.at for row in rows)[-per_day]
    until: datetime = oldest + _DAY
    return until


def _put_cause(connection: Connection, cause: TrackedCause, times: DbClock) -> None:
    put_row(connection, tracked_causes, make_shared(make_cause_row(cause), SHARED, times))
    for incident in cause.incidents:
        row = {"repo_id": cause.repo_id, "incident_id": incident, "cause": cause.cause}
        put_row(connection, tracked_incidents, row)
