"""What came back, and the likeliest reason for it; what nobody knows is left to general advice."""

import pytest

from bot.core.checks.neighbours import (
    find_buildbot_todo,
    find_database_todo,
    find_github_todo,
    swap_scheme,
)


@pytest.mark.parametrize(
    ("url", "port"), [("http://h", "80"), ("https://h/x", "443"), ("http://h:8011", "8011")]
)
def test_the_port_that_was_asked_is_named(url: str, port: str) -> None:
    todo = find_buildbot_todo(url, "Buildbot does not answer: no connection to its address")
    assert todo is not None
    assert f"at port {port} of h " in todo


def test_what_nobody_knows_is_left() -> None:
    assert find_buildbot_todo("http://h", "Buildbot answers 500") is None
    assert find_database_todo("postgresql://u@h/d", "its disk is full") is None
    odd = find_github_todo("GitHub answers 500", api_url="https://h", app_id="1", token=None)
    assert odd is None


def test_a_certificate_is_told_with_where_to_name_an_authority() -> None:
    todo = find_buildbot_todo("https://h", "Buildbot does not answer: its certificate is not good")
    assert "SSL_CERT_FILE" in str(todo)


def test_the_other_scheme_keeps_the_rest() -> None:
    assert swap_scheme("http://h:1/x") == "https://h:1/x"
    assert swap_scheme("https://h:1/x") == "http://h:1/x"


def test_an_enterprise_server_has_its_api_below_its_page() -> None:
    words = "GitHub answered HTML, not JSON: that is a page for people"
    todo = find_github_todo(words, api_url="https://git.example", app_id="1", token=None)
    assert "https://git.example/api/v3" in str(todo)


def test_a_token_is_never_shown() -> None:
    words = "GitHub does not accept our credentials"
    for token in ("hunter2", "Bearer hunter2", "hun ter2"):
        todo = find_github_todo(words, api_url="https://h", app_id=None, token=token)
        assert "ter2" not in str(todo)


def test_names_of_a_database_are_shown_as_they_are() -> None:
    todo = find_database_todo("postgres://a%40b:pw@h/my%20db", "it has no database of that name")
    assert 'CREATE DATABASE "my db" OWNER "a@b"' in str(todo)
    assert "pw" not in str(todo)


@pytest.mark.parametrize("url", ["https://github.com", "https://www.github.com/"])
def test_githubs_page_is_not_its_api(url: str) -> None:
    todo = find_github_todo("whatever came back", api_url=url, app_id="1", token=None)
    assert str(todo).startswith("set GITHUB_API_URL=https://api.github.com")
