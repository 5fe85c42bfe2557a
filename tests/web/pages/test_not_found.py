"""What is not there: the nearest of what is, by its whole name or by the longest part of it."""

from collections.abc import Sequence
from typing import Any

from bot.core.model import Repository
from bot.core.ports.search import Hit, HitKind
from bot.web.access import EVERYBODY
from bot.web.pages.not_found import answer_not_found
from tests.support.make_stored import MOMENT


class Shelf:
    """Finds one builder, by one word."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[str] = []

    async def search(self, text: str, *_: Any) -> Sequence[Hit]:
        self.asked.append(text)
        hit = Hit(HitKind.BUILDER, "AMD64/Debian", "AMD64/Debian", Repository(1, "o/r"), MOMENT)
        return [hit] if text == self.word else []


async def test_the_longest_part_of_a_name_finds_what_the_whole_does_not() -> None:
    shelf = Shelf("Debian")
    answer = await answer_not_found(shelf, EVERYBODY, "builder", "AMD/Debian-x")
    assert shelf.asked == ["AMD/Debian-x", "Debian"]
    assert answer.status == 404
    assert 'href="/builders/AMD64%2FDebian"' in (answer.text or "")


async def test_a_name_without_letters_finds_nothing_and_breaks_nothing() -> None:
    for name in ("", "/", "\ud800", "<script>"):
        answer = await answer_not_found(Shelf("Debian"), EVERYBODY, "builder", name)
        assert (answer.status, "Did you mean" in (answer.text or "")) == (404, False)
