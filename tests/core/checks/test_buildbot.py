"""How many builders may accuse is told in grammar, and who is near to a tag that nobody has."""

import pytest

from bot.core.checks.buildbot import diagnose_stable
from bot.core.checks.result import Level
from bot.core.model import Builder

BUILDERS = [Builder("b", n, f"builder {n}", ("stable",) if n < 2 else ("linux",)) for n in range(4)]


@pytest.mark.parametrize(
    ("count", "tag", "words"),
    [
        (1, "stable", "1 of 1 builder has the tag 'stable'"),
        (4, "stable", "2 of 4 builders have the tag 'stable'"),
        (1, "tier-1", "none of 1 builder has the tag 'tier-1': nothing would ever be said"),
        (4, "tier-1", "none of 4 builders has the tag 'tier-1': nothing would ever be said"),
    ],
)
def test_numbers_and_their_words_agree(count: int, tag: str, words: str) -> None:
    found = diagnose_stable(
        BUILDERS[:count], lambda builder: tag in builder.tags, tag=tag, pattern=None
    )
    assert found.words == words


@pytest.mark.parametrize(
    ("tag", "pattern", "todo"),
    [
        ("Stable", None, "set STABLE_TAG=stable; tags there are: linux, stable"),
        ("tier-1", None, "set STABLE_TAG or STABLE_PATTERN; tags there are: linux, stable"),
        ("stable", "builder", "it has to fit the whole name: set STABLE_PATTERN=.*(builder).*"),
    ],
)
def test_the_line_to_change_is_the_likeliest(tag: str, pattern: str | None, todo: str) -> None:
    found = diagnose_stable(BUILDERS, lambda _: False, tag=tag, pattern=pattern)
    assert found.level is Level.FAIL
    assert found.todo.startswith(todo)
