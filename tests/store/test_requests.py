"""What was asked for is stored once, asked one at a time of each builder, and never forgotten."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import RequestState
from bot.core.model.build_results import Result
from bot.core.model.commands import AuditEntry, CommandResult, Role
from bot.core.model.request_records import RequestChanges, RequestRecord, SpendingOrder
from bot.core.ports import Lease
from bot.store import Store
from tests.support.clock import FakeClock
from tests.support.make_requests import make_record
from tests.support.make_stored import MOMENT

ACTION = AuditEntry(
    1, 7, 0, 101, "alice", Role.WRITE, "rerun", "", MOMENT, MOMENT, CommandResult.DONE, ""
)


async def take_only(store: Store) -> Lease:
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    return lease


async def load(store: Store, request_id: str) -> RequestRecord:
    found = await store.requests.load_request("buildbot", request_id)
    assert found is not None
    return found


async def test_a_request_comes_back_as_it_was_and_is_put_once(store: Store, twin: Store) -> None:
    record = make_record(expected_minutes=12.5, base="main", incident="i1")
    await store.requests.save_plan([record], {})
    await twin.requests.save_plan([replace(record, words="another")], {})
    assert await load(twin, record.request.id) == record
    lease = await take_only(store)
    assert lease.key == record.key

    ended = record.move(
        RequestState.FINISHED,
        "done",
        buildid=45,
        result=Result.FAILURE,
        started_at=MOMENT,
        ended_at=MOMENT + timedelta(minutes=3),
    )
    await store.requests.save_request(replace(ended, ci_number=9, read=True))
    assert await load(twin, record.request.id) == replace(ended, ci_number=9, read=True)


async def test_a_builder_is_asked_for_one_build_at_a_time(store: Store, twin: Store) -> None:
    """Two people at once, on two instances."""
    first, second = make_record("c1.0.1"), make_record("c2.0.1")
    elsewhere = make_record("c3.0.2", builderid=2)
    await store.requests.save_plan([first, second, elsewhere], {})
    leases = [await take_only(store) for _ in range(3)]
    begun = [replace(r, intent_at=MOMENT) for r in (first, second, elsewhere)]
    assert [lease.key for lease in leases] == [r.key for r in begun]

    assert await store.requests.save_request_intent(begun[0], leases[0])
    assert not await twin.requests.save_request_intent(begun[1], leases[1])
    assert await twin.requests.save_request_intent(begun[2], leases[2])
    assert (await load(store, "c2.0.1")).intent_at is None

    await store.requests.save_request(begun[0].move(RequestState.LOST, "it never came"))
    assert await twin.requests.save_request_intent(begun[1], leases[1])


async def test_an_intent_needs_the_lease(store: Store, clock: FakeClock) -> None:
    """A worker that woke up after its lease was taken over asks for nothing."""
    record = make_record()
    await store.requests.save_plan([record], {})
    lease = await take_only(store)
    clock.advance(30)
    assert not await store.requests.save_request_intent(record, lease)


async def test_who_follows_a_request_does_not_lose_the_wish_that_it_be_taken_back(
    store: Store, twin: Store
) -> None:
    record = make_record()
    await store.requests.save_plan([record], {})
    seen = await load(twin, record.request.id)
    await store.requests.save_plan([], {record.request.id: "It is over."})
    await twin.requests.save_request(seen.move(RequestState.QUEUED))
    after = await load(store, record.request.id)
    assert (after.request.state, after.cancel) == (RequestState.QUEUED, "It is over.")

    await store.requests.save_request(after.move(RequestState.FINISHED))
    await store.requests.save_plan([], {record.request.id: "Too late."})
    assert (await load(store, record.request.id)).cancel == "It is over."


async def test_what_a_command_asks_for_is_there_with_its_record_and_once(
    store: Store, twin: Store
) -> None:
    order = SpendingOrder(1, "i1", 7, 0, 101, "alice", MOMENT, builds=4)
    record = make_record("c7.0.1", comment_id=7)
    changes = RequestChanges(new=(record,), orders=(order,))
    assert await store.commands.save_command(ACTION, requests=changes)
    again = RequestChanges(new=(make_record("c7.0.2", comment_id=7),))
    assert not await twin.commands.save_command(ACTION, requests=again)
    assert await twin.requests.load_requests_of(1, comment_id=7) == (record,)
    assert await twin.requests.load_requests_of(1, number=101) == (record,)
    assert await twin.requests.load_requests_of(1, incident="i1") == ()
    assert await twin.requests.load_orders(1) == (order,)

    stop = RequestChanges(cancelled=("c7.0.1",), why="alice took it back")
    other = replace(ACTION, comment_id=8, command="cancel")
    assert await store.commands.save_command(other, requests=stop)
    assert await twin.requests.load_orders(1) == ()
    assert (await load(twin, "c7.0.1")).cancel == "alice took it back"


async def test_limits_count_what_is_outstanding_and_what_was_asked_for_lately(
    store: Store, clock: FakeClock
) -> None:
    now = clock.now()
    old = make_record("c1.0.1", asked_at=now - timedelta(days=9))
    over = make_record("c2.0.1", asked_at=now - timedelta(days=9), state=RequestState.FINISHED)
    late = make_record("c3.0.1", asked_at=now, state=RequestState.FINISHED)
    await store.requests.save_plan([old, over, late], {})
    found = await store.requests.load_requests(now - timedelta(days=7))
    assert [record.request.id for record in found] == ["c1.0.1", "c3.0.1"]
    newest = await store.views.load_request_page(0, 2)
    assert newest[0][1].request.id == "c3.0.1"
    assert await store.views.load_request_page(0, 2, frozenset({99})) == []


async def test_what_is_taken_back_on_a_pull_stays_in_its_repository(store: Store) -> None:
    """Two repositories have pulls of the same number."""
    here = SpendingOrder(1, "i1", 1, 0, 101, "alice", MOMENT, builds=8)
    there = replace(here, repo_id=2, comment_id=2)
    for order in (here, there):
        action = replace(ACTION, repo_id=order.repo_id, comment_id=order.comment_id)
        assert await store.commands.save_command(action, requests=RequestChanges(orders=(order,)))
    taken = RequestChanges(why="Somebody took it back.")
    assert await store.commands.save_command(replace(ACTION, comment_id=9), requests=taken)
    assert await store.requests.load_orders(1) == ()
    assert [order.incident for order in await store.requests.load_orders(2)] == ["i1"]


async def test_who_may_not_write_ends_own_orders_only(store: Store) -> None:
    first = SpendingOrder(1, "i1", 1, 0, 101, "Alice", MOMENT, builds=8)
    second = replace(first, incident="i2", comment_id=2, by="bob")
    for order in (first, second):
        action = replace(ACTION, comment_id=order.comment_id)
        assert await store.commands.save_command(action, requests=RequestChanges(orders=(order,)))
    taken = RequestChanges(why="Somebody took it back.", orders_of="alice")
    assert await store.commands.save_command(replace(ACTION, comment_id=9), requests=taken)
    assert [order.by for order in await store.requests.load_orders(1)] == ["bob"]
