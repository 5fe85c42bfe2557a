"""One spelling for every address of a git repository."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import KnownRepositories, normalize_address


@pytest.mark.parametrize(
    ("address", "normalized"),
    [
        ("https://Git.Example.org:8443/a/B.git/", "git.example.org/a/B"),
        ("user@git.example.org:a/b", "git.example.org/a/b"),
        ("ssh://[::1]:22/a/b.git", "[::1]/a/b"),
        ("/srv/git/a.git", "/srv/git/a"),
        ("file:///srv/git/a.git", "/srv/git/a"),
        ("../a", "../a"),
        ("", ""),
    ],
)
def test_an_address_has_one_spelling(address: str, normalized: str) -> None:
    assert normalize_address(address) == normalized


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    """It comes from a sourcestamp, which comes from anybody."""
    assert isinstance(normalize_address(text), str)
    assert normalize_address(normalize_address("https://h/a/b.git")) == "h/a/b"
    KnownRepositories().find_name(text)


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com.evil.example/python/cpython",
        "https://evil.example/github.com/python/cpython",
        "https://github.com@evil.example/python/cpython",
        "ssh://git@evilgithub.com/python/cpython",
    ],
)
def test_a_host_that_looks_like_github_is_not(address: str) -> None:
    assert KnownRepositories().find_name(address) is None
