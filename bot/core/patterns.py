"""Patterns that are compiled when they are first used, and patterns whose time is linear.

Input: the source of a pattern. Output: what has the methods of `re.Pattern`, whose matches have
those of `re.Match`.

Python's own engine goes back and tries again: on a hostile text it may take the square of its
length, or never end. A test holds every pattern of the project to linear growth, on texts made
from the pattern itself. One that fails is written in another way or is made by `linear`, which
searches with google-re2. That costs some ten microseconds a call, so `late` is for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

import re2  # type: ignore[import-untyped]  # it has no stubs

# What a pattern's automaton may take in memory; past it re2 goes on more slowly. Of its eight
# megabytes, hundreds of patterns would make gigabytes.
_MEMORY = 1 << 20
_METHODS = (
    "findall", "finditer", "flags", "fullmatch", "groupindex", "groups", "match", "pattern",
    "search", "split", "sub", "subn",
)  # fmt: skip


class Pattern:
    """Compiles itself when it is first asked for anything; from then on it costs nothing."""

    __slots__ = ("_compile", *_METHODS)

    def __init__(self, compile_it: Callable[[], Any]) -> None:
        self._compile = compile_it

    def __getattr__(self, name: str) -> Any:
        """Only of slots that were never filled."""
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = self._compile()
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method, 0))
        return getattr(self, name)


Source = str | re.Pattern[str]
"""What tables of patterns are written with: most are plain text, some are `linear`."""


def late(source: Source, flags: int = 0) -> re.Pattern[str]:
    """`re.compile`, at first use: a log needs few of our patterns, and compiling takes time.

    What is a pattern already stays what it is.
    """
    if not isinstance(source, str):
        return source
    return cast("re.Pattern[str]", Pattern(lambda: re.compile(source, flags)))


def linear(source: str) -> re.Pattern[str]:
    r"""A pattern of re2: no look-around, no back-references; `\w`, `\d`, `\s`, `\b` are ASCII.

    Flags stand in the source: `(?i)`. A replacement that is not ASCII is given as a function: as a
    text re2 garbles it (`findings/google_re2_sub_replacement.sh`).
    """
    return cast("re.Pattern[str]", Pattern(lambda: _compile_linear(source)))


def _compile_linear(source: str) -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return re2.compile(source, options)


def compile_linear(source: str) -> Any:
    """As `linear`, but at once, with RE2's own `programsize`; `ValueError` with RE2's words."""
    try:
        return _compile_linear(source)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(words) from error


def make_search(source: str) -> Callable[[str], bool] | None:
    """Whether a text holds what a person's pattern describes, in any case of letters.

    None where it is no pattern of RE2's. It takes linear time, whatever somebody wrote.
    """
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = _MEMORY, False, False
    try:
        compiled = re2.compile(source, options)
    except re2.error:
        return None
    return lambda text: compiled.search(text) is not None
