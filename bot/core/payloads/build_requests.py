"""Buildbot's force schedulers and build requests → what became of the builds that we ask for.

Input: answers of its REST API. Output: facts, or `Malformed` naming the field.
Source: https://docs.buildbot.net/current/developer/raml/forcescheduler.html and
https://docs.buildbot.net/current/developer/raml/buildrequest.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from bot.core.errors import Malformed
from bot.core.model.build_results import Result
from bot.core.model.ci_requests import (
    BuilderQueue,
    CiRequest,
    RequestedBuild,
    RequestScheduler,
    WaitingRequest,
)
from bot.core.model.requests import REQUEST_PROPERTY
from bot.core.payloads.fields import Field
from bot.core.payloads.properties import find_property, find_text

_MOST = 10_000
_DEEPEST = 5  # nested fields: codebases hold theirs, and are held by the form

# Buildbot's own mark for a request that is not complete.
_OPEN = -1


def parse_scheduler(json: object) -> RequestScheduler:
    """A force scheduler: the builders that it starts, and the fields of its form."""
    row = Field(json, "forcescheduler")
    names = row["builder_names"]
    builders = () if names.is_null else names.items(_MOST)
    fields = dict(_find_fields(row["all_fields"], _DEEPEST))
    return RequestScheduler(
        builders=frozenset(name for name in map(find_text, builders) if name),
        fields=frozenset(name for name, kind in fields.items() if kind != "fixed"),
        repository=_find_default(row["all_fields"], "repository", _DEEPEST),
    )


def _find_fields(listed: Field, depth: int) -> Iterator[tuple[str, str]]:
    """Full name and type of each, with those inside others; None of what is not as it should be."""
    for field in _items(listed) if depth else ():
        name, kind = find_text(field["fullName"]), find_text(field["type"])
        if name and kind:
            yield name, kind
        yield from _find_fields(field["fields"], depth - 1)


def _find_default(listed: Field, name: str, depth: int) -> str | None:
    for field in _items(listed) if depth else ():
        inner = _find_default(field["fields"], name, depth - 1)
        if inner is not None:
            return inner
        if find_text(field["fullName"]) == name:
            return find_text(field["default"])
    return None


def _items(listed: Field) -> tuple[Field, ...]:
    return listed.items(_MOST) if isinstance(listed.value, list) else ()


def parse_forced(json: object, builderid: int) -> int | None:
    """The build request that a force made for a builder; None: it made none.

    A force scheduler answers null to what it does not know, and does nothing.
    """
    if not isinstance(json, list) or len(json) != 2:
        return None
    requests = Field(json[1], "result")
    if not isinstance(requests.value, dict) or requests[str(builderid)].is_null:
        return None
    return requests[str(builderid)].integer(1)


def parse_ci_request(json: object) -> CiRequest:
    """A build request with its properties: is it ours, and is it over?"""
    row = Field(json, "buildrequest")
    complete = row["complete"].flag()
    return CiRequest(
        number=row["buildrequestid"].integer(1),
        buildsetid=row["buildsetid"].integer(1),
        builderid=row["builderid"].integer(1),
        name=find_text(find_property(row, REQUEST_PROPERTY)),
        complete=complete,
        result=_parse_result(row["results"]) if complete else None,
        submitted_at=row["submitted_at"].epoch(),
    )


def _parse_result(field: Field) -> Result | None:
    if field.value == _OPEN or field.is_null:
        return None
    return Result(field.integer(min(Result), max(Result)))


def parse_requested_build(json: object) -> RequestedBuild:
    """One build of a request."""
    build = Field(json, "build")
    complete = build["complete"].flag()
    return RequestedBuild(
        buildid=build["buildid"].integer(1),
        started_at=build["started_at"].epoch(),
        complete_at=build["complete_at"].epoch() if complete else None,
        result=_parse_result(build["results"]) if complete else None,
    )


def parse_queues(waiting: object, running: object) -> dict[int, BuilderQueue]:
    """By builderid, what each has to do beside what we asked for."""
    waits = _find_first(waiting, "buildrequests", "submitted_at")
    runs = _find_first(running, "builds", "started_at")
    return {b: BuilderQueue(waits.get(b), runs.get(b)) for b in waits.keys() | runs.keys()}


def parse_waiting(json: object) -> tuple[WaitingRequest, ...]:
    """The requests that wait; one that is malformed hides no other."""
    found = []
    for row in Field(json, "answer")["buildrequests"].items(_MOST):
        with suppress(Malformed):
            number, builderid = (row[n].integer(1) for n in ("buildrequestid", "builderid"))
            found.append(WaitingRequest(number, builderid, row["submitted_at"].epoch()))
    return tuple(found)


def _find_first(json: object, name: str, when: str) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for row in Field(json, "answer")[name].items():
        if find_text(find_property(row, REQUEST_PROPERTY)) is None:
            at = row[when].epoch()
            builderid = row["builderid"].integer(1)
            found[builderid] = min(at, found.get(builderid, at))
    return found


def parse_asked_revision(buildset: object) -> str | None:
    """What the only sourcestamp of a buildset asks for; None: nothing certain."""
    stamps = Field(buildset, "buildset")["sourcestamps"]
    rows = () if stamps.is_null else stamps.items(_MOST)
    if len(rows) != 1:
        return None
    try:
        return rows[0]["revision"].sha()
    except Malformed:
        return None


def parse_change_repositories(json: object) -> frozenset[str]:
    """The repositories that changes carry."""
    rows = Field(json, "answer")["changes"].items(_MOST)
    names = (find_text(row["repository"]) for row in rows)
    return frozenset(name for name in names if name)
