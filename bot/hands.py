"""How many keys are worked on at once: who reads and who speaks have hands of their own.

In: the kinds of keys that work begins and ends on. Out: the kinds that hands are free for.
"""

from collections import Counter

from bot.core.model import KeyKind

# Who speaks waits for GitHub, a second for each write: five comments to edit held so many hands
# that builds waited, and with them the next comment.
_SPEAKING = frozenset({KeyKind.PULL, KeyKind.COMMAND})
_CREWS = (_SPEAKING, frozenset(KeyKind) - _SPEAKING)


class Hands:
    """Each crew has `each` hands."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._busy = Counter[KeyKind]()

    def begin(self, kind: KeyKind) -> None:
        """A hand of its crew is at work."""
        self._busy[kind] += 1

    def end(self, kind: KeyKind) -> None:
        """It is free again."""
        self._busy[kind] -= 1

    def find_free(self) -> frozenset[KeyKind]:
        """The kinds of the crews that have a hand free."""
        free = (c for c in _CREWS if sum(self._busy[kind] for kind in c) < self._each)
        return frozenset[KeyKind]().union(*free)
