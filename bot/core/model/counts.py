"""Numbers with their nouns, and long lists, as people write them.

In: a number and a noun, or names. Out: text.
"""

from collections.abc import Sequence


def count_words(number: int, one: str, several: str | None = None) -> str:
    """`1 builder`, `2 builders`, `1,200 builders`; `several` where no s will do."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def name_some(names: Sequence[str], few: int) -> str:
    """The first few, and how many more: `a, b and 7 more`; empty of no names."""
    rest = len(names) - few
    return ", ".join(names[:few]) + (f" and {rest} more" if rest > 0 else "")
