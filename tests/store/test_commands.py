"""What people told us is kept once, and what it did is done once."""

from dataclasses import replace
from datetime import timedelta

from bot.core.commands.overrides import make_feedback
from bot.core.incidents.overrides import make_ref
from bot.core.model import Announcement, PullComment, Repository, branch_key
from bot.core.model.commands import (
    AuditEntry,
    CommandComment,
    CommandProgress,
    CommandResult,
    Override,
    OverrideKind,
    Role,
    UserComment,
)
from bot.core.ports import Mute
from bot.store import Store
from tests.support.clock import FakeClock
from tests.support.make_stored import MOMENT, make_incident

REMARK = UserComment(1, "octo-org/demo", 7, 12, "alice", "/buildbot not-me \0\ud800", MOMENT)
ACTION = AuditEntry(
    1, 7, 0, 12, "alice", Role.READ, "not-me", "", MOMENT, MOMENT, CommandResult.DONE, "Noted."
)
INCIDENT = make_incident("i1", pull=12)
RULING = Override(
    1, 7, 0, 0, OverrideKind.NOT_ME, "alice", Role.READ, MOMENT, 12, make_ref(INCIDENT), pull=12
)


async def test_a_remark_is_kept_as_it_was_first_told(store: Store) -> None:
    """A second delivery of an edited comment must not put other words into somebody's mouth."""
    assert await store.deliveries.take_delivery("g1", [REMARK.key], comment=REMARK)
    assert not await store.deliveries.take_delivery("g1", [REMARK.key], comment=REMARK)
    other = replace(REMARK, body="/buildbot pause 700")
    assert await store.deliveries.take_delivery("g2", [REMARK.key], comment=other)
    await store.deliveries.take_user_comment(other)
    stored = await store.commands.load_command_comment(1, 7)
    assert stored is not None
    assert stored.comment.body.startswith("/buildbot not-me")
    assert stored.progress is CommandProgress.TAKEN
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == REMARK.key
    assert await store.commands.load_command_comment(1, 8) is None


async def test_a_command_acts_once(store: Store, twin: Store) -> None:
    """Two instances that both think it theirs: the record and the deed are one."""
    label = make_feedback(RULING, INCIDENT)
    assert label is not None
    key = branch_key(1, "main")
    effects = {"overrides": [RULING], "feedback": [label], "keys": [key]}
    assert await store.commands.save_command(ACTION, **effects)  # type: ignore[arg-type] # by name
    changed = replace(ACTION, answer="Again.")
    assert not await twin.commands.save_command(changed, **effects)  # type: ignore[arg-type] # by name
    assert await store.commands.load_audit_entries(1, 7) == (ACTION,)
    assert await store.commands.load_overrides(1) == (RULING,)
    assert await store.commands.load_overrides(1, "3.14") == ()
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    assert lease.key == key

    undo = replace(ACTION, comment_id=9, command="undo")
    assert await store.commands.save_command(undo, undone=[RULING])
    assert await store.commands.load_overrides(1) == ()
    await store.facts.save_repository(Repository(1, "octo-org/demo", "main"))
    ((repository, kept),) = await store.views.load_feedback_page(0, 10)
    assert (repository.full_name, kept) == ("octo-org/demo", replace(label, undone=True))
    assert [a for _, a in await store.views.load_audit_page(0, 10)] == [undo, ACTION]


async def test_a_label_is_what_was_believed_when_it_came(store: Store) -> None:
    label = make_feedback(RULING, INCIDENT)
    assert label is not None
    await store.commands.save_feedback([label])
    await store.commands.save_feedback([replace(label, confidence=0.1)])
    assert [kept for _, kept in await store.views.load_feedback_page(0, 10)] == [label]


async def test_a_reply_needs_the_lease(store: Store, clock: FakeClock) -> None:
    await store.deliveries.take_user_comment(REMARK)
    lease = await store.inbox.take("a", 20)
    assert lease is not None
    stored = CommandComment(
        replace(REMARK, body="x"), CommandProgress.REPLYING, clock.now(), "text"
    )
    assert await store.commands.save_reply_intent(stored, lease)
    clock.advance(20)
    late = replace(stored, reply="late")
    assert not await store.commands.save_reply_intent(late, lease)
    assert await store.commands.load_command_comment(1, 7) == stored
    done = replace(stored, progress=CommandProgress.DONE, reply_id=5)
    await store.commands.save_command_comment(done)
    assert await store.commands.load_command_comment(1, 7) == done


async def test_remarks_of_a_person_are_counted_within_a_time(store: Store) -> None:
    for number in range(3):
        at = MOMENT + timedelta(minutes=30 * number)
        await store.deliveries.take_user_comment(
            replace(REMARK, comment_id=number, created_at=at, body="x")
        )
    until = MOMENT + timedelta(minutes=60)
    assert await store.commands.count_user_comments("alice", MOMENT, until) == 2
    assert await store.commands.count_user_comments("bob", MOMENT, until) == 0


async def test_silence_begins_and_ends(store: Store, clock: FakeClock) -> None:
    """A pause that nobody ends has to end by itself."""
    quiet = store.commands.load_mute_reason
    assert await quiet(1, 12) is None
    mute = Mute(1, 12, "alice")
    assert await store.commands.save_command(ACTION, mute=mute)
    assert await quiet(1, 12) == "This pull is muted."
    assert await quiet(1, 13) is None
    assert await store.commands.save_command(
        replace(ACTION, position=1), mute=replace(mute, over=True)
    )
    assert await quiet(1, 12) is None

    pause = Mute(1, None, "boss", until=clock.now() + timedelta(hours=2))
    assert await store.commands.save_command(replace(ACTION, position=2), mute=pause)
    assert "paused until" in (await quiet(1, 13) or "")
    assert await quiet(2, 13) is None
    clock.advance(7200)
    assert await quiet(1, 13) is None


async def test_those_who_were_told_are_known(store: Store) -> None:
    """Whoever read an accusation has to read how it ended, whomever it accuses by then."""
    said = (Announcement("i1", "suspected", "open", MOMENT),)
    await store.incidents.save_pull_comment(PullComment(1, 12, said=said))
    assert await store.commands.load_announced_pulls(1, ["i1", "i2"]) == (12,)
    assert await store.commands.load_announced_pulls(1, []) == ()
