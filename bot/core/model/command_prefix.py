"""Whether a text may address us: asked of every comment before it is parsed."""

import re

LONGEST = 65_536
"""Letters of a comment that are read: GitHub takes no longer ones."""


def may_hold_commands(text: str, *prefixes: str) -> bool:
    """Whether it is worth parsing: a line begins with one of the prefixes.

    It costs what reading the text costs, and is never wrong where the answer is no.
    """
    wanted = tuple(prefix.lower() for prefix in prefixes)
    lines = text[:LONGEST].lower().splitlines()
    return any(line.lstrip().startswith(wanted) for line in lines)


def parse_prefix(text: str) -> str:
    """A prefix as a setting gives it; raises `ValueError` that says what it must be.

    Marks that Markdown knows would make another thing of a line.
    """
    if not re.fullmatch(r"[/!.]?[a-zA-Z][a-zA-Z0-9-]{1,30}", text):
        raise ValueError("must be a word, with one of / ! . before it or without")
    return text
