"""PostgreSQL: how to connect, and how instances wake each other.

In: a `DATABASE_URL` as libpq writes it. Out: connections, and a `Listener`. The listener only makes
things quick: what it misses, workers find by polling.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy import URL

log = logging.getLogger(__name__)

# In quotes: only asyncpg's type stubs know that it is generic.
Connect = Callable[[], Awaitable["asyncpg.Connection[Any]"]]

# What libpq knows, asyncpg does not, and we can do without. asyncpg would pass them on as settings
# of the server, which refuses them. Some providers' URLs hold the first of them.
_LEFT_OUT = (
    "channel_binding",
    "client_encoding",
    "fallback_application_name",
    "gssencmode",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
)

_CONNECT_SECONDS = 10.0

# A machine that loses its power in the middle of a transaction says no goodbye, and would keep its
# row locks until TCP gives up after hours. None of ours is idle for a second.
_PREPARE = "SET idle_in_transaction_session_timeout = '15s'"

_CHANNEL = "nightswatch_inbox"
# A commit waits for the disk; a message that others get a moment later anyway need not.
_PREPARE_LISTENER = "SET synchronous_commit = off"

_RECONNECT_SECONDS = 1.0
# A connection that died unseen is found after so long; until then workers poll.
_CHECK_SECONDS = 30.0
# One message for all that is put within this time: each wakes every instance.
_QUIET_SECONDS = 0.02

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def make_connect(url: URL, patience: float | None) -> Connect:
    """A function that connects; each statement then takes at most `patience` seconds."""
    seconds = _parse_seconds(url.query.get("connect_timeout"))
    dsn = url.set(drivername="postgresql").difference_update_query([*_LEFT_OUT, "connect_timeout"])
    text = dsn.render_as_string(hide_password=False)

    async def connect() -> "asyncpg.Connection[Any]":
        connection = await asyncpg.connect(
            text,
            timeout=seconds,
            command_timeout=patience,
            server_settings={"application_name": "nightswatch"},
        )
        await connection.execute(_PREPARE)
        return connection

    return connect


def _parse_seconds(text: object) -> float:
    """The `connect_timeout` of libpq; ours where it is missing, nonsense or 0 (for ever)."""
    return float(str(text)) or _CONNECT_SECONDS if str(text).isdigit() else _CONNECT_SECONDS


class Listener:
    """Rings our bell when another instance put keys, and theirs when we did."""

    def __init__(self, connect: Connect, bell: asyncio.Event) -> None:
        self._connect = connect
        self._bell = bell
        self._news = asyncio.Event()
        self._away = False
        self._task = asyncio.create_task(self._run(), name="listener")

    def tell(self) -> None:
        """Others should look, too; soon, once, and without waiting for it."""
        self._news.set()

    async def close(self) -> None:
        """Hear and tell no more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except _AWAY as error:
                if not self._away:
                    log.warning("listener away", extra={"reason": str(error)})
                self._away = True
            except Exception:
                log.exception("listener failed")
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        """Until the connection is lost, which raises."""
        connection = await self._connect()
        try:
            connection.add_termination_listener(lambda _: self._news.set())
            await connection.execute(_PREPARE_LISTENER)
            await connection.add_listener(_CHANNEL, self._make_hear(connection.get_server_pid()))
            self._away = False
            self._bell.set()  # for what was put while we did not hear
            self._news.set()  # and while nobody heard us
            while True:
                await self._wait_for_news()
                await connection.execute(f"NOTIFY {_CHANNEL}")
                await asyncio.sleep(_QUIET_SECONDS)
        finally:
            connection.terminate()

    async def _wait_for_news(self) -> None:
        """Or until it is time to see whether the connection still lives."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CHECK_SECONDS):
                await self._news.wait()
        self._news.clear()

    def _make_hear(self, own_pid: int) -> Callable[..., None]:
        def hear(_connection: object, pid: int, _channel: str, _payload: object) -> None:
            if pid != own_pid:
                self._bell.set()

        return hear
