"""What a setting is: one row of a table; and what is raised where some are wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.errors import UserError


class WrongSettings(UserError):
    """All that is wrong, at once; each problem begins with the name of its setting."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("settings: " + "; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: what `docs/settings.md` and `--help` say of it, too."""

    name: str
    default: str | None
    meaning: str
    parse: Callable[[str], Any] = str
    required: bool = False
    secret: bool = False
