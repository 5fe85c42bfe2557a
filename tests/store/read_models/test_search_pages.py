"""A search: every word counts, none means anything but itself, and what is hidden is not found."""

import pytest

from bot.core.model import Repository
from bot.store import Store
from tests.support.make_stored import make_commit

TITLES = {
    1: "Speed up the parser",
    2: "Parser: 100% of a_b \"quoted\" 'words'",
    3: "Größe der Straße OR nothing",
    4: "A parser*",
}


async def fill(store: Store) -> None:
    for repo_id in (1, 2):
        await store.facts.save_repository(Repository(repo_id, f"o/r{repo_id}"))
    line = [make_commit(f"sha{n}", pull=n, title=title) for n, title in TITLES.items()]
    await store.facts.save_line(1, "main", line, new_epoch=False)
    secret = make_commit("sha9", pull=9, title="A secret parser")
    await store.facts.save_line(2, "main", [secret], new_epoch=False)


@pytest.mark.parametrize(
    ("text", "pulls"),
    [
        ("parser", {1, 2, 4, 9}),
        ("PARSER up", {1}),
        ("arse", {1, 2, 4, 9}),  # a part of a word
        ("100%", {2}),
        ("a_b", {2}),
        ("%", {2}),
        ('"quoted"', {2}),
        ('"', {2}),
        ("'words'", {2}),
        ("größe", {3}),
        ("OR", {2, 3}),  # of words and nothing
        ("parser OR nothing", set()),
        ("parser*", {4}),
        ("NEAR(parser)", set()),
        ("parser NOT secret", set()),
        ("words:parser", set()),
        ("", set()),
        ("  ", set()),
        ("\0", set()),
        ("x" * 5000, set()),
        ("parser " * 50, {1, 2, 4, 9}),
    ],
)
async def test_words_are_looked_for_as_they_are(store: Store, text: str, pulls: set[int]) -> None:
    await fill(store)
    assert {int(hit.name) for hit in await store.views.search(text, 0, 9)} == pulls


async def test_what_is_hidden_is_not_found_and_pages_follow(store: Store) -> None:
    await fill(store)
    shown = await store.views.search("parser", 0, 9, [1])
    assert {hit.repository.repo_id for hit in shown} == {1}
    assert await store.views.search("parser", 0, 9, []) == []
    first, second = [await store.views.search("parser", n, 1) for n in (0, 1)]
    assert first != second
    assert [*first, *second] == list(await store.views.search("parser", 0, 2))
