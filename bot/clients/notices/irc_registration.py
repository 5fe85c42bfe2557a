"""The first lines on IRC: a nick, and a login by SASL where there is an account. Pure.

In: a server's lines. Out: ours, until we are in (001); `IrcEnded` where that will not come. With an
account there is no way in without it. Source: https://ircv3.net/specs/extensions/sasl-3.1
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.clients.notices.irc_lines import IrcLine, make_sasl
from bot.core.notices.words import strip_controls


@dataclass(frozen=True, slots=True)
class IrcServer:
    """Where, and as whom."""

    host: str
    port: int
    tls: bool
    nick: str
    channels: tuple[str, ...]
    account: str | None = None
    password: str | None = field(default=None, repr=False)
    realname: str = "Night's Watch, a bot"


class IrcEnded(Exception):
    """A connection is over; the words say why."""


class Registration:
    """One of them; `nick` is what we are called by now."""

    def __init__(self, server: IrcServer) -> None:
        self._server = server
        self.nick = server.nick
        self.done = False
        self._logged_in = server.account is None

    def begin(self) -> list[str]:
        """What is said first."""
        hello = [f"NICK {self.nick}", f"USER {self._server.nick} 0 * :{self._server.realname}"]
        return hello if self._logged_in else ["CAP REQ :sasl", *hello]

    def take(self, line: IrcLine) -> list[str]:
        """What is answered; raises `IrcEnded`."""
        handle = _HANDLERS.get(line.command)
        return handle(self, line.words) if handle else []

    def _welcome(self, words: tuple[str, ...]) -> list[str]:
        if not self._logged_in:
            raise IrcEnded("the server let us in without our login")
        self.nick = words[0] if words else self.nick  # it may have cut it
        self.done = True
        return []

    def _pong(self, words: tuple[str, ...]) -> list[str]:
        return [f"PONG :{words[-1] if words else ''}"]

    def _cap(self, words: tuple[str, ...]) -> list[str]:
        if "NAK" in words:
            raise IrcEnded("the server offers no SASL: nothing was sent")
        return ["AUTHENTICATE PLAIN"] if "ACK" in words and not self._logged_in else []

    def _authenticate(self, words: tuple[str, ...]) -> list[str]:
        account, password = self._server.account, self._server.password
        if words != ("+",) or account is None:
            return []
        return [f"AUTHENTICATE {part}" for part in make_sasl(account, password or "")]

    def _enter(self, _words: tuple[str, ...]) -> list[str]:
        self._logged_in = True
        return ["CAP END"]

    def _stay_out(self, _words: tuple[str, ...]) -> list[str]:
        raise IrcEnded("the server does not take our login")

    def _rename(self, _words: tuple[str, ...]) -> list[str]:
        self.nick += "_"
        if len(self.nick) > len(self._server.nick) + 3:
            raise IrcEnded("the server has our nick already")
        return [f"NICK {self.nick}"]

    def _end(self, words: tuple[str, ...]) -> list[str]:
        raise IrcEnded(f"the server said no: {strip_controls(' '.join(words))[:120]}")


_HANDLERS: Mapping[str, Callable[[Registration, tuple[str, ...]], list[str]]] = {
    "001": Registration._welcome,
    "PING": Registration._pong,
    "CAP": Registration._cap,
    "AUTHENTICATE": Registration._authenticate,
    "903": Registration._enter,
    **dict.fromkeys(("902", "904", "905", "906", "908"), Registration._stay_out),
    **dict.fromkeys(("433", "436", "437"), Registration._rename),
    **dict.fromkeys(("ERROR", "432", "464", "465"), Registration._end),
}
