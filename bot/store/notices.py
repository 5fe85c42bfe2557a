"""The outbox of notices, and the keys that changes put.

In: notices as they are decided and as they go on. Out: the same. Who saves incidents or what stands
on pulls puts the keys within its own transaction (`put_notice_keys`), so that no change is lost.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, exists, select, update

from bot.core.model import Incident, IncidentState, RegressionRange
from bot.core.notices.decide import Change
from bot.core.notices.followers import FollowChange
from bot.core.notices.notice import (
    UNSENT,
    NoticeFacts,
    NoticeKind,
    NoticeRecord,
    NoticeStatus,
    notice_key,
    sending_key,
)
from bot.core.ports import Lease
from bot.store.engine.database import shielded
from bot.store.engine.db_clock import DbClock, find_ours, make_shared
from bot.store.engine.notice_tables import notices, subscriptions
from bot.store.engine.tables import incidents
from bot.store.engine.upserts import insert, put_row
from bot.store.followers import SqlFollowers, has_followers, put_follower
from bot.store.inbox.inbox import find_lease
from bot.store.inbox.key_rows import insert_keys
from bot.store.json_documents import parse_incident_document

# Moments that instances compare with each other's.
SHARED = ("caused_at", "due_at", "intent_at", "sent_at")
_UNSENT = notices.c.status.in_(sorted(UNSENT))
_IDENTITY = ("subscription", "repo_id", "incident_id", "position")


def put_notice_keys(
    connection: Connection, repo_id: int, incident_ids: Iterable[str], times: DbClock
) -> None:
    """Look at what is to be told of these incidents, where anybody hears of changes at all."""
    ids = sorted(set(incident_ids))
    if not ids:
        return
    subscribed = connection.scalar(select(exists(select(subscriptions.c.name))))
    if subscribed or has_followers(connection, repo_id):
        insert_keys(connection, {notice_key(repo_id, id_): times.here for id_ in ids}, times)


def put_follow(connection: Connection, change: FollowChange, times: DbClock) -> None:
    """Within the transaction of the command that asks for it."""
    put_follower(connection, change, times)
    _add_all(connection, change.known, times)


class SqlNotices(SqlFollowers):
    """Implements `ports.Notices` on the database."""

    def _times(self) -> DbClock:
        return self._database.times(self._clock.now())

    # ------------------------------------------------------------ deciding

    @shielded
    async def load_incident(self, repo_id: int, incident_id: str) -> Incident | None:
        """An incident as it stands."""
        one = and_(incidents.c.repo_id == repo_id, incidents.c.id == incident_id)
        found = select(incidents.c.document).where(one)
        async with self._database.read() as connection:
            document = await connection.scalar(found)
        return parse_incident_document(document) if document else None

    @shielded
    async def load_notices(self, repo_id: int, incident_id: str) -> tuple[NoticeRecord, ...]:
        """All about an incident, by subscription, in their order."""
        own = and_(notices.c.repo_id == repo_id, notices.c.incident_id == incident_id)
        found = select(*find_ours(notices, SHARED, self._times())).where(own)
        return await self._load(found.order_by(notices.c.subscription, notices.c.position))

    @shielded
    async def save_changes(self, changes: Sequence[Change]) -> bool:
        """Store what is new, in place of what is not begun to be sent; all or nothing."""
        times = self._times()

        def save(connection: Connection) -> bool:
            for change in changes:
                if not _supersede(connection, change.superseded):
                    connection.rollback()
                    return False
                if change.notice is not None:
                    put_row(connection, notices, _make_row(change.notice, times))
            due = [c.notice for c in changes if c.notice and c.notice.status in UNSENT]
            keys = {sending_key(n.subscription): n.due_at for n in due}
            insert_keys(connection, keys, times)
            return True

        async with self._database.write() as connection:
            saved = await connection.run_sync(save)
        self._database.ring()
        return saved

    @shielded
    async def add_notices(self, records: Sequence[NoticeRecord]) -> None:
        """Those that are not there yet, and the keys that send them."""
        times = self._times()

        def add(connection: Connection) -> None:
            _add_all(connection, records, times)
            keys = {sending_key(n.subscription): n.due_at for n in records}
            insert_keys(connection, keys, times)

        async with self._database.write() as connection:
            await connection.run_sync(add)
        self._database.ring()

    # ------------------------------------------------------------ sending

    @shielded
    async def load_unsent(self, subscription: str) -> tuple[NoticeRecord, ...]:
        """Those that are still to be sent, oldest first."""
        own = and_(notices.c.subscription == subscription, _UNSENT)
        found = select(*find_ours(notices, SHARED, self._times())).where(own)
        order = (notices.c.caused_at, notices.c.incident_id, notices.c.position)
        return await self._load(found.order_by(*order))

    @shielded
    async def is_stopped(self, subscription: str) -> bool:
        """Whether whoever it goes to wants no more."""
        own = subscriptions.c.name == subscription
        stopped = select(subscriptions.c.name).where(own, subscriptions.c.stopped_at.is_not(None))
        async with self._database.read() as connection:
            return await connection.scalar(stopped) is not None

    @shielded
    async def stop_subscription(self, name: str) -> None:
        """Nothing more is sent to it, until it is taken out of the settings and put in again."""
        own = (subscriptions.c.name == name, subscriptions.c.stopped_at.is_(None))
        async with self._database.write() as connection:
            stopped = update(subscriptions).where(*own).values(stopped_at=self._clock.now())
            await connection.execute(stopped)

    @shielded
    async def load_sent_at(self, subscription: str, since: datetime) -> tuple[datetime, ...]:
        """When messages went to it since then."""
        times = self._times()
        own = and_(notices.c.subscription == subscription, notices.c.sent_at > times.at(since))
        found = select(notices.c.message, times.ours(notices.c.sent_at).label("at")).where(own)
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).all()
        return tuple(sorted({row.message: row.at for row in rows}.values()))

    @shielded
    async def save_sending(
        self, records: Sequence[NoticeRecord], message: str, lease: Lease
    ) -> bool:
        """They are about to be sent, only while the lease holds and all of them are to be."""
        times = self._times()
        async with self._database.write() as connection:
            if not await find_lease(connection, lease, times):
                return False
            for record in records:
                begun = update(notices).where(_is(record), _UNSENT)
                begun = begun.values(
                    status=NoticeStatus.SENDING.value, intent_at=times.now, message=message
                )
                if (await connection.execute(begun)).rowcount != 1:
                    await connection.rollback()
                    return False
        return True

    @shielded
    async def save_notices(self, records: Sequence[NoticeRecord]) -> None:
        """What became of them."""
        times = self._times()
        async with self._database.write() as connection:
            await connection.run_sync(_put_all, [_make_row(record, times) for record in records])

    async def _load(self, found: Any) -> tuple[NoticeRecord, ...]:
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).mappings()
            return tuple(_parse(row) for row in rows)

    # ------------------------------------------------------------ who hears

    @shielded
    async def find_new_subscriptions(self, names: Collection[str]) -> tuple[str, ...]:
        """Those of these that nobody knew."""
        async with self._database.read() as connection:
            known = set(await connection.scalars(select(subscriptions.c.name)))
        return tuple(sorted(set(names) - known))

    @shielded
    async def load_subscription_times(self) -> dict[str, datetime]:
        """Since when each is known."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(subscriptions.c.name, subscriptions.c.since))
            return {row.name: row.since for row in rows}

    @shielded
    async def load_open_incidents(self) -> tuple[tuple[int, Incident], ...]:
        """All that are open, with their repositories."""
        is_open = incidents.c.state == IncidentState.OPEN.value
        found = select(incidents.c.repo_id, incidents.c.document).where(is_open)
        found = found.order_by(incidents.c.repo_id, incidents.c.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).all()
        return tuple((repo_id, parse_incident_document(text)) for repo_id, text in rows)

    @shielded
    async def save_subscriptions(
        self, names: Collection[str], known: Sequence[NoticeRecord]
    ) -> None:
        """These are all who hear of changes, and what the new ones know; one transaction.

        Where two instances start at once, the first one's word counts.
        """
        times = self._times()

        def save(connection: Connection) -> None:
            gone = subscriptions.c.name.not_in(sorted(names))
            connection.execute(delete(subscriptions).where(gone))
            for name in sorted(names):
                row = insert(connection, subscriptions).values(name=name, since=times.here)
                connection.execute(row.on_conflict_do_nothing())
            _add_all(connection, known, times)

        async with self._database.write() as connection:
            await connection.run_sync(save)


