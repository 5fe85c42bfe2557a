"""Who asked to be mentioned, on both databases: kept with the command, once, and ended by name."""

from dataclasses import replace

from bot.core.model import KeyKind
from bot.core.notices.followers import FollowChange, make_pull_subscription
from bot.core.notices.notice import NoticeStatus, notice_key
from bot.store import Store
from tests.store.test_commands import ACTION
from tests.support.make_stored import MOMENT, make_incident
from tests.support.notices import make_notice

MONA = FollowChange(1, 101, "Mona", MOMENT)


async def test_a_command_and_what_it_asks_for_are_one(store: Store) -> None:
    known = make_notice(status=NoticeStatus.KNOWN, subscription=make_pull_subscription(1, 101).name)
    assert await store.commands.save_command(ACTION, follow=replace(MONA, known=(known,)))
    again = replace(MONA, person="hubot")
    assert not await store.commands.save_command(ACTION, follow=again)
    assert await store.notices.load_followers(1, 101) == ("Mona",)
    assert await store.notices.find_followed(1, [100, 101, 102]) == (101,)
    assert await store.notices.find_followed(2, [101]) == ()
    assert [n.status for n in await store.notices.load_notices(1, "aa0001")] == [NoticeStatus.KNOWN]


async def test_capitals_make_nobody_another(store: Store) -> None:
    for position, change in enumerate([MONA, replace(MONA, person="MONA")]):
        await store.commands.save_command(replace(ACTION, position=position), follow=change)
    assert await store.notices.load_followers(1, 101) == ("Mona",)
    ended = replace(MONA, person="mona", ends=True)
    await store.commands.save_command(replace(ACTION, position=9), follow=ended)
    assert await store.notices.load_followers(1, 101) == ()


async def test_a_change_puts_a_key_where_somebody_follows(store: Store) -> None:
    """Though no setting subscribes anybody."""
    await store.commands.save_command(ACTION, follow=MONA)
    await store.incidents.save_incidents(1, "main", [make_incident("aa0001")], [])
    lease = await store.inbox.take("a", 20, kinds={KeyKind.NOTICE})
    assert lease is not None
    assert lease.key == notice_key(1, "aa0001")
    await store.incidents.save_incidents(2, "main", [make_incident("aa0001")], [])
    assert await store.inbox.take("a", 20, kinds={KeyKind.NOTICE}) is None
