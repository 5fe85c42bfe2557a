"""Numbers with their nouns, as people write them.

In: a number and a noun. Out: text.
"""


def count_words(number: int, one: str, several: str | None = None) -> str:
    """`1 builder`, `2 builders`, `1,200 builders`; `several` where no s will do."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
