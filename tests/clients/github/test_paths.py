"""Names of repositories: what GitHub has none of, never becomes a part of a path or an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app.setting_parsers import parse_repository
from bot.clients.github.paths import make_repository_path
from bot.core.errors import Refused
from bot.core.model.addresses import KnownRepositories, find_full_name

NAMES = ["python/cpython", "octo-org/demo", "o/.github", "o/a.b_c-d", "corp_user/x", "0x/1"]
NO_NAMES = [
    "..", "../x", "x/..", "x/.", "./x", "x", "x/", "/x", "x/y/z", "x /y", "x/y\n", "x/y?z", "x/%2e",
    "x/y#z", "-x/y", "x.y/z", "x/" + "y" * 101, "\u0430/b", "x/y\\z", "@x/y", "..%2f/x", "",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_taken_and_is_its_own_path(name: str) -> None:
    assert find_full_name(name) == name
    assert parse_repository(name) == name
    assert make_repository_path(name, below="/pulls/1") == f"/repos/{name}/pulls/1"
    assert KnownRepositories().find_name(f"https://github.com/{name}.git") == name


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_refused_everywhere(name: str) -> None:
    """`..` made another path of the API, and our credentials went along."""
    assert find_full_name(name) is None
    with pytest.raises(ValueError, match="owner/name"):
        parse_repository(name)
    with pytest.raises(Refused):
        make_repository_path(name)


@given(st.text(max_size=60))
def test_whatever_an_address_says_its_path_has_two_parts(text: str) -> None:
    found = KnownRepositories().find_name(f"https://github.com/{text}")
    if found is not None:
        path = make_repository_path(found)
        assert path == f"/repos/{found}"
        assert [part for part in path.split("/") if part in {"", ".", ".."}] == [""]
