"""How many keys are worked on at once: comments and builds have limits of their own.

In: the kinds of keys that work begins and ends on. Out: the kinds for which more may begin.
"""

from collections import Counter

from bot.core.model import KeyKind

# Whoever writes waits for GitHub, a second for each write: five comments to edit took so much of
# one common limit that builds waited, and with them the next comment.
_WRITING = frozenset({KeyKind.PULL, KeyKind.COMMAND})
# A mail server that hangs keeps nothing else waiting.
_TELLING = frozenset({KeyKind.NOTICE})
_GROUPS = (_WRITING, _TELLING, frozenset(KeyKind) - _WRITING - _TELLING)


class ConcurrencyLimits:
    """At most `each` keys of each group of kinds at once."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._busy = Counter[KeyKind]()

    def begin(self, kind: KeyKind) -> None:
        """Work on a key of this kind began."""
        self._busy[kind] += 1

    def end(self, kind: KeyKind) -> None:
        """It is over."""
        self._busy[kind] -= 1

    def find_free(self) -> frozenset[KeyKind]:
        """The kinds of the groups that are below their limit."""
        free = (g for g in _GROUPS if sum(self._busy[kind] for kind in g) < self._each)
        return frozenset[KeyKind]().union(*free)
