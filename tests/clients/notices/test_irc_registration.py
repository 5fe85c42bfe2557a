"""How we come in: with a login where there is an account, or not at all."""

from dataclasses import replace

import pytest

from bot.clients.notices.irc_lines import parse_line
from bot.clients.notices.irc_registration import IrcEnded, IrcServer, Registration

SERVER = IrcServer("irc.example.org", 6697, True, "watch", ("#builds",))
WITH_LOGIN = replace(SERVER, account="watch", password="secret")


def tell(registration: Registration, *lines: str) -> list[str]:
    return [one for line in lines for one in registration.take(parse_line(line.encode()))]


def test_without_an_account_it_is_nick_and_user() -> None:
    registration = Registration(SERVER)
    assert registration.begin() == ["NICK watch", "USER watch 0 * :Night's Watch, a bot"]
    assert tell(registration, "PING :x", ":irc NOTICE * :hi", ":irc 001 watch :hi") == ["PONG :x"]
    assert registration.done


def test_a_login_is_through_before_the_capabilities_end() -> None:
    registration = Registration(WITH_LOGIN)
    assert registration.begin()[0] == "CAP REQ :sasl"
    said = tell(
        registration, ":irc CAP * ACK :sasl", "AUTHENTICATE +", ":irc 900 x", ":irc 903 x :ok"
    )
    assert said == ["AUTHENTICATE PLAIN", "AUTHENTICATE AHdhdGNoAHNlY3JldA==", "CAP END"]
    assert not registration.done
    tell(registration, ":irc 001 watch :hi")
    assert registration.done


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([":irc CAP * NAK :sasl"], "offers no SASL"),
        ([":irc 904 x :failed"], "does not take our login"),
        ([":irc 001 watch :hi"], "without our login"),
        (["ERROR :Closing link\x02"], "said no: Closing link"),
        ([":irc 465 watch :banned"], "said no"),
    ],
)
def test_without_its_login_it_does_not_come_in(lines: list[str], words: str) -> None:
    with pytest.raises(IrcEnded, match=words):
        tell(Registration(WITH_LOGIN), *lines)


def test_a_nick_that_is_taken_is_made_longer_a_few_times() -> None:
    registration = Registration(SERVER)
    assert tell(registration, ":irc 433 * watch :in use") == ["NICK watch_"]
    tell(registration, *[":irc 433 * watch_ :in use"] * 2)
    with pytest.raises(IrcEnded, match="has our nick"):
        tell(registration, ":irc 433 * watch_ :in use")
