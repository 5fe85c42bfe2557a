"""What is old goes, and nothing that somebody may still need."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from bot.core.model import (
    Announcement,
    IncidentState,
    Kind,
    Occurrence,
    PullComment,
    Reading,
    Signature,
    Verdict,
    build_key,
)
from bot.core.model.build_results import Result
from bot.core.model.commands import AuditEntry, Role, UserComment
from bot.core.model.commands import CommandResult as ActionResult
from bot.core.notices.followers import FollowChange
from bot.core.notices.notice import NoticeStatus
from bot.store import Store
from bot.store.engine.tables import deliveries, failures
from bot.store.retention import Deleted, Retention, RetentionPeriods
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_facts, make_incident
from tests.support.notices import make_facts as make_notice_facts
from tests.support.notices import make_notice
from tests.support.refs import ref, refs

READING = Reading(excerpt=("AssertionError: 41 != 42",))
SIGHTING = Occurrence(Signature("main", "", Kind.TEST_FAILURE, "test_ssl", "41 != 42"))
OLD = (10, 20, 30)


async def save_builds(store: Store, ids: tuple[int, ...] = OLD) -> None:
    for buildid in ids:
        facts = make_facts(buildid, complete_at=MOMENT, result=Result.FAILURE)
        facts = replace(facts, reading=READING, sightings=(SIGHTING,))
        await store.facts.save_build(facts, [])


async def load_ids(store: Store) -> list[int]:
    return [f.build.buildid for f in await store.facts.load_builds(refs(*range(1000)))]


async def test_old_readings_go_first_and_old_builds_last(store: Store, clock: FakeClock) -> None:
    """A quarter of LLVM's fleet is gigabytes of excerpts that nobody opens again."""
    retention = Retention(store.database, clock)
    await save_builds(store)
    assert await retention.delete_old(MOMENT + timedelta(days=89)) == Deleted()
    assert (await retention.delete_old(MOMENT + timedelta(days=91))).readings == len(OLD)
    (facts, *_) = await store.facts.load_builds(refs(*OLD))
    assert facts.reading is None
    assert facts.sightings == (SIGHTING,), "what folding needs stays"
    assert (await retention.delete_old(MOMENT + timedelta(days=181))).builds == len(OLD)
    assert await load_ids(store) == []
    async with store.database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(failures)) == 0


async def test_what_a_live_incident_rests_on_stays(store: Store, clock: FakeClock) -> None:
    """A test that has been red for a year is still somebody's."""
    await save_builds(store)
    live = make_incident("live", first_red_build=ref(10), red_builds=refs(10, 20))
    over = make_incident(
        "over", first_red_build=ref(30), red_builds=refs(30), state=IncidentState.FIXED
    )
    await store.incidents.save_incidents(1, "main", [live, over], [])
    await Retention(store.database, clock).delete_old(MOMENT + timedelta(days=365))
    assert await load_ids(store) == [10, 20]
    assert all(f.reading == READING for f in await store.facts.load_builds(refs(*OLD)))


async def test_what_a_comment_says_keeps_its_builds(store: Store, clock: FakeClock) -> None:
    """Rendered again without its first red build, an old comment would be edited for no reason."""
    await save_builds(store)
    told = make_incident(
        "told", first_red_build=ref(20), red_builds=refs(20), state=IncidentState.FIXED
    )
    await store.incidents.save_incidents(1, "main", [told], [])
    said = Announcement("told", Verdict.SUSPECTED.value, IncidentState.FIXED.value, MOMENT)
    await store.incidents.save_pull_comment(PullComment(1, 12, comment_id=7, said=(said,)))
    await Retention(store.database, clock).delete_old(MOMENT + timedelta(days=365))
    assert await load_ids(store) == [20]


async def test_limits_can_be_set(store: Store, clock: FakeClock) -> None:
    await save_builds(store)
    limits = RetentionPeriods(facts=timedelta(days=400), readings=timedelta(days=1))
    deleted = await Retention(store.database, clock, limits).delete_old(MOMENT + timedelta(days=2))
    assert (deleted.builds, deleted.readings) == (0, len(OLD))


