"""Cookies that only we can make: whatever comes back instead opens nothing, and breaks nothing."""

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from bot.web.sessions import MOST_REPOSITORIES, Attempt, Session, Sessions
from tests.support.clock import FakeClock

SESSION = Session("octocat", frozenset({1001, 1002}), "token")
NAME = "nightswatch"


def make_sessions(secret: str = "a secret", clock: FakeClock | None = None) -> Sessions:
    return Sessions(secret, clock or FakeClock(), secure=False)


def seal(sessions: Sessions, held: Session | Attempt) -> str:
    """The cookies that hold it, as a browser sends them."""
    response = web.Response()
    if isinstance(held, Session):
        sessions.begin(response, held)
    else:
        sessions.remember(response, held)
    (morsel,) = response.cookies.values()
    return f"{morsel.key}={morsel.value}"


def make_request(cookie: str) -> web.Request:
    return make_mocked_request("GET", "/", headers={"Cookie": cookie})


def test_what_was_sealed_is_found_as_long_as_it_is_good() -> None:
    clock = FakeClock()
    sessions = make_sessions(clock=clock)
    request = make_request(seal(sessions, SESSION))
    assert sessions.find(request) == SESSION
    clock.advance(timedelta(hours=1, seconds=1))
    assert sessions.find(request) is None
    assert sessions.has_ended(request)
    assert not sessions.has_ended(make_request(""))


def test_another_secret_opens_nothing() -> None:
    assert make_sessions("another").find(make_request(seal(make_sessions(), SESSION))) is None


def test_one_kind_of_cookie_is_not_taken_for_the_other() -> None:
    sessions = make_sessions()
    value = seal(sessions, Attempt("s", "v", "/")).partition("=")[2]
    assert sessions.find(make_request(f"{NAME}={value}")) is None


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';,"\\')))
def test_whatever_comes_as_a_cookie_breaks_nothing(text: str) -> None:
    sessions = make_sessions()
    request = make_request(f"{NAME}={text}; {NAME}-login={text}")
    assert sessions.find(request) is None
    assert sessions.find_attempt(request) is None


def test_the_largest_session_is_a_cookie_that_browsers_keep() -> None:
    """They drop one of more than 4,096 bytes, with its name and attributes: nobody could log in."""
    numbers = frozenset(range(10_000_000_000, 10_000_000_000 + MOST_REPOSITORIES))
    held = seal(make_sessions(), Session("x" * 39, numbers, "y" * 22))
    assert len(held) + 200 < 4096


@pytest.mark.parametrize(
    ("secure", "path", "name"),
    [
        (True, "/", "__Host-nightswatch"),
        (True, "/watch", "__Secure-nightswatch"),
        (False, "/watch", "nightswatch"),
    ],
)
def test_below_a_path_the_cookie_is_for_that_path_alone(secure: bool, path: str, name: str) -> None:
    """Others on the same host are sent nothing of ours."""
    sessions = Sessions("a secret", FakeClock(), secure=secure, path=path)
    response = web.Response()
    sessions.begin(response, SESSION)
    (morsel,) = response.cookies.values()
    assert (morsel.key, morsel["path"]) == (name, path)
    sessions.end(response)
    (morsel,) = response.cookies.values()
    assert (morsel["path"], morsel["max-age"]) == (path, "0")
