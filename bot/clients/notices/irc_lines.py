"""Lines of IRC as bytes and words. Pure. Source: https://www.rfc-editor.org/rfc/rfc2812

In: bytes of a server, or text of ours. Out: their parts; or one line that is never too long, and
that neither pings a nick nor ends early.
"""

import base64
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.core.notices.words import strip_controls

LONGEST_TEXT = 350
"""Bytes. A line holds 512 with what servers put before it, up to 115 of a nick, user and host."""

_WORD = re.compile(r"[A-Za-z0-9_\-\[\]\\^{}|`]+")
_BREAK = "\u200b"


@dataclass(frozen=True, slots=True)
class IrcLine:
    """One line of a server."""

    nick: str  # whose it is, or the server's name
    command: str
    words: tuple[str, ...]


def parse_line(raw: bytes) -> IrcLine:
    """Whatever comes: peers send any bytes."""
    text = raw.decode("utf-8", "replace").strip("\r\n")
    if text.startswith("@"):  # tags
        text = text.partition(" ")[2]
    prefix = ""
    if text.startswith(":"):
        prefix, _, text = text[1:].partition(" ")
    text, has_last, last = text.partition(" :")
    words = text.split()
    return IrcLine(
        prefix.partition("!")[0],
        words[0].upper() if words else "",
        (*words[1:], *([last] if has_last else [])),
    )


def fit_text(text: str, nicks: Collection[str] = ()) -> str:
    """One line of text: what is cut is before the address at its end."""
    plain = strip_controls(text)
    words, _, last = plain.rpartition(" ")
    if not last.startswith(("https://", "http://")) or len(last) > LONGEST_TEXT - 60:
        words, last = plain, ""
    small = {nick.lower() for nick in nicks}
    words = _WORD.sub(lambda found: _spare(found[0], small), words)
    tail = f" {last}" if last else ""
    return _cut(words, LONGEST_TEXT - len(tail.encode())) + tail


def _spare(word: str, nicks: Collection[str]) -> str:
    """A word that is somebody's name calls nobody."""
    return word[:1] + _BREAK + word[1:] if word.lower() in nicks else word


def _cut(text: str, limit: int) -> str:
    """At most so many bytes, and no half of a letter."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return raw.decode()
    return raw[: limit - 3].decode("utf-8", "ignore") + "…"


def make_sasl(account: str, password: str) -> Iterator[str]:
    """The parts of AUTHENTICATE; an exact multiple of 400 ends with an empty one.

    Source: https://ircv3.net/specs/extensions/sasl-3.1
    """
    secret = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
    parts = [secret[n : n + 400] for n in range(0, len(secret), 400)]
    yield from parts
    if len(parts[-1]) == 400:
        yield "+"
