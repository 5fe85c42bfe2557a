"""Notices on IRC: one connection, one line each, paced; back by itself, and it answers little.

In: a channel and a message. Out: said there, as far as a `PONG` after it tells; `Unavailable` while
the connection or the channel is away, with the reason. Nobody is answered but who says `!status` or
`!help` in a channel of ours, and nothing that is a NOTICE, so that two bots never talk for ever.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.clients.http_responses import describe
from bot.clients.notices.irc_lines import IrcLine, fit_text, parse_line
from bot.clients.notices.irc_registration import IrcEnded, IrcServer, Registration
from bot.core.errors import Unavailable
from bot.core.notices.subscriptions import Subscription
from bot.core.notices.words import NoticeMessage, strip_controls

log = logging.getLogger(__name__)

_MOST_NICKS = 5000
_LONGEST_LINE = 8192
_HELP = "I tell which builds broke, and when they are mended. !status says how things are."
_REFUSALS = frozenset({"403", "404", "405", "442", "471", "473", "474", "475", "477", "489"})


@dataclass(frozen=True, slots=True)
class IrcTimes:
    """Seconds."""

    answer: float = 20.0  # that a server may take
    idle: float = 90.0  # after which it is asked whether it is there
    between: float = 2.0  # lines, after a burst
    burst: int = 4
    first_pause: float = 5.0  # before the next connection; doubled up to the longest
    longest_pause: float = 600.0
    between_answers: float = 10.0  # to people


async def _say_nothing() -> str:
    return "How things are is on our page."


class IrcSender:
    """Implements `ports.NoticeSender`. `start` keeps a connection until `close`."""

    def __init__(
        self,
        server: IrcServer,
        *,
        times: IrcTimes | None = None,
        tls_context: ssl.SSLContext | None = None,
        tell_status: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self._server = server
        self._times = times or IrcTimes()
        self._tls_context = tls_context
        self._tell_status = tell_status or _say_nothing
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None  # while registered
        self._nick = server.nick
        self._nicks: set[str] = set()
        self._joined: set[str] = set()
        self._refused: dict[str, str] = {}  # by channel: the server's words
        self._pongs: dict[str, asyncio.Future[None]] = {}
        self._state = "not connected yet"
        self._sending = asyncio.Lock()
        self._room = float(self._times.burst)
        self._room_at = 0.0
        self._answered_at = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()  # what is written beside the reading

    # ------------------------------------------------------------ the face

    @property
    def state(self) -> str:
        """How it stands, in a few words."""
        return self._state

    def start(self) -> None:
        """Connect, and stay."""
        self._task = asyncio.create_task(self._run(), name="irc")

    async def close(self) -> None:
        """Take leave."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def send(self, subscription: Subscription, message: NoticeMessage) -> None:
        """One NOTICE to the channel; returns when the server has read it."""
        channel = subscription.address
        async with self._sending:
            if self._writer is None:
                raise Unavailable(f"IRC: {self._state}")
            if channel.lower() not in self._joined:
                await self._write(f"JOIN {channel}")
                why = self._refused.get(channel.lower(), "not there yet")
                raise Unavailable(f"IRC: {channel}: {why}")
            self._refused.pop(channel.lower(), None)
            await self._write(f"NOTICE {channel} :{fit_text(message.line, self._nicks)}")
            await self._wait_for_pong(message.id[:16])
            refused = self._refused.get(channel.lower())
            if refused is not None:
                raise Unavailable(f"IRC: {channel}: {refused}")

    async def check(self, subscriptions: Sequence[Subscription]) -> str:
        """Of the service how it is; else a connection for a moment, which joins nothing."""
        if self._task is None:
            await self._try()
            return f"{self._server.host} knows us as {self._nick}"
        if self._writer is None:
            raise Unavailable(self._state)
        for subscription in subscriptions:
            if (channel := subscription.address.lower()) not in self._joined:
                raise Unavailable(f"{channel}: {self._refused.get(channel, 'not there yet')}")
        return f"{self._nick} is in {', '.join(sorted(self._joined))}"

    async def _try(self) -> None:
        try:
            reader, writer = await self._connect()
            try:
                await self._register(reader, writer)
                writer.write(b"QUIT\r\n")
                await writer.drain()
            finally:
                writer.close()
        except IrcEnded as ended:
            raise Unavailable(str(ended)) from None

    # ------------------------------------------------------------ the connection

    async def _run(self) -> None:
        """Again and again, with pauses that grow until a connection held."""
        pause = self._times.first_pause
        while True:
            held = False
            try:
                reader, writer = await self._connect()
                try:
                    await self._register(reader, writer)
                    held = True
                    await self._stay(reader, writer)
                finally:
                    self._forget()
                    await _leave(writer)
            except IrcEnded as ended:
                self._state = str(ended)
            log.warning("irc away", extra={"server": self._server.host, "reason": self._state})
            pause = self._times.first_pause if held else pause
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
            pause = min(pause * 2, self._times.longest_pause)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        server = self._server
        tls = (self._tls_context or ssl.create_default_context()) if server.tls else None
        try:
            async with asyncio.timeout(self._times.answer):
                return await asyncio.open_connection(
                    server.host, server.port, ssl=tls, limit=_LONGEST_LINE
                )
        except (OSError, TimeoutError) as error:
            raise IrcEnded(f"the server cannot be reached: {describe(error)}") from None

    async def _register(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until 001; with an account, only logged in."""
        registration = Registration(self._server)
        lines = registration.begin()
        try:
            async with asyncio.timeout(3 * self._times.answer):
                while not registration.done:
                    for line in lines:
                        _put(writer, line)
                    lines = registration.take(await _read(reader))
        except TimeoutError:
            raise IrcEnded("the server does not answer in time") from None
        self._nick = registration.nick

    async def _stay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, self._state = writer, "connected"
        self._begin(self._join())
        while True:
            try:
                async with asyncio.timeout(self._times.idle):
                    line = await _read(reader)
            except TimeoutError:
                _put(writer, "PING :there")
                try:
                    async with asyncio.timeout(self._times.answer):
                        line = await _read(reader)
                except TimeoutError:
                    raise IrcEnded("the server does not answer any more") from None
            self._take(line)

    async def _join(self) -> None:
        for channel in self._server.channels:
            await self._write(f"JOIN {channel}")

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        """Beside the reading: what is paced waits, and a server's PING and PONG do not."""

        async def run() -> None:
            with suppress(Unavailable):  # the connection went meanwhile
                await work

        task = asyncio.create_task(run(), name="irc write")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget(self) -> None:
        self._writer = None
        for task in self._tasks:
            task.cancel()
        self._joined.clear()
        for pong in self._pongs.values():
            pong.cancel()

    # ------------------------------------------------------------ lines

    def _take(self, line: IrcLine) -> None:
        """At once, whatever it is: who sleeps here hears nothing."""
        words = line.words
        if line.command == "PING" and self._writer is not None:
            _put(self._writer, f"PONG :{words[-1] if words else ''}")
        elif line.command == "PONG" and words:
            pong = self._pongs.get(words[-1])
            if pong is not None and not pong.done():
                pong.set_result(None)
        elif line.command == "ERROR":
            raise IrcEnded(f"the server said: {strip_controls(' '.join(words))[:120]}")
        elif line.command in _REFUSALS and len(words) > 2:
            self._refused[words[1].lower()] = f"{strip_controls(words[-1])[:120]} ({line.command})"
            self._joined.discard(words[1].lower())
        elif line.command == "PRIVMSG" and len(words) == 2:
            self._hear(words[0], words[1])
        else:
            self._note_people(line)

    def _note_people(self, line: IrcLine) -> None:
        """Who is there, so that nobody is called by a word that is their name."""
        words = line.words
        if line.command == "353" and words:
            self._note(nick.lstrip("~&@%+") for nick in words[-1].split())
        elif line.command == "JOIN" and words:
            self._note([line.nick])
            if line.nick.lower() == self._nick.lower():
                self._joined.add(words[0].lower())
                self._refused.pop(words[0].lower(), None)
        elif line.command == "NICK" and words:
            self._note([words[0]])
            self._nick = words[0] if line.nick.lower() == self._nick.lower() else self._nick
        elif line.command == "KICK" and len(words) > 1 and words[1].lower() == self._nick.lower():
            self._joined.discard(words[0].lower())
            self._refused[words[0].lower()] = "we were kicked"

    def _note(self, nicks: Iterable[str]) -> None:
        for nick in nicks:
            if nick.lower() != self._nick.lower() and len(self._nicks) < _MOST_NICKS:
                self._nicks.add(nick.lower())

    def _hear(self, to: str, text: str) -> None:
        """In channels of ours, seldom, and only by who has our own nick: not by its twin."""
        now = asyncio.get_running_loop().time()
        asked = text.strip().lower()
        is_ours = to.lower() in self._joined and self._nick == self._server.nick
        if not is_ours or asked not in ("!status", "!help"):
            return
        if now - self._answered_at < self._times.between_answers:
            return
        self._answered_at = now
        self._begin(self._answer(to, asked))

    async def _answer(self, to: str, asked: str) -> None:
        try:
            words = _HELP if asked == "!help" else await self._tell_status()
        except Unavailable:
            words = "It cannot be told just now."
        await self._write(f"NOTICE {to} :{fit_text(words, self._nicks)}")

    async def _write(self, line: str, *, paced: bool = True) -> None:
        """At most a burst, and then one line in so many seconds: servers throw out who floods."""
        loop, times = asyncio.get_running_loop(), self._times
        if paced:
            passed = (loop.time() - self._room_at) / times.between
            self._room = min(float(times.burst), self._room + passed) - 1
            self._room_at = loop.time()
            if self._room < 0:
                await asyncio.sleep(-self._room * times.between)
        if self._writer is None:
            raise Unavailable(f"IRC: {self._state}")
        _put(self._writer, line)

    async def _wait_for_pong(self, token: str) -> None:
        """A line has no receipt; a server reads in order, and so has read what came before."""
        pong = asyncio.get_running_loop().create_future()
        self._pongs[token] = pong
        try:
            await self._write(f"PING :{token}", paced=False)
            async with asyncio.timeout(self._times.answer):
                await pong
        except TimeoutError:
            raise Unavailable("IRC: the server does not answer in time") from None
        except asyncio.CancelledError:
            if pong.cancelled():
                raise Unavailable(f"IRC: {self._state}") from None
            raise
        finally:
            del self._pongs[token]


def _put(writer: asyncio.StreamWriter, line: str) -> None:
    """One line, whatever is in it."""
    flat = line.replace("\r", " ").replace("\n", " ").replace("\0", " ")
    writer.write(flat.encode("utf-8", "replace")[:510] + b"\r\n")


async def _read(reader: asyncio.StreamReader) -> IrcLine:
    try:
        raw = await reader.readline()
    except (OSError, ValueError) as error:  # ValueError: longer than any line
        raise IrcEnded(f"the connection broke: {describe(error)}") from None
    if not raw:
        raise IrcEnded("the server hung up")
    return parse_line(raw)


async def _leave(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(2):
            _put(writer, "QUIT :until later")
            await writer.drain()
    writer.close()
