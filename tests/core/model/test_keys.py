"""The names of what is to be looked at: they outlive versions, in the inbox of every database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Malformed
from bot.core.model import (
    Key,
    branch_key,
    build_key,
    parse_branch_name,
    parse_build_name,
    parse_pull_name,
    pull_key,
    sweep_key,
)

IDS = st.integers(min_value=0, max_value=2**63)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (build_key("buildbot", 45), "build/buildbot/45"),
        (branch_key(123, "main"), "branch/123@main"),
        (branch_key(123, "release/v1"), "branch/123@release/v1"),
        (pull_key(123, 102), "pull/123#102"),
        (sweep_key("github"), "sweep/github"),
    ],
)
def test_a_key_is_written_as_the_first_release_wrote_it(key: Key, text: str) -> None:
    """Two versions share an inbox during an upgrade."""
    assert str(key) == text
    assert Key.parse(text) == key


@given(
    repo_id=IDS, number=IDS, buildid=IDS, branch=st.text(min_size=1).filter(lambda t: "\n" not in t)
)
def test_what_a_name_is_made_of_is_read_back(
    repo_id: int, number: int, buildid: int, branch: str
) -> None:
    assert parse_pull_name(pull_key(repo_id, number).name) == (repo_id, number)
    assert parse_build_name(build_key("bb-2", buildid).name) == ("bb-2", buildid)
    assert parse_branch_name(branch_key(repo_id, branch).name) == (repo_id, branch)


@pytest.mark.parametrize("text", ["", "build", "build/", "/45", "house/45", "Build/buildbot/45"])
def test_what_is_no_key_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Key.parse(text)


@pytest.mark.parametrize("name", ["", "12", "12#", "#1", "a#1", "12#1x", "12#-1"])
def test_what_is_no_name_of_a_pull_is_malformed(name: str) -> None:
    with pytest.raises(Malformed):
        parse_pull_name(name)


@pytest.mark.parametrize("name", ["", "45", "buildbot/", "/45", "buildbot/x", "a/b/45"])
def test_what_is_no_name_of_a_build_is_malformed(name: str) -> None:
    with pytest.raises(Malformed):
        parse_build_name(name)
