"""A journal of changes, so that folding can be taken back to where a late build belongs."""

from collections import deque
from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Journal:
    """Changes by page, one page per folded build; the newest page can be taken back.

    So many pages are kept, and fewer where they are full: each change holds what was there before.
    """

    def __init__(self, pages_kept: int, notes_kept: int) -> None:
        self._pages_kept = pages_kept
        self._notes_kept = notes_kept
        self._pages: deque[list[Callable[[], object]]] = deque()
        self._notes = 0  # on all pages
        self._torn_out = 0

    def turn(self) -> None:
        """Begin a new page."""
        while len(self._pages) >= self._pages_kept or self._notes > self._notes_kept:
            self._notes -= len(self._pages.popleft())
            self._torn_out += 1
        self._pages.append([])

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
        self._notes += 1

    def clear(self) -> None:
        """Begin again, with nothing to take back."""
        self._pages.clear()
        self._notes = self._torn_out = 0

    def reaches(self, page: int) -> bool:
        """True when everything from this page on can be taken back."""
        return page >= self._torn_out

    def take_back(self, page: int) -> None:
        """Take everything back from the newest page to this one."""
        while len(self._pages) + self._torn_out > page:
            notes = self._pages.pop()
            self._notes -= len(notes)
            for take_back in reversed(notes):
                take_back()
