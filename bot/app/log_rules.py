"""The setting `LOG_RULES`: files in which a project describes formats of its own.

In: paths with commas between them. Out: formats; or everything that is wrong with all of them at
once, each with its file and its rule.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.app.setting import Setting
from bot.core.log_rules import ProjectFormat

_MOST_FILES = 20


class WrongRules(ValueError):
    """All that is wrong, at once; each problem names its file."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def parse_log_rules(text: str) -> tuple[ProjectFormat, ...]:
    """The formats in these files; raises `WrongRules`."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) > _MOST_FILES:
        raise WrongRules([f"names {len(names)} files; at most {_MOST_FILES} are read"])
    # Most commands read no log, and must not wait for its formats.
    from bot.logs.project_rules import LARGEST, parse_rules

    formats: dict[str, ProjectFormat] = {}
    problems: list[str] = []
    for name in names:
        try:
            content = _load(name, LARGEST + 1)
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else error
            problems.append(f"{name} cannot be read: {said}")
            continue
        parsed = parse_rules(content)
        problems += [f"{name}: {said}" for said in parsed.problems]
        if parsed.format is None:
            continue
        if parsed.format.name in formats:
            problems.append(f"{name}: another file describes {parsed.format.name}, too")
        formats[parsed.format.name] = parsed.format
    if problems:
        raise WrongRules(problems)
    return tuple(formats.values())


def _load(name: str, size: int) -> bytes:
    path = Path(name).expanduser()
    # A pipe in its place would be waited for.
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is no file")
    with path.open("rb") as file:
        return file.read(size)


def describe_formats(formats: Sequence[ProjectFormat]) -> Iterator[str]:
    """One sentence for each, for people who want to see that it was read."""
    for known in formats:
        count = len(known.rules)
        yield f"{known.name} ({count} rule{'s' if count > 1 else ''})"


LOG_RULES = Setting(
    "LOG_RULES",
    None,
    "Files with a project's own log formats, commas between them; see docs/log-rules.md.",
    parse_log_rules,
)
