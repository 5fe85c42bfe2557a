"""What an `Authorization` header gives: the secret, or nothing; and never an error."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.credentials import knows_password, knows_token

SECRET = "pässword:with colon"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header", [basic(f"anybody:{SECRET}"), basic(f":{SECRET}"), basic(f"x:{SECRET}").lower()[:6]]
)
def test_the_password_is_known_by_any_users_name(header: str) -> None:
    assert knows_password(header, SECRET) is (len(header) > 6)


def test_a_bearer_opens_doors_and_no_pages() -> None:
    assert knows_token(f"bearer  {SECRET}", SECRET)
    assert not knows_password(f"Bearer {SECRET}", SECRET)


@given(st.one_of(st.none(), st.text()), st.text(min_size=1))
def test_whatever_comes_breaks_nothing(header: str | None, secret: str) -> None:
    if header is None or secret not in header:
        assert not knows_password(header, secret)
        assert not knows_token(header, secret)


def test_no_secret_is_known_to_nobody() -> None:
    for header in (None, "", "Basic", basic("x:"), "Bearer ", "Bearer"):
        assert not knows_token(header, "")
        assert not knows_password(header, "")
