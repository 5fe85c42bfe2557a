"""Node ids of pytest: where they end in a line, and what the heads of FAILURES make of them.

Input: text in which an id stands first. Output: the id and the rest. Parameters may hold blanks,
` - `, `::` and brackets; with `-s` and in parallel runs words of others are glued behind.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from bot.core.patterns import late

# Python files, and what plugins collect: doctests, notebooks, YAML, features, C++ programs.
FILE = r"[^\s:\[\]]+\.(?:py|rst|txt|md|ipynb|ya?ml|feature|json|toml)"
_NAME = late(rf"(?P<file>{FILE})(?P<names>(?:::[^\s\[:]+)*)")
# Other programs, folders that hold tests: only where nothing else can stand.
_OTHER = late(r"(?P<file>[^\s:\[\]]+)(?P<names>(?:::[^\s\[:]+)*)")


def split_id(text: str, known: Collection[str] = (), *, any_file: bool = False) -> tuple[str, str]:
    """The id at the beginning of `text` and what stands behind it; ("", text) where none does.

    Of several possible ends the one is taken that gives one of the `known` heads, else the first
    at which all brackets are closed.
    """
    found = _NAME.match(text) or (_OTHER.match(text) if any_file else None)
    if not found:
        return "", text
    start = found.end()
    if not found["names"] or text[start : start + 1] != "[":
        return text[:start], text[start:]
    ends = list(_find_ends(text, start))
    if not ends:  # the line was cut
        return text, ""
    named = (end for end in ends if make_head(text[:end]) in known)
    closed = (end for end in ends if _is_closed(text[start:end]))
    end = next(named, None) or next(closed, None) or ends[0]
    return text[:end], text[end:]


def _find_ends(text: str, start: int) -> Iterator[int]:
    """Behind each bracket that a blank or the end of the line follows."""
    return (m.end() for m in re.finditer(r"\](?= |$)", text) if m.end() > start)


def _is_closed(parameters: str) -> bool:
    return parameters.count("[") == parameters.count("]")


def make_head(test: str) -> str:
    """How FAILURES and ERRORS call a test: without its file, with dots; of a file, the file."""
    path, _, inner = test.partition("::")
    names, bracket, parameters = inner.partition("[")
    return f"{names.replace('::', '.')}{bracket}{parameters}" or path


def is_doctest(test: str) -> bool:
    """True for an id whose last part is an object of a module or a whole text, not a function."""
    path, _, inner = test.partition("::")
    is_text = path.endswith((".rst", ".txt", ".md"))
    return is_text or (path.endswith(".py") and "." in inner.partition("[")[0])
