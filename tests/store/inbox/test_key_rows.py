"""The inbox against a model of it in plain Python, over any order of events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete

from bot.core.model import Key, KeyKind, PullComment
from bot.core.ports import Lease
from bot.store import Store
from bot.store.engine.tables import inbox
from tests.store.conftest import Shelf

LEASE_SECONDS = 20
keys = st.sampled_from([Key(kind, name) for kind in KeyKind for name in ("a", "b")])
delays = st.sampled_from([-30, 0, 1, 15, 60])


@dataclass
class Row:
    """What the model knows of a key."""

    run_at: datetime
    generation: int = 1
    attempts: int = 0
    lease: Lease | None = None


class InboxMachine(RuleBasedStateMachine):
    """Puts, takes, finishes, crashes and time, in any order."""

    leases: Bundle[Lease] = Bundle("leases")

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self.shelf = shelf
        self.rows: dict[Key, Row] = {}

    def teardown(self) -> None:
        async def empty(store: Store) -> None:
            async with store.database.write() as connection:
                await connection.execute(delete(inbox))

        self.shelf.tell(empty)

    @property
    def now(self) -> datetime:
        return self.shelf.clock.now()

    def later(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def find_held(self, lease: Lease) -> Row | None:
        row = self.rows.get(lease.key)
        return row if row and row.lease and row.lease.owner == lease.owner else None

    def is_free(self, row: Row) -> bool:
        return row.lease is None or row.lease.until <= self.now

    @rule(put=st.lists(keys, min_size=1, max_size=3), delay=st.none() | delays)
    def put(self, put: list[Key], delay: float | None) -> None:
        run_at = None if delay is None else self.later(delay)
        self.shelf.tell(lambda store: store.inbox.put(put, run_at))
        for key in set(put):
            row = self.rows.get(key)
            if row is None:
                self.rows[key] = Row(run_at or self.now)
            else:
                row.generation += 1
                row.run_at = min(row.run_at, run_at or self.now)

    @rule(target=leases)
    def take(self) -> Lease | MultipleResults[Lease]:
        lease: Lease | None = self.shelf.tell(lambda store: store.inbox.take("w", LEASE_SECONDS))
        due = [
            (row.run_at, key)
            for key, row in self.rows.items()
            if row.run_at <= self.now and self.is_free(row)
        ]
        if not due:
            assert lease is None
            return multiple()
        assert lease is not None
        assert lease.key == min(due)[1]
        row = self.rows[lease.key]
        row.attempts += row.lease is not None
        assert lease.until == self.later(LEASE_SECONDS)
        assert (lease.generation, lease.attempts) == (row.generation, row.attempts)
        row.lease = lease
        return lease

    @rule(target=leases, lease=leases)
    def renew(self, lease: Lease) -> Lease | MultipleResults[Lease]:
        renewed: Lease | None = self.shelf.tell(
            lambda store: store.inbox.renew(lease, LEASE_SECONDS)
        )
        row = self.find_held(lease)
        assert (renewed is None) == (row is None)
        if renewed is None or row is None:
            return multiple()
        row.lease = renewed
        return renewed

    @rule(lease=consumes(leases), delay=st.none() | delays)
    def finish(self, lease: Lease, delay: float | None) -> None:
        again_at = None if delay is None else self.later(delay)
        self.shelf.tell(lambda store: store.inbox.finish(lease, again_at))
        row = self.find_held(lease)
        if row is None:
            return
        row.lease, row.attempts = None, 0
        if row.generation != lease.generation:
            row.run_at = self.now
        elif again_at is not None:
            row.run_at = again_at
        else:
            del self.rows[lease.key]

    @rule(lease=consumes(leases), delay=delays)
    def retry(self, lease: Lease, delay: float) -> None:
        run_at = self.later(delay)
        self.shelf.tell(lambda store: store.inbox.retry(lease, run_at, "no answer"))
        row = self.find_held(lease)
        if row is not None:
            row.lease = None
            row.attempts += 1
            row.run_at = run_at if row.generation == lease.generation else self.now

    @rule(lease=consumes(leases))
    def release(self, lease: Lease) -> None:
        self.shelf.tell(lambda store: store.inbox.release(lease))
        row = self.find_held(lease)
        if row is not None:
            row.lease = None

    @rule(lease=leases)
    def intend(self, lease: Lease) -> None:
        """An intent is stored exactly while the lease holds."""
        speech = PullComment(1, 1, intent_at=self.now)
        permit = self.shelf.tell(lambda store: store.incidents.save_intent(speech, lease))
        row = self.find_held(lease)
        assert permit.granted == (row is not None and not self.is_free(row))

    @rule(seconds=st.sampled_from([0.5, 7, 20, 90]))
    def advance(self, seconds: float) -> None:
        self.shelf.clock.advance(seconds)

    @invariant()
    def nothing_is_lost_and_the_next_time_is_known(self) -> None:
        async def look(store: Store) -> tuple[datetime | None, int, datetime | None]:
            depth = await store.views.load_depth()
            return await store.inbox.next_run_at(), depth.depth, depth.oldest_due_at

        next_run_at, depth, oldest_due_at = self.shelf.tell(look)
        rows = self.rows.values()
        times = [max(r.run_at, r.lease.until) if r.lease else r.run_at for r in rows]
        overdue = [r.run_at for r in rows if r.run_at <= self.now and self.is_free(r)]
        assert next_run_at == min(times, default=None)
        assert depth == len(self.rows)
        assert oldest_due_at == min(overdue, default=None)


def test_the_inbox_does_what_its_model_does(shelf: Shelf) -> None:
    """A key that is lost, or worked on twice, is a red build nobody hears of, or two comments."""

    class Machine(InboxMachine):
        def __init__(self) -> None:
            super().__init__(shelf)

    run_state_machine_as_test(
        Machine, settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )
