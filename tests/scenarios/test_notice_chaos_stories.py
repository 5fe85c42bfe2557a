"""The process is killed again and again while notices wait: none is lost, and what was recorded as
sent never comes again.

The window that docs/notices.md names is all that is left: a message that had arrived, and whose
record the power cut took, comes once more under the same id.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app.wiring import SystemClock
from bot.core.notices.notice import NoticeStatus, sending_key
from bot.fakes.service_process import ServiceProcess, find_free_port
from bot.store import open_store
from tests.support.irc import Listener, find_port, open_listener, run_ngircd
from tests.support.mail import Post, open_post
from tests.support.notices import Receiver, make_facts, make_notice, open_receiver

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

_EACH = 3  # notices of each subscription: fewer than a digest
_MAILS, _HOOKS, _CHANNELS = 6, 6, 3
_KILLS = 8
_PATIENCE = 240.0

Told = tuple[str, str]  # subscription, incident


@dataclass
class World:
    """Who hears, and the service."""

    service: ServiceProcess
    database: str
    post: Post
    hooks: Receiver
    listener: Listener
    recorded: list[tuple[frozenset[Told], "Counter[Told]"]] = field(default_factory=list)

    @property
    def told(self) -> "Counter[Told]":
        """How often each arrived."""
        mails = [_read_words(mail["Subject"]) for mail in self.post.mails]
        return Counter([*mails, *self._list_hooks(), *self._list_lines()])

    def _list_hooks(self) -> list[Told]:
        return [_read_words(body.decode()) for body in self.hooks.bodies]

    def _list_lines(self) -> list[Told]:
        lines = [raw.decode() for raw in self.listener.raw if b" NOTICE #" in raw]
        return [_read_words(line) for line in lines]

    async def load_sent(self) -> frozenset[Told]:
        """What the database has as sent."""
        store = await open_store(self.database, SystemClock())
        try:
            found = [
                n
                for told in EXPECTED
                for n in await store.notices.load_notices(1, told[1])
                if n.subscription == told[0] and n.status is NoticeStatus.SENT
            ]
        finally:
            await store.close()
        return frozenset((n.subscription, n.incident_id) for n in found)


NAMES = (
    *(f"mail-{n}" for n in range(_MAILS)),
    *(f"hook-{n}" for n in range(_HOOKS)),
    *(f"irc-{n}" for n in range(_CHANNELS)),
)
EXPECTED = frozenset((name, f"{name}.{n}") for name in NAMES for n in range(_EACH))


def _read_words(text: str) -> Told:
    """Each notice of this test is about a test of its own, whose name tells what it is."""
    incident = text.partition("broken: about-")[2].split(" ", 1)[0]
    return incident.partition(".")[0], incident


def _write_subscriptions(hooks: Receiver) -> str:
    rows = [f'name = "mail-{n}"\nmail = "mail-{n}@example.org"' for n in range(_MAILS)]
    rows += [f'name = "hook-{n}"\nwebhook = "{hooks.url}"' for n in range(_HOOKS)]
    rows += [f'name = "irc-{n}"\nirc = "#irc-{n}"' for n in range(_CHANNELS)]
    return "\n".join(f"[[subscriptions]]\n{row}" for row in rows)


async def _fill(database: str) -> None:
    """The outbox as a night of storms leaves it."""
    store = await open_store(database, SystemClock())
    now = datetime.now(UTC)
    notices = [
        replace(
            make_notice(facts=make_facts(incident=incident, tests=(f"about-{incident}",))),
            subscription=name,
            caused_at=now,
            due_at=now,
        )
        for name, incident in sorted(EXPECTED)
    ]
    try:
        await store.notices.save_subscriptions(NAMES, [])
        await store.notices.save_notices(notices)
        await store.inbox.put([sending_key(name) for name in NAMES])
    finally:
        await store.close()


async def _listen(listener: Listener) -> None:
    """Reads on, so that lines are there to be counted."""
    for n in range(_CHANNELS):
        listener.put(f"JOIN #irc-{n}")
    while line := await listener.reader.readline():
        if line.startswith(b"PING"):
            listener.put(line.replace(b"PING", b"PONG", 1).strip())
        listener.raw.append(line)


@pytest.fixture
async def world(settings: dict[str, str], tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(open_post())
        hooks = await stack.enter_async_context(open_receiver())
        port = find_port()
        await stack.enter_async_context(run_ngircd(tmp_path, port))
        listener = await stack.enter_async_context(open_listener(port, "alan", "#irc-0"))
        database = f"sqlite+aiosqlite:///{tmp_path}/nightswatch.db"
        environ = settings | {
            "DATABASE_URL": database,
            "SUBSCRIPTIONS": _write_subscriptions(hooks),
            "WEBHOOK_PRIVATE_HOSTS": "127.0.0.1",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(post.port),
            "SMTP_TLS": "off",
            "MAIL_FROM": "watch@example.net",
            "IRC_SERVER": f"127.0.0.1:{port}",
            "IRC_TLS": "0",
        }
        service = ServiceProcess(tmp_path, environ, find_free_port())
        stack.push_async_callback(service.stop)
        yield World(service, database, post, hooks, listener)


async def _kill_after_news(world: World, chance: random.Random) -> None:
    """At any moment of its work: at once when something arrives, or a little later."""
    before = world.told.total()
    await world.service.start()
    with suppress(TimeoutError):
        async with asyncio.timeout(25):  # a key that a dead process held is taken over by then
            while world.told.total() <= before:
                await asyncio.sleep(0.001)
    await asyncio.sleep(chance.choice([0, 0, 0.002, 0.01, 0.1]))
    await world.service.kill()
    world.recorded.append((await world.load_sent(), world.told))


async def test_a_process_that_is_killed_again_and_again_loses_nothing_and_repeats_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await _fill(world.database)
    listening = asyncio.ensure_future(_listen(world.listener))
    chance = random.Random(22)
    for _ in range(_KILLS):
        await _kill_after_news(world, chance)
    await world.service.start()
    async with asyncio.timeout(_PATIENCE):
        while await world.load_sent() != EXPECTED:
            await asyncio.sleep(0.5)
    await world.service.stop()
    listening.cancel()
    told = world.told
    again = told.total() - len(EXPECTED)
    with capsys.disabled():
        print(f"\n{len(EXPECTED)} notices, {_KILLS} kills: {told.total()} arrived, {again} again")
    assert set(told) == EXPECTED, "none is lost"
    for sent, seen in world.recorded:
        late = {one: told[one] - seen[one] for one in sent if told[one] != seen[one]}
        assert not late, "what was recorded as sent never comes again"
    assert again <= _KILLS * 4, "only what was on its way when it died, of four keys at once"
    ids = [mail["Message-ID"] for mail in world.post.mails]
    assert len(set(ids)) == _MAILS * _EACH, "what comes again comes under the same id"
    assert len({call["webhook-id"] for call in world.hooks.calls}) == _HOOKS * _EACH
