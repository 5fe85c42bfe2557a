"""What people told us is kept once, and what it did is done once."""

from dataclasses import replace
from datetime import timedelta

from bot.core.deeds import make_label
from bot.core.model import Repository, Said, Speech, branch_key
from bot.core.people import Action, Hearing, Progress, Remark, Result, Role, Ruling, RulingKind
from bot.core.rulings import make_target
from bot.ports import Hush
from bot.store import Store
from tests.clock import FakeClock
from tests.store.make import MOMENT, make_incident

REMARK = Remark(1, "octo-org/demo", 7, 12, "alice", "/buildbot not-me \0\ud800", MOMENT)
ACTION = Action(
    1, 7, 0, 12, "alice", Role.READ, "not-me", "", MOMENT, MOMENT, Result.DONE, "Noted."
)
INCIDENT = make_incident("i1", pull=12)
RULING = Ruling(
    1, 7, 0, 0, RulingKind.NOT_ME, "alice", Role.READ, MOMENT, 12, make_target(INCIDENT), pull=12
)


async def test_a_remark_is_kept_as_it_was_first_told(store: Store) -> None:
    """A second delivery of an edited comment must not put other words into somebody's mouth."""
    assert await store.deliveries.take_delivery("g1", [REMARK.key], remark=REMARK)
    assert not await store.deliveries.take_delivery("g1", [REMARK.key], remark=REMARK)
    other = replace(REMARK, body="/buildbot pause 700")
    assert await store.deliveries.take_delivery("g2", [REMARK.key], remark=other)
    await store.deliveries.take_remark(other)
    hearing = await store.hearings.load_hearing(1, 7)
    assert hearing is not None
    assert hearing.remark.body.startswith("/buildbot not-me")
    assert hearing.progress is Progress.TAKEN
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == REMARK.key
    assert await store.hearings.load_hearing(1, 8) is None


async def test_a_command_acts_once(store: Store, twin: Store) -> None:
    """Two instances that both think it theirs: the record and the deed are one."""
    label = make_label(RULING, INCIDENT)
    assert label is not None
    key = branch_key(1, "main")
    deed = {"rulings_made": [RULING], "labels_made": [label], "keys": [key]}
    assert await store.hearings.save_deed(ACTION, **deed)  # type: ignore[arg-type] # by name
    changed = replace(ACTION, answer="Again.")
    assert not await twin.hearings.save_deed(changed, **deed)  # type: ignore[arg-type] # by name
    assert await store.hearings.load_actions(1, 7) == (ACTION,)
    assert await store.hearings.load_rulings(1) == (RULING,)
    assert await store.hearings.load_rulings(1, "3.14") == ()
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == key

    undo = replace(ACTION, comment_id=9, command="undo")
    assert await store.hearings.save_deed(undo, undone=[RULING])
    assert await store.hearings.load_rulings(1) == ()
    await store.facts.save_repository(Repository(1, "octo-org/demo", "main"))
    ((repository, kept),) = await store.views.load_label_page(0, 10)
    assert (repository.full_name, kept) == ("octo-org/demo", replace(label, undone=True))
    assert [a for _, a in await store.views.load_action_page(0, 10)] == [undo, ACTION]


async def test_a_label_is_what_was_believed_when_it_came(store: Store) -> None:
    label = make_label(RULING, INCIDENT)
    assert label is not None
    await store.hearings.save_labels([label])
    await store.hearings.save_labels([replace(label, confidence=0.1)])
    assert [kept for _, kept in await store.views.load_label_page(0, 10)] == [label]


async def test_a_reply_needs_the_lease(store: Store, clock: FakeClock) -> None:
    await store.deliveries.take_remark(REMARK)
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    hearing = Hearing(replace(REMARK, body="x"), Progress.REPLYING, clock.now(), "text")
    assert await store.hearings.save_reply_intent(hearing, lease)
    clock.advance(20)
    late = replace(hearing, reply="late")
    assert not await store.hearings.save_reply_intent(late, lease)
    assert await store.hearings.load_hearing(1, 7) == hearing
    done = replace(hearing, progress=Progress.DONE, reply_id=5)
    await store.hearings.save_hearing(done)
    assert await store.hearings.load_hearing(1, 7) == done


async def test_remarks_of_a_person_are_counted_within_a_time(store: Store) -> None:
    for number in range(3):
        at = MOMENT + timedelta(minutes=30 * number)
        await store.deliveries.take_remark(
            replace(REMARK, comment_id=number, created_at=at, body="x")
        )
    until = MOMENT + timedelta(minutes=60)
    assert await store.hearings.count_remarks("alice", MOMENT, until) == 2
    assert await store.hearings.count_remarks("bob", MOMENT, until) == 0


async def test_silence_begins_and_ends(store: Store, clock: FakeClock) -> None:
    """A pause that nobody ends has to end by itself."""
    quiet = store.hearings.load_quiet
    assert await quiet(1, 12) is None
    mute = Hush(1, 12, "alice")
    assert await store.hearings.save_deed(ACTION, hush=mute)
    assert await quiet(1, 12) == "This pull is muted."
    assert await quiet(1, 13) is None
    assert await store.hearings.save_deed(
        replace(ACTION, position=1), hush=replace(mute, over=True)
    )
    assert await quiet(1, 12) is None

    pause = Hush(1, None, "boss", until=clock.now() + timedelta(hours=2))
    assert await store.hearings.save_deed(replace(ACTION, position=2), hush=pause)
    assert "paused until" in (await quiet(1, 13) or "")
    assert await quiet(2, 13) is None
    clock.advance(7200)
    assert await quiet(1, 13) is None


async def test_those_who_were_told_are_known(store: Store) -> None:
    """Whoever read an accusation has to read how it ended, whomever it accuses by then."""
    said = (Said("i1", "suspected", "open", MOMENT),)
    await store.incidents.save_speech(Speech(1, 12, said=said))
    assert await store.hearings.load_told(1, ["i1", "i2"]) == (12,)
    assert await store.hearings.load_told(1, []) == ()
