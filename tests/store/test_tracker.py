"""What is kept of a tracker: causes, orders, and the intent to file."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import IncidentState, issue_key, pull_key
from bot.core.model.build_results import Result
from bot.core.model.commands import command_key
from bot.core.model.tracker import (
    IssueComment,
    IssueOrder,
    IssueSource,
    IssueState,
    KnownIssue,
    TrackedCause,
)
from bot.core.ports import Lease
from bot.store import Store
from bot.store.tracker import put_issue_orders
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_facts, make_incident

HOUR = timedelta(hours=1)
CAUSE = TrackedCause(1, "abc", ("abc", "def"), ("i1", "i2"))
ISSUE = KnownIssue("o/r", 12, IssueSource.FILED, IssueState.CLOSED, "completed", "It fails", MOMENT)
ORDER = IssueOrder(1, 7, 0, 101, "writer", "i3", number=12)


async def lease(store: Store) -> Lease:
    await store.inbox.put([issue_key(1)])
    taken = await store.inbox.take("me", 30)
    assert taken is not None
    return taken


async def order(store: Store, *orders: IssueOrder) -> None:
    async with store.database.write() as connection:
        await connection.run_sync(put_issue_orders, orders)


async def test_a_cause_comes_back_as_it_was(store: Store, clock: FakeClock) -> None:
    now = clock.now()
    comment = IssueComment(2, 77, "text", now, now, over=True, ended=True)
    cause = replace(
        CAUSE,
        issue=ISSUE,
        looked_at=now,
        seen_at=now,
        intent_at=now,
        filed_at=now,
        told="lines",
        problem="why",
        look_at=now + HOUR,
        comment=comment,
    )
    await store.tracker.save_causes([CAUSE])
    await store.tracker.save_causes([cause], [pull_key(1, 101)])
    assert (await store.tracker.load_scene(1)).causes == (cause,)
    assert (await store.tracker.load_scene(2)).causes == ()
    known = await store.tracker.load_known_issues(1, ["i1", "i9"])
    assert known == {"i1": ISSUE}


async def test_the_scene_has_what_is_open_known_or_asked_about(store: Store) -> None:
    over = IncidentState.FIXED
    incidents = [make_incident("i0"), *(make_incident(f"i{n}", n, state=over) for n in range(1, 5))]
    await store.incidents.save_incidents(1, "main", incidents, [])
    await store.tracker.save_causes([replace(CAUSE, incidents=("i1",))])
    await order(store, ORDER, ORDER)
    scene = await store.tracker.load_scene(1)
    assert [i.id for i in scene.incidents] == ["i0", "i1", "i3"]
    assert scene.orders == (ORDER,)


async def test_an_answered_order_is_out_of_the_way_and_wakes_its_comment(store: Store) -> None:
    await order(store, ORDER)
    answered = replace(ORDER, answer="It is told in o/r#12.")
    await store.tracker.save_issue_answer(answered)
    assert (await store.tracker.load_scene(1)).orders == ()
    assert await store.tracker.load_orders_of(1, 7) == (answered,)
    taken = await store.inbox.take("me", 30)
    assert taken is not None
    assert taken.key == command_key(1, 7)


async def test_an_intent_is_fenced_by_the_lease(store: Store, clock: FakeClock) -> None:
    held = await lease(store)
    begun = replace(CAUSE, intent_at=clock.now())
    lost = replace(held, owner="another")
    assert not (await store.tracker.save_issue_intent(begun, lost, 5)).granted
    assert not await store.tracker.save_comment_intent(begun, lost)
    assert (await store.tracker.load_scene(1)).causes == ()
    assert (await store.tracker.save_issue_intent(begun, held, 5)).granted
    assert await store.tracker.save_comment_intent(begun, held)


async def test_there_is_room_for_so_many_a_day(store: Store, clock: FakeClock) -> None:
    """Whoever was let through before has its place, however often it is tried."""
    held, now = await lease(store), clock.now()
    filed = replace(CAUSE, cause="first", filed_at=now - 5 * HOUR)
    await store.tracker.save_causes([filed, replace(CAUSE, cause="old", filed_at=now - 30 * HOUR)])
    second = replace(CAUSE, cause="second", intent_at=now)
    third = replace(CAUSE, cause="third", intent_at=now)
    assert (await store.tracker.save_issue_intent(second, held, 2)).granted
    assert (await store.tracker.save_issue_intent(second, held, 2)).granted
    permit = await store.tracker.save_issue_intent(third, held, 2)
    assert permit.granted is False
    assert permit.until is not None
    assert abs(permit.until - (now + 19 * HOUR)) < timedelta(seconds=5)


async def test_greens_are_counted_on_its_builders_since_then(store: Store) -> None:
    results = (Result.SUCCESS, Result.WARNINGS, Result.FAILURE)
    for number, result in enumerate(results, 1):
        facts = make_facts(number, result=result, complete_at=MOMENT + number * HOUR)
        await store.facts.save_build(facts, [])
    greens = await store.tracker.count_greens(1, "main", ["AMD64 Debian"], MOMENT)
    assert greens == 2
    assert await store.tracker.count_greens(1, "main", ["other"], MOMENT) == 0
    assert await store.tracker.count_greens(1, "main", ["AMD64 Debian"], MOMENT + HOUR) == 1
