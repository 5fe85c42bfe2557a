"""The file `.env`: read, and changed line by line; what is not changed stays as it stands.

In: names and values. Out: a file that only its owner reads, whole at every moment. Values are in
single quotes where they hold anything but plain characters, so that shells read the same.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bot.core.errors import UserError

_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,~-]*", re.ASCII)


def load_env_file(path: Path) -> dict[str, str]:
    """Its values by name; nothing where there is no file. Raises `UserError`."""
    from dotenv import dotenv_values

    if not path.exists():
        return {}
    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {type(error).__name__}") from error
    return {name: value for name, value in values.items() if value}


def change_text(text: str, changes: Mapping[str, str | None]) -> str:
    """The file's text with these values; None takes the line away, new names come last.

    Of a name that stands there more than once the last line counts, so all but that one go.
    """
    left = dict(changes)
    lines: list[str] = []
    for line in reversed(text.splitlines()):
        found = _LINE.match(line)
        name = found["name"] if found else None
        if name not in changes:
            lines.append(line)
        elif name in left:
            value = left.pop(name)
            lines += [] if value is None else [f"{name}={quote_value(value)}"]
    added = [f"{name}={quote_value(value)}" for name, value in left.items() if value is not None]
    return "".join(f"{line}\n" for line in [*reversed(lines), *added])


def quote_value(value: str) -> str:
    """As a shell and python-dotenv both read it back; raises `UserError` for what neither can."""
    if _PLAIN.fullmatch(value):
        return value
    if "\n" in value or "\r" in value:
        raise UserError("a value of several lines belongs into a file of its own")
    if "'" not in value and "\\\\" not in value and not value.endswith("\\"):
        return f"'{value}'"
    if any(letter in value for letter in '"\\$`'):
        raise UserError("a value with both kinds of quotes belongs into a file of its own")
    return f'"{value}"'


def write_private(path: Path, text: str) -> None:
    """The whole file or none of it, for its owner alone; a link is followed to what it names."""
    real = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f"{real.name}.")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(real)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
