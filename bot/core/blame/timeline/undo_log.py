"""A journal of changes, so that folding can be taken back to where a late build belongs.

In: what changes in mappings, and after how many builds. Out: the mappings as they once were.
"""

from dataclasses import dataclass, field
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")

# The newest pages hold so many builds. A build that is a little late takes up to so many more back
# than came after it, some milliseconds; a page for each build would make all of them dearer by a
# twentieth.
_BUILDS_A_PAGE = 8

_NOTHING = object()  # stood there before


@dataclass(slots=True)
class _Page:
    """What was changed from one build on until the next page."""

    start: int  # so many builds were folded before
    # By mapping and key: the mapping, and what it held before the first change on this page.
    before: dict[tuple[int, Any], tuple[dict[Any, Any], Any]] = field(default_factory=dict)


class UndoLog:
    """Pages of changes; the newest ones can be taken back.

    Two neighbours are bound into one as soon as no more builds are on it than came after it. So
    there are few pages however many builds were folded, each holds a changed value once, and a
    build that is late by `n` others takes at most `2 n` of them back, and what is left of a page.
    """

    def __init__(self, builds_a_page: int = _BUILDS_A_PAGE) -> None:
        self._builds_a_page = builds_a_page
        self._pages: list[_Page] = []  # the oldest first; the very first one is empty

    def turn(self, folded: int) -> None:
        """Another build is about to be folded, after so many."""
        if self._pages and folded - self._pages[-1].start < self._builds_a_page:
            return
        self._pages.append(_Page(folded))
        n = 0
        while n + 2 < len(self._pages):
            n += not self._bind(n, folded)

    def _bind(self, n: int, folded: int) -> bool:
        """Make one page of two, unless more builds are on them than came after them."""
        one, other, after = self._pages[n : n + 3]
        if after.start - one.start > folded - after.start:
            return False
        if one.start:
            one.before = other.before | one.before
        del self._pages[n + 1]
        return True

    def put(self, mapping: dict[K, V], key: K, value: V) -> None:
        """Set an entry."""
        self._note(mapping, key)
        mapping[key] = value

    def drop(self, mapping: dict[K, V], key: K) -> None:
        """Remove an entry that is there."""
        self._note(mapping, key)
        del mapping[key]

    def _note(self, mapping: dict[K, V], key: K) -> None:
        page = self._pages[-1]
        if page.start:  # who takes the first page back begins again
            name = (id(mapping), key)
            if name not in page.before:
                page.before[name] = (mapping, mapping.get(key, _NOTHING))

    def clear(self) -> None:
        """Begin again."""
        self._pages.clear()

    def take_back(self, count: int) -> int:
        """Take back what came after so many builds; how many are left, fewer where a page is cut.

        Where none are left, all has to be begun again: the first page holds nothing.
        """
        while self._pages:
            page = self._pages.pop()
            _undo(page)
            if page.start <= count:
                return page.start
        return 0


def _undo(page: _Page) -> None:
    for (_, key), (mapping, old) in page.before.items():
        if old is _NOTHING:
            mapping.pop(key, None)
        else:
            mapping[key] = old
