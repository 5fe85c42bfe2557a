"""Typed reading of JSON from outside.

Input: whatever `json.loads` gave. Output: values of the promised type, range and size, or
`Malformed` naming the field. The offending value itself is never quoted: it may be hostile or huge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.errors import Malformed

# What fits a 64-bit signed integer column; GitHub's and Buildbot's ids are far below.
MAX_ID = 2**63 - 1

# Names of branches, builders, workers, files: git and file systems stop at 4096 bytes or earlier.
_NAME_LIMIT = 4096
_LIST_LIMIT = 100_000

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def clean_text(text: str) -> str:
    """Text that every database and encoder takes: no lone surrogates, no NUL."""
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    return encodable.replace("\0", "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True, slots=True)
class Field:
    """A value somewhere in a JSON document, and its path for messages. Absent reads as null."""

    value: object
    path: str

    def __getitem__(self, name: str) -> Field:
        if not isinstance(self.value, dict):
            raise self.malformed("an object")
        return Field(self.value.get(name), f"{self.path}.{name}")

    @property
    def is_null(self) -> bool:
        """True where the field is null or absent."""
        return self.value is None

    def malformed(self, expected: str) -> Malformed:
        """The error that names this field."""
        return Malformed(f"{self.path} is not {expected}")

    def integer(self, low: int = 0, high: int = MAX_ID) -> int:
        """A whole number; `true` is none."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.malformed("a whole number")
        if not low <= self.value <= high:
            raise self.malformed(f"between {low} and {high}")
        return self.value

    def flag(self) -> bool:
        """`true` or `false`."""
        if not isinstance(self.value, bool):
            raise self.malformed("true or false")
        return self.value

    def name(self) -> str:
        """A string that names something: not empty, and of sane length."""
        if not isinstance(self.value, str) or not 0 < len(self.value) <= _NAME_LIMIT:
            raise self.malformed("a name")
        return clean_text(self.value)

    def name_or_none(self) -> str | None:
        """A name; None where it is null or empty."""
        return None if self.value is None or self.value == "" else self.name()

    def prose(self, limit: int) -> str:
        """A string for people, cut after `limit` characters."""
        if not isinstance(self.value, str):
            raise self.malformed("a string")
        return clean_text(self.value[:limit])

    def sha(self) -> str:
        """A full git revision."""
        if not isinstance(self.value, str) or not _SHA.fullmatch(self.value):
            raise self.malformed("a full git revision")
        return self.value

    def epoch(self) -> datetime:
        """A moment in unix seconds, as Buildbot writes it."""
        value = self.value
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.malformed("a time")
        if not 0 <= value <= _LATEST:  # as nothing that is not a number is
            raise self.malformed("a time")
        return datetime.fromtimestamp(value, UTC)

    def moment(self) -> datetime:
        """A moment with its zone in ISO 8601, as GitHub writes it."""
        if not isinstance(self.value, str):
            raise self.malformed("a time")
        try:
            at = datetime.fromisoformat(self.value)
            return self._aware(at)
        except (ValueError, OverflowError) as error:
            raise self.malformed("a time") from error

    def _aware(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise self.malformed("a time with its zone")
        return at.astimezone(UTC)

    def items(self, limit: int = _LIST_LIMIT) -> tuple[Field, ...]:
        """The elements of a list that is not absurdly long."""
        if not isinstance(self.value, list) or len(self.value) > limit:
            raise self.malformed(f"a list of at most {limit}")
        return tuple(Field(v, f"{self.path}[{i}]") for i, v in enumerate(self.value))
