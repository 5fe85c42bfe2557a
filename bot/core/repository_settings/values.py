"""The values of a repository's file: what TOML gives in, what is meant out; else `ValueError`.

The words of an error follow the name of the setting.
"""

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from bot.core.model.command_prefix import parse_prefix

MOST_ITEMS = 100
"""Of a list: more tags, branches or people than any project names."""

MOST_LISTS = 10
"""Files and labels that list flaky tests: each is asked of GitHub hourly, and after each push."""

LONGEST_ITEM = 250
"""GitHub and git take no longer names."""

LONGEST_ADDRESS = 300


def parse_text(value: object) -> str:
    """A text without control characters."""
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_ITEM:
        raise ValueError(f"must be a text of 1 to {LONGEST_ITEM} letters")
    if not value.isprintable():
        raise ValueError("must not hold control characters")
    return value


def parse_texts(value: object) -> tuple[str, ...]:
    """A list of texts, each once."""
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise ValueError(f"must be a list of at most {MOST_ITEMS} texts")
    return tuple(dict.fromkeys(parse_text(item) for item in value))


def parse_some_texts(value: object) -> tuple[str, ...]:
    """The same, and not empty."""
    texts = parse_texts(value)
    if not texts:
        raise ValueError("must name one at least: without it, the service's are taken")
    return texts


def parse_small_texts(value: object) -> frozenset[str]:
    """Texts in small letters."""
    return frozenset(text.lower() for text in parse_texts(value))


def parse_names(value: object) -> tuple[str, ...]:
    """Names; one may end with `*`."""
    names = parse_texts(value)
    if any("*" in name[:-1] for name in names):
        raise ValueError("may hold * only at the end of a name")
    return names


def parse_some_names(value: object) -> tuple[str, ...]:
    """The same, and not empty."""
    return parse_names(list(parse_some_texts(value)))


def parse_page(value: object) -> str:
    """An address for people."""
    text = parse_text(value)
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValueError("must be an https address without a password")
    if len(text) > LONGEST_ADDRESS or not re.fullmatch(r"[!-~]+", text):
        raise ValueError(f"must be an address of at most {LONGEST_ADDRESS} plain letters")
    return text


def one_of(names: Iterable[str]) -> Callable[[object], object]:
    """One of these names."""
    known = tuple(map(str, names))

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return value

    return parse


def some_of(names: Iterable[str]) -> Callable[[object], object]:
    """Some of these names."""
    parse_one = one_of(names)
    return lambda value: tuple(parse_one(item) for item in parse_some_texts(value))


def whole_number(least: int, most: int) -> Callable[[object], object]:
    """A number in these bounds."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return parse


def parse_own_prefix(value: object) -> str:
    """What commands begin with."""
    return parse_prefix(parse_text(value))


def parse_title(value: object) -> str:
    """The title of an issue."""
    text = parse_text(value)
    if "{test}" not in text:
        raise ValueError("must hold {test}")
    return text


def parse_paths(value: object) -> tuple[str, ...]:
    """Paths of a few files."""
    paths = parse_texts(value)
    if len(paths) > MOST_LISTS:
        raise ValueError(f"must name at most {MOST_LISTS}")
    if any(part in {"", ".", ".."} for path in paths for part in path.split("/")):
        raise ValueError("must hold paths from the repository's root, as `tests/flaky.txt`")
    return paths


def parse_few_texts(value: object) -> tuple[str, ...]:
    """A list of a few texts."""
    texts = parse_texts(value)
    if len(texts) > MOST_LISTS:
        raise ValueError(f"must name at most {MOST_LISTS}")
    return texts
