"""Incidents may be recomputed; what was said may not."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.model import Announcement, PullComment, Repository, Verdict, pull_key
from bot.core.policy.comment_limits import CommentLimits, PostPermit
from bot.store import Store
from bot.store.statistics import Statistics
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_commit, make_facts, make_incident

KEY = pull_key(1, 12)
ONE_AN_HOUR = CommentLimits(per_pull=3, per_hour=1, per_day=9)
SPEECH = PullComment(
    1, 12, wanted="It was this.", said=(Announcement("i1", "suspected", "open", MOMENT),)
)


async def test_a_fold_saves_what_changed_and_nothing_else(store: Store) -> None:
    """Two causes turned out to be one: the second incident must go, the other branch's stay."""
    one, two = make_incident("i1", hours=1), make_incident("i2")
    other = make_incident("i3", branch="3.13")
    await store.incidents.save_incidents(1, "main", [one, two], [])
    await store.incidents.save_incidents(1, "3.13", [other], [])
    assert await store.incidents.load_incidents(1, "main") == (two, one), "oldest first"
    changed = replace(one, verdict=Verdict.SUSPECTED, pull=12)
    await store.incidents.save_incidents(1, "main", [changed], [KEY], ["i2"])
    assert await store.incidents.load_incidents(1, "main") == (changed,)
    assert await store.incidents.load_incidents(1) == (other, changed)
    assert await store.incidents.load_incidents_of_pull(1, 12) == (changed,)
    assert await store.incidents.load_incidents_of_pull(1, 99, {other.id}) == (other,)
    assert await store.incidents.load_incidents_of_pull(1, 12, [other.id]) == (other, changed)
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == KEY


async def test_what_was_said_survives_any_fold(store: Store) -> None:
    """A comment stands on GitHub whatever we think now; forgetting it means saying it twice."""
    await store.incidents.save_incidents(1, "main", [make_incident("i1", pull=12)], [])
    await store.incidents.save_pull_comment(SPEECH)
    await store.incidents.save_incidents(1, "main", [], [], ["i1"])
    assert await store.incidents.load_pull_comment(1, 12) == SPEECH
    assert await store.incidents.load_pull_comment(1, 13) is None


async def test_what_was_said_in_an_earlier_comment_is_forgotten_by_nobody(
    store: Store, clock: FakeClock
) -> None:
    """Our record would look the better for every accusation that a new comment superseded."""
    wrong = replace(SPEECH, said=(Announcement("i1", "suspected", "withdrawn", MOMENT),))
    await store.incidents.save_pull_comment(wrong)
    begun = replace(SPEECH, thread=2, said=())
    await store.incidents.save_pull_comment(begun)
    assert await store.incidents.load_pull_comment(1, 12) == begun
    again = replace(begun, said=(Announcement("i2", "suspected", "open", MOMENT),))
    for _ in range(2):
        await store.incidents.save_pull_comment(again)
    assert await store.incidents.load_pull_comment(1, 12) == again
    assert await store.commands.load_announced_pulls(1, ["i1", "i2"]) == (12,)
    assert await store.commands.load_announced_pulls(1, ["i1"]) == (), (
        "the comment that told it is over"
    )
    record = await Statistics(store.database, clock).load_record()
    assert (record.told, record.withdrawn) == (2, 1)


async def test_an_intent_needs_the_lease(store: Store, twin: Store, clock: FakeClock) -> None:
    """A worker that slept through its lease would post what another is posting."""
    await store.inbox.put([KEY])
    stalled = await store.inbox.take("a", 20)
    assert stalled is not None
    intent = replace(SPEECH, intent_at=clock.now())
    assert (await store.incidents.save_intent(intent, stalled)).granted
    clock.advance(20)
    late = replace(intent, wanted="late")
    assert not (await store.incidents.save_intent(late, stalled)).granted
    assert await twin.inbox.take("b", 20)
    assert not (await store.incidents.save_intent(late, stalled)).granted
    assert await store.incidents.load_pull_comment(1, 12) == intent


async def begin_post(store: Store, number: int, at: datetime, rank: int = 0) -> PostPermit:
    key = pull_key(1, number)
    await store.inbox.put([key])
    lease = await store.inbox.take(f"worker {number}", 20)
    assert lease is not None
    intent = PullComment(1, number, wanted="text", intent_at=at, held_rank=rank)
    return await store.incidents.save_intent(intent, lease, ONE_AN_HOUR)


async def test_two_instances_do_not_both_take_the_last_place(
    store: Store, twin: Store, clock: FakeClock
) -> None:
    """Each counts the other's posts, or two instances would be twice as loud."""
    first, second = await asyncio.gather(
        begin_post(store, 21, clock.now()), begin_post(twin, 22, clock.now())
    )
    assert sorted([first.granted, second.granted]) == [False, True]
    (held,) = (p.held for p in (first, second) if not p.granted)
    assert held is not None
    assert "an hour" in held.reason
    clock.advance(3601)
    assert (await begin_post(twin, 23, clock.now())).granted