async def test_a_delivery_is_known_for_as_long_as_it_may_come_again(
    store: Store, clock: FakeClock
) -> None:
    """GitHub delivers again for three days; taken twice, a command would be done twice."""
    retention = Retention(store.database, clock)
    await store.deliveries.take_delivery("g-1", [build_key("bb", 1)])
    clock.advance(6 * 86_400)
    assert (await retention.delete_old(MOMENT)).deliveries == 0
    assert not await store.deliveries.take_delivery("g-1", [])
    clock.advance(2 * 86_400)
    assert (await retention.delete_old(MOMENT)).deliveries == 1
    async with store.database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(deliveries)) == 0


async def test_what_people_wrote_does_not_stay_for_ever(store: Store, clock: FakeClock) -> None:
    """Their words go when the longest pause is over; the audit, with the facts."""
    retention = Retention(store.database, clock)
    remark = UserComment(1, "octo-org/demo", 7, 101, "ada", "/buildbot pause 720", clock.now())
    await store.deliveries.take_user_comment(remark)
    action = AuditEntry(
        repo_id=1,
        comment_id=7,
        position=0,
        number=101,
        by="ada",
        role=Role.ADMIN,
        command="pause",
        argument="720",
        said_at=clock.now(),
        acted_at=clock.now(),
        result=ActionResult.DONE,
        answer="",
    )
    await store.commands.save_command(action)
    clock.advance(44 * 86_400)
    assert await retention.delete_old(MOMENT) == Deleted()
    assert not await store.commands.save_command(action), "what may come again is known"
    clock.advance(2 * 86_400)
    assert await retention.delete_old(MOMENT) == Deleted(remarks=1)
    assert await store.commands.load_command_comment(1, 7) is None
    clock.advance(135 * 86_400)
    assert await retention.delete_old(MOMENT) == Deleted(actions=1)


async def test_who_writes_meanwhile_does_not_wait(store: Store, clock: FakeClock) -> None:
    """Deleting a quarter at once would shut the doors for its time: batches are short."""
    await save_builds(store, tuple(range(1, 700)))
    sweep = asyncio.create_task(
        Retention(store.database, clock).delete_old(MOMENT + timedelta(days=365))
    )
    waits = []
    while not sweep.done():
        began = asyncio.get_running_loop().time()
        await store.inbox.put([build_key("bb", 1)])
        waits.append(asyncio.get_running_loop().time() - began)
    assert (await sweep).builds == 699
    assert len(waits) > 3, "writers had turns in between"
    assert max(waits) < 5


async def test_what_was_told_goes_and_what_waits_stays(store: Store, clock: FakeClock) -> None:
    """Of an incident that is open what was told is kept: it would be told anew."""
    over = make_incident("over", state=IncidentState.FIXED)
    await store.incidents.save_incidents(1, "main", [make_incident("live"), over], [])
    told = [
        make_notice(0, status, make_notice_facts(incident=incident))
        for incident, status in (
            ("live", NoticeStatus.SENT),
            ("over", NoticeStatus.SENT),
            ("gone", NoticeStatus.KNOWN),
        )
    ]
    waiting = make_notice(1, NoticeStatus.WAITING, make_notice_facts(incident="over"))
    old, new = (FollowChange(1, n, "mona", clock.now() + timedelta(days=n)) for n in (0, 90))
    await store.notices.save_notices(
        [replace(n, caused_at=clock.now(), due_at=clock.now()) for n in (*told, waiting)]
    )
    action = AuditEntry(
        1, 7, 0, 12, "mona", Role.READ, "subscribe", "", MOMENT, MOMENT, ActionResult.DONE, ""
    )
    await store.commands.save_command(action, follow=old)
    await store.commands.save_command(replace(action, position=1), follow=new)
    retention = Retention(store.database, clock)
    clock.advance(timedelta(days=179))
    assert (await retention.delete_old(MOMENT)).notices == 0
    clock.advance(timedelta(days=2))
    deleted = await retention.delete_old(MOMENT)
    assert (deleted.notices, deleted.followers) == (2, 1)
    assert len(await store.notices.load_notices(1, "live")) == 1
    assert await store.notices.load_notices(1, "gone") == ()
    assert [n.position for n in await store.notices.load_notices(1, "over")] == [1]
    assert await store.notices.find_followed(1, [0, 90]) == (90,)