def _supersede(connection: Connection, records: Sequence[NoticeRecord]) -> bool:
    """False where one of them was begun to be sent meanwhile."""
    for record in records:
        waits = notices.c.status == NoticeStatus.WAITING.value
        over = update(notices).where(_is(record), waits).values(status=NoticeStatus.OVER.value)
        if connection.execute(over).rowcount != 1:
            return False
    return True


def _add_all(connection: Connection, records: Sequence[NoticeRecord], times: DbClock) -> None:
    for record in records:
        row = insert(connection, notices).values(_make_row(record, times))
        connection.execute(row.on_conflict_do_nothing())


def _put_all(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        put_row(connection, notices, row)


def _is(record: NoticeRecord) -> Any:
    return and_(*(notices.c[name] == getattr(record, name) for name in _IDENTITY))


# ---------------------------------------------------------------- rows


def _make_row(record: NoticeRecord, times: DbClock) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in _IDENTITY}
    row |= {name: getattr(record, name) for name in (*SHARED, "attempts", "message", "problem")}
    row |= {"status": record.status.value, "document": make_facts_document(record.facts)}
    return make_shared(row, SHARED, times)


def _parse(row: RowMapping) -> NoticeRecord:
    values = {name: row[name] for name in (*_IDENTITY, *SHARED, "attempts", "message", "problem")}
    return NoticeRecord(
        **values,
        status=NoticeStatus(row["status"]),
        facts=parse_facts_document(row["document"]),
    )


def make_facts_document(facts: NoticeFacts) -> str:
    """What a notice tells, as text; without what only reports have, which older versions refuse."""
    document = {k: v for k, v in asdict(facts).items() if v or k not in ("headline", "text")}
    return json.dumps(document, default=datetime.isoformat)


def parse_facts_document(text: str) -> NoticeFacts:
    """The inverse of `make_facts_document`."""
    document = json.loads(text)
    names = {name: tuple(document[name]) for name in ("tests", "builders", "workers")}
    return NoticeFacts(
        **(document | names)
        | {
            "kind": NoticeKind(document["kind"]),
            "range": RegressionRange(**document["range"]),
            "opened_at": datetime.fromisoformat(document["opened_at"]),
        }
    )
