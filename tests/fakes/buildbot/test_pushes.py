"""What the small Buildbot pushes, and how pushes get lost."""

import asyncio

from bot.fakes.buildbot.server import FakeBuildbot
from tests.fakes.buildbot.asking import (
    Receiver,
)


async def test_start_and_finish_are_pushed_in_order(bb: FakeBuildbot, receiver: Receiver) -> None:
    """With the token, and without the changes that Buildbot never sends."""
    await bb.build("AMD64 Debian main", "a" * 40)
    assert [(b["complete"], b["results"]) for b in receiver.bodies] == [(False, None), (True, 2)]
    assert receiver.tokens == ["Bearer s3cret"] * 2
    assert "changes" not in receiver.bodies[1]


async def test_a_refused_push_is_never_repeated(bb: FakeBuildbot, receiver: Receiver) -> None:
    """Receiver down or 500: the event is lost for good."""
    receiver.status = 500
    await bb.build("AMD64 Debian main", "a" * 40)
    assert len(receiver.bodies) == 2
    assert [sent.status for sent in bb.pushes.sent] == [500, 500]


async def test_pushes_are_lost_doubled_delayed_and_turned_round(
    bb: FakeBuildbot, receiver: Receiver
) -> None:
    """All that must do no harm to the road."""
    bb.pushes.lose_next = 2
    await bb.build("AMD64 Debian main", "a" * 40)
    assert receiver.bodies == []
    bb.pushes.double_next = 1
    await bb.build("AMD64 Debian main", "b" * 40)
    assert [b["complete"] for b in receiver.bodies] == [False, False, True]
    receiver.bodies.clear()
    bb.pushes.hold = True
    await bb.build("AMD64 Debian main", "c" * 40)
    await bb.pushes.release(newest_first=True)
    assert [b["complete"] for b in receiver.bodies] == [True, False]
    receiver.bodies.clear()
    bb.pushes.delay_seconds = 0.01
    await bb.build("AMD64 Debian main", "d" * 40)
    assert receiver.bodies == []
    await asyncio.wait_for(bb.pushes.settle(), 60)
    assert len(receiver.bodies) == 2
