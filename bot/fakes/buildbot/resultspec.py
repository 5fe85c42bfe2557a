"""The query language of Buildbot's REST API: filters, order, pages, fields.

Input: the rows of a collection and the query of a request. Output: the rows it selects, and the
`meta.total` that Buildbot would give. Odd on purpose, as Buildbot 4.3 is: `branch=x` is refused
where `branch` is no field, `branch__eq=x` is silently ignored; `total` counts the page.
Described at https://docs.buildbot.net/current/developer/rest.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from multidict import MultiMapping

from bot.fakes.http_server import ApiError, Json

Convert = Callable[[str], Any]
_BOOLEANS = {"on": True, "true": True, "yes": True, "1": True} | {
    "off": False,
    "false": False,
    "no": False,
    "0": False,
}


def _boolean(text: str) -> bool:
    return _BOOLEANS[text.lower()]


FIELDS: Mapping[str, Mapping[str, Convert]] = {
    "builders": {"builderid": int, "name": str, "tags": str, "description": str},
    "builds": {
        "buildid": int,
        "number": int,
        "builderid": int,
        "buildrequestid": int,
        "workerid": int,
        "masterid": int,
        "started_at": int,
        "complete": _boolean,
        "complete_at": int,
        "locks_duration_s": int,
        "results": int,
        "state_string": str,
        "properties": str,
    },
    "steps": {
        "stepid": int,
        "number": int,
        "name": str,
        "buildid": int,
        "started_at": int,
        "complete": _boolean,
        "complete_at": int,
        "results": int,
        "state_string": str,
        "hidden": _boolean,
        "urls": str,
        "locks_acquired_at": int,
    },
    "logs": {
        "logid": int,
        "name": str,
        "slug": str,
        "stepid": int,
        "complete": _boolean,
        "num_lines": int,
        "type": str,
    },
    "workers": {"workerid": int, "name": str, "paused": _boolean, "graceful": _boolean},
    "buildrequests": {
        "buildrequestid": int,
        "buildsetid": int,
        "builderid": int,
        "priority": int,
        "claimed": _boolean,
        "claimed_at": int,
        "complete": _boolean,
        "complete_at": int,
        "results": int,
        "submitted_at": int,
        "waited_for": _boolean,
    },
    "forceschedulers": {"name": str},
    "buildsets": {"bsid": int, "complete": _boolean, "results": int, "submitted_at": int},
    "sourcestamps": {"ssid": int, "branch": str, "revision": str, "project": str},
    "changes": {"changeid": int, "branch": str, "revision": str, "author": str},
    "masters": {"masterid": int, "name": str, "active": _boolean},
    "schedulers": {"schedulerid": int, "name": str, "enabled": _boolean},
}

_ONE: Mapping[str, Callable[[Any, list[Any]], bool]] = {
    "eq": lambda have, want: have == want[0],
    "ne": lambda have, want: have is not None and have != want[0],
    "lt": lambda have, want: _compare(operator.lt, have, want[0]),
    "le": lambda have, want: _compare(operator.le, have, want[0]),
    "gt": lambda have, want: _compare(operator.gt, have, want[0]),
    "ge": lambda have, want: _compare(operator.ge, have, want[0]),
    "contains": lambda have, want: want[0] in (have or ()),
    "in": lambda have, want: have in want,
    "notin": lambda have, want: have not in want,
}
_MANY: Mapping[str, Callable[[Any, list[Any]], bool]] = {
    "eq": lambda have, want: have in want,
    "ne": lambda have, want: have not in want,
    "contains": lambda have, want: not set(want).isdisjoint(have or ()),
    "in": lambda have, want: have in want,
    "notin": lambda have, want: have not in want,
}


def _compare(relation: Callable[[Any, Any], bool], have: object, want: object) -> bool:
    """As SQL does it: what is not there compares with nothing."""
    return have is not None and relation(have, want)


def select(rows: Iterable[Json], query: MultiMapping[str], plural: str) -> tuple[list[Json], int]:
    """The rows that the query selects, and `meta.total`; raises a 400 as Buildbot words it."""
    fields = FIELDS[plural]
    rows = list(rows)
    for key in dict.fromkeys(query):
        keep = _find_filter(key, query.getall(key), fields)
        rows = [row for row in rows if keep(row)] if keep else rows
    rows = _sort(rows, query.getall("order", []), fields)
    rows = _page(rows, query)
    total = len(rows)
    return [_shape(row, query, fields) for row in rows], total


def shape_one(row: Json, query: MultiMapping[str], plural: str) -> Json:
    """One row of a singular endpoint: fields and properties may be chosen, filters may not."""
    fields = FIELDS[plural]
    if any(_find_filter(key, query.getall(key), fields) for key in query):
        raise ApiError(400, "this is not a collection")
    return _shape(row, query, fields)


_RESERVED = frozenset({"order", "field", "limit", "offset", "property"})


def _find_filter(
    key: str, values: list[str], fields: Mapping[str, Convert]
) -> Callable[[Json], bool] | None:
    if key in _RESERVED:
        return None
    field, _, op = (key, "", "eq") if key in fields else key.rpartition("__")
    relations = _ONE if len(values) == 1 else _MANY
    if "__" not in key and key not in fields:
        raise ApiError(400, f"unrecognized query parameter '{key}'")
    if field not in fields or op not in relations:
        return None
    wanted = _convert(key, values, fields[field])
    relation = relations[op]
    return lambda row: relation(row.get(field), wanted)


def _convert(key: str, values: list[str], convert: Convert) -> list[Any]:
    try:
        return [convert(value) for value in values]
    except (ValueError, KeyError) as error:
        raise ApiError(400, f"invalid filter value for {key}") from error


def _sort(rows: list[Json], order: list[str], fields: Mapping[str, Convert]) -> list[Json]:
    for name in reversed(order):
        field = name.removeprefix("-")
        _check_field(field, fields)
        rows = sorted(rows, key=lambda row: _sort_key(row[field]), reverse=name.startswith("-"))
    return rows


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _page(rows: list[Json], query: MultiMapping[str]) -> list[Json]:
    offset = _number(query, "offset") or 0
    limit = _number(query, "limit")
    return rows[offset:] if limit is None else rows[offset : offset + limit]


def _number(query: MultiMapping[str], name: str) -> int | None:
    try:
        return int(query[name]) if name in query else None
    except ValueError as error:
        raise ApiError(400, f"invalid {name}") from error


def _check_field(name: str, fields: Mapping[str, Convert]) -> None:
    if name not in fields:
        raise ApiError(400, f"no such field '{name}'")


def _shape(row: Json, query: MultiMapping[str], fields: Mapping[str, Convert]) -> Json:
    row = {**row, "properties": _choose(row["properties"], query)} if "properties" in row else row
    chosen = query.getall("field", [])
    for name in chosen:
        _check_field(name, fields)
    return {name: row[name] for name in chosen if name in row} if chosen else dict(row)


def _choose(properties: Json | None, query: MultiMapping[str]) -> Json | None:
    """Properties are embedded only where they are asked for, by name or with `*`."""
    wanted = query.getall("property", [])
    if properties is None or "*" in wanted:
        return properties
    return {name: properties[name] for name in wanted if name in properties}
