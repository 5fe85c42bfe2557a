"""Column types that mean the same on both databases, and the columns that tables are made of.

In: our values. Out: what the driver takes; and back.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Text, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both sides; SQLite keeps no zone, so it is put back on."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a naive time is a bug, for nobody knows what it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text from outside: what a database cannot hold is replaced.

    PostgreSQL has no U+0000 in text, and no driver encodes a lone surrogate; both come in logs.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """The same text with U+FFFD and "?" in place of those."""
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def key(name: str, kind: Any = CleanText) -> Column[Any]:
    """A part of a primary key that we make ourselves."""
    return Column(name, kind, primary_key=True, autoincrement=False)


def must(name: str, kind: Any = CleanText) -> Column[Any]:
    """A column that is never empty."""
    return Column(name, kind, nullable=False)


def may(name: str, kind: Any = CleanText) -> Column[Any]:
    """A column that may be NULL."""
    return Column(name, kind, nullable=True)


def zero(name: str) -> Column[Any]:
    """A number that older versions of this program do not know; they leave it alone."""
    return Column(name, BigInteger, nullable=False, server_default="0")
