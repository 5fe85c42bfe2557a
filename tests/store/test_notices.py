"""The outbox on both databases: changes put keys, and one sender at a time has each notice."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import (
    Announcement,
    IncidentState,
    Key,
    KeyKind,
    PullComment,
    RegressionRange,
)
from bot.core.notices.decide import Change
from bot.core.notices.notice import (
    NO_REPOSITORY,
    REPORT_THREAD,
    NoticeKind,
    NoticeStatus,
    notice_key,
    sending_key,
)
from bot.core.ports import Lease
from bot.store import Store
from bot.store.notices import make_facts_document, parse_facts_document
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_incident
from tests.support.notices import make_facts, make_notice

SECOND = timedelta(seconds=1)


async def take(store: Store) -> Lease | None:
    return await store.inbox.take("a", 20, kinds={KeyKind.NOTICE})


async def take_key(store: Store) -> Key | None:
    lease = await take(store)
    return lease.key if lease else None


def test_what_a_notice_tells_comes_back_as_it_was() -> None:
    for facts in (
        make_facts(NoticeKind.CONFIRMED, pull=101, url="https://x.example", tests=("a", "é\ud800")),
        make_facts(range=RegressionRange(None, None)),
    ):
        assert parse_facts_document(make_facts_document(facts)) == facts


async def test_a_change_puts_a_key_where_anybody_hears_of_it(store: Store) -> None:
    await store.incidents.save_incidents(1, "main", [make_incident("aa0001")], [])
    assert await take(store) is None
    await store.notices.save_subscriptions(["core"], [])
    await store.incidents.save_incidents(1, "main", [make_incident("aa0001")], [])
    assert await take_key(store) == notice_key(1, "aa0001")


async def test_what_stands_on_a_pull_puts_a_key_too(store: Store) -> None:
    await store.notices.save_subscriptions(["core"], [])
    said = Announcement("aa0001", "suspected", "open", MOMENT)
    await store.incidents.save_pull_comment(PullComment(1, 101, said=(said,)))
    assert await take_key(store) == notice_key(1, "aa0001")


async def test_who_ends_all_subscriptions_ends_the_keys(store: Store) -> None:
    await store.notices.save_subscriptions(["core"], [])
    await store.notices.save_subscriptions([], [])
    await store.incidents.save_incidents(1, "main", [make_incident("aa0001")], [])
    assert await take(store) is None


async def test_a_new_subscription_is_new_once(store: Store, twin: Store) -> None:
    known = make_notice(status=NoticeStatus.KNOWN)
    assert await store.notices.find_new_subscriptions(["core", "other"]) == ("core", "other")
    await store.notices.save_subscriptions(["core"], [known])
    await twin.notices.save_subscriptions(["core"], [replace(known, problem="the second")])
    assert await store.notices.find_new_subscriptions(["core", "other"]) == ("other",)
    (found,) = await store.notices.load_notices(1, "aa0001")
    assert found.problem == ""


async def test_incidents_that_are_open_are_found(store: Store) -> None:
    fixed = make_incident("bb0002", state=IncidentState.FIXED)
    await store.incidents.save_incidents(1, "main", [make_incident("aa0001"), fixed], [])
    assert [(n, i.id) for n, i in await store.notices.load_open_incidents()] == [(1, "aa0001")]
    assert await store.notices.load_incident(1, "bb0002") == fixed
    assert await store.notices.load_incident(1, "cc0003") is None


async def test_a_notice_is_kept_and_its_key_comes_when_it_is_due(
    store: Store, clock: FakeClock
) -> None:
    now = clock.now()
    notice = make_notice(caused_at=now, due_at=now + 120 * SECOND)
    assert await store.notices.save_changes([Change(notice)])
    assert await take(store) is None
    (found,) = await store.notices.load_unsent("core")
    assert abs(found.due_at - notice.due_at) < SECOND
    assert replace(found, due_at=notice.due_at, caused_at=notice.caused_at) == notice
    clock.advance(121)
    assert await take_key(store) == sending_key("core")


async def test_what_is_newer_takes_the_place_of_what_waits(store: Store) -> None:
    first, second = make_notice(), make_notice(1, facts=make_facts(NoticeKind.FIXED))
    await store.notices.save_changes([Change(first)])
    assert await store.notices.save_changes([Change(second, (first,))])
    assert [n.position for n in await store.notices.load_unsent("core")] == [1]
    stored = await store.notices.load_notices(1, "aa0001")
    assert [n.status for n in stored] == [NoticeStatus.OVER, NoticeStatus.WAITING]


async def test_what_is_being_sent_is_not_taken_back_and_nothing_is_stored_by_halves(
    store: Store,
) -> None:
    first, other = make_notice(), make_notice(subscription="other")
    await store.notices.save_changes([Change(first)])
    lease = await take(store)
    assert lease is not None
    assert await store.notices.save_sending([first], first.id, lease)
    changes = [Change(other), Change(make_notice(1), (first,))]
    assert not await store.notices.save_changes(changes)
    assert [n.position for n in await store.notices.load_notices(1, "aa0001")] == [0]


async def test_one_of_two_instances_sends(store: Store, twin: Store) -> None:
    notice = make_notice()
    await store.notices.save_changes([Change(notice)])
    lease = await take(store)
    assert lease is not None
    assert await twin.inbox.take("b", 20, kinds={KeyKind.NOTICE}) is None
    stolen = replace(lease, owner="b")
    assert not await twin.notices.save_sending([notice], notice.id, stolen)
    assert await store.notices.save_sending([notice], notice.id, lease)
    (sending,) = await twin.notices.load_unsent("core")
    assert (sending.status, sending.message) == (NoticeStatus.SENDING, notice.id)
    assert sending.intent_at is not None


async def test_what_is_over_is_not_sent(store: Store) -> None:
    notice = make_notice()
    await store.notices.save_changes([Change(notice)])
    lease = await take(store)
    assert lease is not None
    await store.notices.save_changes([Change(None, (notice,))])
    assert not await store.notices.save_sending([notice], notice.id, lease)


async def test_a_digest_counts_as_one_message(store: Store, clock: FakeClock) -> None:
    now = clock.now()
    sent = [
        make_notice(n, NoticeStatus.SENT, sent_at=now, message="m" if n else "first")
        for n in range(4)
    ]
    await store.notices.save_notices(sent)
    hour = timedelta(hours=1)
    assert len(await store.notices.load_sent_at("core", now - hour)) == 2
    assert await store.notices.load_sent_at("other", now - hour) == ()
    assert await store.notices.load_sent_at("core", now + hour) == ()


async def test_a_report_of_a_period_is_made_by_the_first_instance(
    store: Store, twin: Store
) -> None:
    """A second one finds it made, also when it was sent by then."""
    facts = make_facts(NoticeKind.REPORT, incident=REPORT_THREAD, headline="one", text="* a")
    report = make_notice(492_000, facts=facts, repo_id=NO_REPOSITORY)
    await store.notices.add_notices([report])
    await store.notices.save_notices([replace(report, status=NoticeStatus.SENT)])
    await twin.notices.add_notices([replace(report, facts=replace(facts, headline="two"))])
    (kept,) = await store.notices.load_notices(NO_REPOSITORY, REPORT_THREAD)
    assert (kept.status, kept.facts) == (NoticeStatus.SENT, facts)
    assert await take_key(store) == sending_key("core")


async def test_it_is_known_since_when_a_subscription_is_there(
    store: Store, clock: FakeClock
) -> None:
    began = clock.now()
    await store.notices.save_subscriptions(["core"], [])
    clock.advance(60)
    await store.notices.save_subscriptions(["core", "late"], [])
    times = await store.notices.load_subscription_times()
    assert (times["core"], times["late"]) == (began, clock.now())
