"""Clocks that differ or jump: nobody waits for it to be that time again, nobody hurries for it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from bot.core.model import PullComment, build_key, pull_key, sweep_key
from bot.core.model.commands import AuditEntry, CommandComment, CommandResult, Role, UserComment
from bot.core.policy.comment_limits import CommentLimits
from bot.core.ports import Mute
from bot.store import Store, open_store
from tests.support.clock import NOON, FakeClock
from tests.support.databases import postgresql_only
from tests.support.postgres import PostgresDatabase

RED = build_key("bb", 1)
PULL = pull_key(1, 12)
SWEEP = sweep_key("buildbot")
HOUR = 3600


async def test_a_clock_set_back_leaves_no_key_waiting(store: Store, clock: FakeClock) -> None:
    """Two hours too fast until somebody mended it: what failed meanwhile was due two hours later.

    The next timer sees it, within a minute.
    """
    await store.inbox.put([RED])
    clock.advance(2 * HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    await store.inbox.retry(lease, clock.now() + timedelta(seconds=2), "no answer")
    clock.advance(-2 * HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    found = {(await store.inbox.take("b", 20) or lease).key for _ in range(2)}
    assert RED in found


async def test_a_clock_set_back_keeps_no_lease_for_an_hour(store: Store, clock: FakeClock) -> None:
    """Its worker was killed, too: the lease would have ended in an hour and twenty seconds."""
    await store.inbox.put([RED])
    clock.advance(HOUR)
    assert await store.inbox.take("a", 20) is not None
    clock.advance(-HOUR)
    assert await store.inbox.take("b", 20) is not None


async def test_a_clock_set_back_by_minutes_keeps_no_lease(store: Store, clock: FakeClock) -> None:
    """By 90 seconds: a build that a killed process had in its hands was read two minutes later."""
    await store.inbox.put([RED])
    clock.advance(90)
    assert await store.inbox.take("a", 20) is not None
    clock.advance(-90)
    assert await store.inbox.take("b", 20) is not None


async def test_a_clock_set_back_keeps_no_post_for_hours(store: Store, clock: FakeClock) -> None:
    """Killed in the middle of a post with a clock two hours ahead: the pull waited two hours.

    Whether GitHub has the comment is known a minute later, whatever the clock said.
    """
    await store.inbox.put([PULL])
    clock.advance(2 * HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    intent = PullComment(1, 12, wanted="We think…", intent_at=clock.now())
    assert (await store.incidents.save_intent(intent, lease)).granted
    clock.advance(-2 * HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    speech = await store.incidents.load_pull_comment(1, 12)
    assert speech is not None
    assert speech.intent_at is not None
    assert speech.intent_at <= clock.now() + timedelta(seconds=1)


async def begin_post(store: Store, clock: FakeClock, number: int) -> bool:
    """Whether there is room for a comment: one an hour."""
    key = pull_key(1, number)
    await store.inbox.put([key])
    lease = await store.inbox.take("a", 20, key)
    assert lease is not None
    intent = PullComment(1, number, wanted="We think…", intent_at=clock.now())
    return (await store.incidents.save_intent(intent, lease, CommentLimits(3, 1, 30))).granted


async def test_a_clock_set_back_leaves_room_for_comments(store: Store, clock: FakeClock) -> None:
    """A comment of two hours ahead would have been the last of the hour for three hours."""
    clock.advance(2 * HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    assert await begin_post(store, clock, 12)
    clock.advance(-2 * HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    assert not await begin_post(store, clock, 13)
    clock.advance(HOUR + 60)
    assert await begin_post(store, clock, 13)


async def test_a_clock_set_back_hides_no_pull(store: Store, clock: FakeClock) -> None:
    """What waits for room looks again in five minutes, not in two hours and five."""
    clock.advance(2 * HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    await store.incidents.save_pull_comment(
        PullComment(1, 13, why_silent="held", look_at=clock.now())
    )
    clock.advance(-2 * HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    assert await store.incidents.load_unposted() == ((1, 13),)


async def test_a_clock_set_back_holds_no_timer(store: Store, clock: FakeClock) -> None:
    """The sweep that finds lost pushes must not pause for an hour."""
    clock.advance(HOUR)
    await store.inbox.put_timer(SWEEP, 45)
    clock.advance(-HOUR)
    again_at = await store.inbox.put_timer(SWEEP, 45)
    assert again_at <= clock.now() + timedelta(seconds=45)


async def test_a_key_that_waits_for_its_time_still_waits(store: Store, clock: FakeClock) -> None:
    """A timer alone brings nothing forward."""
    await store.inbox.put([RED], clock.now() + timedelta(hours=2))
    await store.inbox.put_timer(PULL, 45)
    clock.advance(60)
    await store.inbox.put_timer(PULL, 45)
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == PULL
    assert await store.inbox.take("b", 20) is None


@asynccontextmanager
async def open_two(
    database: PostgresDatabase, slow: FakeClock, fast: FakeClock
) -> AsyncIterator[tuple[Store, Store]]:
    """Two machines on one database, each with a clock of its own."""
    async with AsyncExitStack() as stack:
        stores = await open_store(database.url, slow), await open_store(database.url, fast)
        for store in stores:
            stack.push_async_callback(store.close)
        yield stores


@postgresql_only
async def test_an_intent_settles_by_the_clock_that_all_share(database: PostgresDatabase) -> None:
    """A slow machine died after its post; to a fast one its intent looked nine minutes old.

    It would have posted at once, while GitHub's list did not show the first comment yet.
    """
    slow, fast = FakeClock(NOON - timedelta(minutes=9)), FakeClock(NOON)
    async with open_two(database, slow, fast) as (first, second):
        await first.inbox.put([PULL])
        lease = await first.inbox.take("slow", 20)
        assert lease is not None
        intent = replace(PullComment(1, 12), wanted="Hello", intent_at=slow.now())
        assert (await first.incidents.save_intent(intent, lease)).granted
        seen = await second.incidents.load_pull_comment(1, 12)
        assert seen is not None
        assert seen.intent_at == fast.now()


@postgresql_only
async def test_a_reply_settles_by_the_clock_that_all_share(database: PostgresDatabase) -> None:
    """The same of an answer to a command: a fast machine would have answered a second time."""
    slow, fast = FakeClock(NOON - timedelta(minutes=9)), FakeClock(NOON)
    async with open_two(database, slow, fast) as (first, second):
        remark = UserComment(1, "octo-org/demo", 7, 12, "ada", "/buildbot help", NOON)
        await first.commands.save_command_comment(CommandComment(remark, intent_at=slow.now()))
        seen = await second.commands.load_command_comment(1, 7)
        assert seen is not None
        assert seen.intent_at == fast.now()


@postgresql_only
async def test_a_sweep_is_as_old_for_all_instances(database: PostgresDatabase) -> None:
    """One machine swept a second ago; another, five minutes ahead, called that a missed sweep."""
    slow, fast = FakeClock(NOON - timedelta(minutes=5)), FakeClock(NOON)
    async with open_two(database, slow, fast) as (first, second):
        await first.facts.mark_done("buildbot sweep")
        assert await second.views.load_done("buildbot sweep") == fast.now()
        assert await second.views.load_done("speech sweep") is None


@postgresql_only
async def test_a_pause_ends_for_all_instances_at_once(database: PostgresDatabase) -> None:
    """A pause of an hour, heard by a machine that is nine minutes slow, ended early elsewhere."""
    slow, fast = FakeClock(NOON - timedelta(minutes=9)), FakeClock(NOON)
    async with open_two(database, slow, fast) as (first, second):
        mute = Mute(1, None, "ada", until=slow.now() + timedelta(hours=1))
        action = AuditEntry(
            1,
            7,
            0,
            12,
            "ada",
            Role.ADMIN,
            "pause",
            "1",
            NOON,
            slow.now(),
            CommandResult.DONE,
            "Paused.",
        )
        assert await first.commands.save_command(action, mute=mute)
        (seen,) = await second.commands.load_audit_entries(1, action.comment_id)
        assert seen.acted_at == fast.now()
        for minutes, is_quiet in ((59, True), (2, False)):
            database.pass_time(timedelta(minutes=minutes))
            fast.advance(timedelta(minutes=minutes))
            assert (await second.commands.load_mute_reason(1, 12) is not None) is is_quiet
