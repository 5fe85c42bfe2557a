"""Any text becomes one line that is short enough, valid, and calls nobody."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients.notices.irc_lines import LONGEST_TEXT, fit_text, make_sasl, parse_line


@given(st.text(max_size=1200), st.lists(st.text(min_size=1, max_size=10), max_size=5))
def test_any_text_fits_into_a_line(text: str, nicks: list[str]) -> None:
    line = fit_text(text, nicks)
    raw = line.encode()
    assert len(raw) <= LONGEST_TEXT
    assert raw.decode() == line
    assert not set(line) & {chr(n) for n in range(32)}


def test_the_address_at_the_end_is_never_cut() -> None:
    address = "https://watch.example.org/incidents/aa0001"
    line = fit_text("é" * 500 + " " + address)
    assert line.endswith(f"… {address}")
    assert len(line.encode()) <= LONGEST_TEXT


def test_colours_and_controls_are_gone() -> None:
    assert fit_text("\x01ACTION\x01 \x0304red\x0f \x02bold\x02\r\nQUIT :bye") == (
        "ACTION red bold QUIT :bye"
    )


def test_a_word_that_is_a_nick_calls_nobody() -> None:
    assert fit_text("Ada, alan broke test_ada", ["ada", "alan"]) == (
        "A\u200bda, a\u200blan broke test_ada"
    )


@pytest.mark.parametrize(
    ("raw", "nick", "command", "words"),
    [
        (b":ada!a@host PRIVMSG #x :hello there\r\n", "ada", "PRIVMSG", ("#x", "hello there")),
        (b"PING :abc\r\n", "", "PING", ("abc",)),
        (b"@time=1 :irc.x 001 me :hi :there\r\n", "irc.x", "001", ("me", "hi :there")),
        (b":a PRIVMSG #x :\xe9t\xe9\r\n", "a", "PRIVMSG", ("#x", "\ufffdt\ufffd")),
        (b"\r\n", "", "", ()),
        (b":\r\n", "", "", ()),
    ],
)
def test_whatever_a_server_sends_is_read(
    raw: bytes, nick: str, command: str, words: tuple[str, ...]
) -> None:
    line = parse_line(raw)
    assert (line.nick, line.command, line.words) == (nick, command, words)


@given(st.binary(max_size=600))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    parse_line(raw)


@pytest.mark.parametrize("length", [5, 290, 298, 299, 700])
def test_a_login_goes_in_parts_of_four_hundred(length: int) -> None:
    parts = list(make_sasl("a", "p" * length))
    assert all(len(part) <= 400 for part in parts)
    assert len(parts[-1]) < 400, "an exact multiple ends with an empty part"
    joined = "".join(part for part in parts if part != "+")
    assert base64.b64decode(joined) == b"\0a\0" + b"p" * length