async def test_a_post_that_is_tried_again_counts_once(store: Store, clock: FakeClock) -> None:
    """The answer to it was lost; its place is its own, and is not lost as well."""
    assert (await begin_post(store, 21, clock.now())).granted
    clock.advance(60)
    assert (await begin_post(store, 21, clock.now())).granted
    assert not (await begin_post(store, 22, clock.now())).granted


async def test_what_is_surer_goes_first(store: Store, clock: FakeClock) -> None:
    """But who waits and never comes back keeps nobody waiting for long."""
    look_at = clock.now() + timedelta(minutes=5)
    await store.incidents.save_pull_comment(
        PullComment(1, 30, wanted="sure", held_rank=9, look_at=look_at, why_silent="held")
    )
    assert not (await begin_post(store, 21, clock.now(), rank=8)).granted
    assert (await begin_post(store, 22, clock.now(), rank=10)).granted
    clock.advance(3601)
    assert (await begin_post(store, 21, clock.now(), rank=8)).granted


async def test_what_is_to_be_looked_at_again_is_found_in_time(
    store: Store, clock: FakeClock
) -> None:
    """What is held back, and what is red for so long that a revert is worth a word."""
    look_at = clock.now() + timedelta(minutes=5)
    held = PullComment(1, 30, wanted="a", held_rank=9, look_at=look_at, why_silent="held")
    await store.incidents.save_pull_comment(held)
    await store.incidents.save_pull_comment(
        PullComment(1, 31, wanted="a", standing="a", look_at=look_at)
    )
    assert await store.incidents.load_unposted() == ()
    clock.advance(300)
    assert await store.incidents.load_unposted() == ((1, 30), (1, 31))


async def test_speech_that_never_landed_is_found(store: Store) -> None:
    """GitHub was down when we had something to say; the sweep finds it in the morning."""
    for number, wanted, standing in ((1, "a", "a"), (2, "b", "a"), (3, "c", None), (4, None, None)):
        await store.incidents.save_pull_comment(
            PullComment(1, number, wanted=wanted, standing=standing)
        )
    assert await store.incidents.load_unposted() == ((1, 2), (1, 3))


async def test_pages_show_the_newest_first_with_the_merge(store: Store) -> None:
    """People look for what happened today, not for pull number one."""
    home = Repository(1, "o/r")
    await store.facts.save_repository(home)
    rebased = [make_commit("a", pull=12), make_commit("b", pull=12), make_commit("c", pull=13)]
    await store.facts.save_line(1, "main", rebased, new_epoch=False)
    for number in (11, 12, 13):
        await store.incidents.save_pull_comment(replace(SPEECH, number=number))
    first = await store.views.load_pull_comments(0, 2)
    assert [(r, s.number, sha) for r, s, sha in first] == [(home, 13, "c"), (home, 12, "b")]
    assert first[1][1] == SPEECH
    assert [(s.number, sha) for _, s, sha in await store.views.load_pull_comments(2, 2)] == [
        (11, None)
    ]
    assert await store.views.load_pull_comments(10**30, 2) == []

    old, new = make_incident("i1"), make_incident("i2", hours=1)
    await store.incidents.save_incidents(1, "main", [old, new], [])
    assert await store.views.load_incident_page(0, 1) == [(home, new)]
    assert await store.views.load_incident_page(1, 9) == [(home, old)]
    assert await store.views.load_incident("i1") == (home, old)
    assert await store.views.load_incident("i9") is None


async def test_health_names_what_is_stuck_and_what_was_left_aside(
    store: Store, clock: FakeClock
) -> None:
    """Nobody looks at builders any more: what we cannot do must be said aloud."""
    await store.inbox.put([KEY])
    for _ in range(8):
        lease = await store.inbox.take("a", 20)
        assert lease is not None
        await store.inbox.retry(lease, clock.now(), "GitHub answers HTML")
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.facts.save_build(replace(make_facts(7), note="no repository"), [])
    await store.incidents.save_pull_comment(replace(SPEECH, why_silent="the pull is locked"))
    await store.incidents.save_pull_comment(PullComment(1, 13, why_silent="nothing accuses it"))
    depth = await store.views.load_depth()
    assert depth.depth == 1
    assert depth.oldest_due_at == clock.now()
    (stuck,) = depth.stuck
    assert (stuck.key, stuck.attempts, stuck.error) == ("pull/1#12", 8, "GitHub answers HTML")
    notes = await store.views.load_notes()
    assert notes.builds == ("AMD64 Debian #7: no repository",)
    assert notes.pulls == ("o/r#12: the pull is locked",)


async def test_a_key_that_fails_for_an_hour_is_stuck_however_rarely_it_is_tried(
    store: Store, clock: FakeClock
) -> None:
    """A limit of GitHub may ask us to wait half an hour each time."""
    await store.inbox.put([KEY])
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    await store.inbox.retry(lease, clock.now() + timedelta(hours=2), "rate limit")
    assert (await store.views.load_depth()).stuck == ()
    clock.advance(3600)
    (stuck,) = (await store.views.load_depth()).stuck
    assert stuck.attempts == 1
