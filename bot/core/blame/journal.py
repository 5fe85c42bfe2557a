"""A journal of changes, so that folding can be taken back to where a late build belongs."""

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Journal:
    """Changes by page, one page per folded build; the newest page can be taken back."""

    def __init__(self, pages_kept: int) -> None:
        self._kept = pages_kept
        self._pages: list[list[Callable[[], object]]] = []
        self._torn_out = 0

    def turn(self) -> None:
        """Begin a new page."""
        self._pages.append([])
        if len(self._pages) > 2 * self._kept:  # not at every turn: cutting a list costs its length
            self._torn_out += len(self._pages) - self._kept
            del self._pages[: -self._kept]

    def put(self, mapping: dict[K, V], key: K, value: V) -> None:
        """Set an entry, and note how to take that back."""
        if key in mapping:
            old = mapping[key]
            self.note(lambda: mapping.__setitem__(key, old))
        else:
            self.note(lambda: mapping.pop(key))
        mapping[key] = value

    def drop(self, mapping: dict[K, V], key: K) -> None:
        """Remove an entry that is there, and note how to take that back."""
        old = mapping.pop(key)
        self.note(lambda: mapping.__setitem__(key, old))

    def note(self, take_back: Callable[[], object]) -> None:
        """Note how the change just made is taken back."""
        self._pages[-1].append(take_back)

    def reaches(self, page: int) -> bool:
        """True when everything from this page on can be taken back."""
        return page >= self._torn_out

    def take_back(self, page: int) -> None:
        """Take everything back from the newest page to this one."""
        while len(self._pages) + self._torn_out > page:
            for take_back in reversed(self._pages.pop()):
                take_back()
