"""What `/health` tells of our own work."""

from dataclasses import replace

from bot.core.model import PullComment, Repository, build_key
from bot.core.ports import InboxDepth, SkippedWork
from bot.store import Store
from tests.support.clock import FakeClock
from tests.support.make_stored import make_facts


async def test_an_empty_inbox_is_not_overdue(store: Store) -> None:
    assert await store.views.load_depth() == InboxDepth(0, None, ())


async def test_what_somebody_works_on_waits_for_nobody(store: Store, clock: FakeClock) -> None:
    await store.inbox.put([build_key("bb", 1)])
    assert (await store.views.load_depth()).oldest_due_at == clock.now()
    assert await store.inbox.take("a", 20) is not None
    depth = await store.views.load_depth()
    assert (depth.depth, depth.oldest_due_at) == (1, None)


async def test_reasons_are_named_with_their_place(store: Store) -> None:
    await store.facts.save_repository(Repository(1, "o/r"))
    await store.facts.save_build(replace(make_facts(7), note="it names no revision"), [])
    refused = PullComment(1, 5, wanted="This PR broke it", why_silent="locked")
    await store.incidents.save_pull_comment(refused)
    stands = PullComment(1, 6, wanted="Fixed", standing="Fixed", why_silent="a dry run")
    await store.incidents.save_pull_comment(stands)
    assert await store.views.load_notes() == SkippedWork(
        builds=("AMD64 Debian #7: it names no revision",), pulls=("o/r#5: locked",)
    )
