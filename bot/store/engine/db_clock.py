"""Whose clock counts: all who share a database must agree when a key is due and a lease ends.

In: a moment by our own clock. Out: SQL for the same moment by the clock that all share. SQLite's
users share one machine and its clock. PostgreSQL's sit on several: there only distances from "now"
are sent, and the server adds its own clock, so two machines' clocks are never compared.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Interval,
    Table,
    bindparam,
    func,
    literal,
    type_coerce,
)

from bot.store.engine.column_types import UtcDateTime


class DbClock(Protocol):
    """The moments of one transaction, as SQL."""

    @property
    def here(self) -> datetime:
        """Now, by our own clock."""
        ...

    @property
    def now(self) -> ColumnElement[datetime]:
        """Now."""
        ...

    def at(self, moment: datetime) -> ColumnElement[datetime]:
        """A moment by our clock, as all see it."""
        ...

    def named(self, name: str) -> ColumnElement[datetime]:
        """The same for many rows at once: each has `value(moment)` under this name."""
        ...

    def value(self, moment: datetime) -> datetime | timedelta:
        """What a row gives for `named`."""
        ...

    def ours(self, shared: ColumnElement[Any]) -> ColumnElement[datetime | None]:
        """A moment that all share, by our clock."""
        ...


class LocalDbClock:
    """SQLite: our clock is everybody's."""

    def __init__(self, now: datetime) -> None:
        self.here = now

    @property
    def now(self) -> ColumnElement[datetime]:
        """Now."""
        return self.at(self.here)

    def at(self, moment: datetime) -> ColumnElement[datetime]:
        """The moment itself."""
        return literal(moment, UtcDateTime())

    def named(self, name: str) -> BindParameter[datetime]:
        """A parameter."""
        return bindparam(name, type_=UtcDateTime())

    def value(self, moment: datetime) -> datetime:
        """The moment itself."""
        return moment

    def ours(self, shared: ColumnElement[Any]) -> ColumnElement[datetime | None]:
        """The moment itself."""
        return shared


class ServerDbClock:
    """PostgreSQL: the server's clock is everybody's; `statement_timestamp()` may use an index."""

    def __init__(self, now: datetime) -> None:
        self.here = now

    @property
    def now(self) -> ColumnElement[datetime]:
        """Now."""
        return func.statement_timestamp(type_=UtcDateTime())

    def at(self, moment: datetime) -> ColumnElement[datetime]:
        """As far from the server's now as the moment is from ours."""
        return type_coerce(self.now + literal(self.value(moment), Interval()), UtcDateTime())

    def named(self, name: str) -> ColumnElement[datetime]:
        """The same with a parameter."""
        return type_coerce(self.now + bindparam(name, type_=Interval()), UtcDateTime())

    def value(self, moment: datetime) -> timedelta:
        """How far it is from our now."""
        return moment - self.here

    def ours(self, shared: ColumnElement[Any]) -> ColumnElement[datetime | None]:
        """As far from our now as it is from the server's."""
        away = type_coerce(shared - self.now, Interval())
        return type_coerce(literal(self.here, UtcDateTime()) + away, UtcDateTime())


def make_shared(row: dict[str, Any], names: Sequence[str], times: DbClock) -> dict[str, Any]:
    """The same row; its moments of these names, which are ours, as all see them."""
    return row | {name: times.at(row[name]) for name in names if row[name] is not None}


def find_ours(table: Table, names: Sequence[str], times: DbClock) -> list[ColumnElement[Any]]:
    """All columns of a table; of these names by our clock."""
    return [times.ours(c).label(c.name) if c.name in names else c for c in table.c]


MAKE_TIMES: dict[str, Callable[[datetime], DbClock]] = {
    "sqlite": LocalDbClock,
    "postgresql": ServerDbClock,
}
