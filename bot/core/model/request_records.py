"""A request with all that is needed to ask for it, to follow it and to tell of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core.errors import Malformed
from bot.core.model.keys import Key, KeyKind
from bot.core.model.requests import BuildRequest, RequestState


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """What is kept of a request."""

    request: BuildRequest
    repo_id: int
    builderid: int
    branch: str  # what the CI fetches: the name of a branch, or `refs/pull/…/head`
    deadline: datetime  # what has not ended by then is given up; our clock
    base: str | None = None  # of a pull that is tested: the branch that it is to be merged into
    number: int | None = None  # the pull on which it was asked for…
    comment_id: int | None = None  # …and the comment
    position: int = 0  # of the command in the comment
    dry_run: bool = False  # made while nothing may be written: it is shown, and never asked for
    intent_at: datetime | None = None  # asking was begun, and its end is not known
    ci_number: int | None = None  # the CI's own number of it; None: not found there
    words: str = ""  # why it ended as it did; while it is planned, why it waits
    read: bool = False  # what its build says is stored
    cancel: str | None = None  # why it is to be taken back; None: it is not

    @property
    def key(self) -> Key:
        """Where it is looked at."""
        return request_key(self.request.source, self.request.id)

    def move(self, state: RequestState, words: str = "", **changes: Any) -> RequestRecord:
        """The same in another state; `changes` are fields of the request."""
        return replace(self, request=replace(self.request, state=state, **changes), words=words)


def request_key(source: str, request_id: str) -> Key:
    """The key of one request: `request/<source>/<id>`."""
    return Key(KeyKind.REQUEST, f"{source}/{request_id}")


_REQUEST_NAME = re.compile(r"([^/]+)/([A-Za-z0-9.-]+)")


def parse_request_name(name: str) -> tuple[str, str]:
    """`<source>/<id>` of a request key; raises `Malformed`."""
    found = _REQUEST_NAME.fullmatch(name)
    if found is None:
        raise Malformed(f"not the name of such a key: {name!r}")
    return found[1], found[2]


@dataclass(frozen=True, slots=True)
class SpendingOrder:
    """A person lets us spend so many builds on one incident now."""

    repo_id: int
    incident: str  # id
    comment_id: int
    position: int  # of the command in the comment
    number: int  # the pull on which it was said
    by: str
    at: datetime  # our clock
    builds: int
    ended: bool = False  # somebody took it back


@dataclass(frozen=True, slots=True)
class RequestChanges:
    """What a command does to requests."""

    new: tuple[RequestRecord, ...] = ()
    orders: tuple[SpendingOrder, ...] = ()
    cancelled: tuple[str, ...] = ()  # ids of requests, and with them the orders on this pull
    why: str = ""  # they are cancelled
    orders_of: str | None = None  # only the orders of this person end; None: all on this pull


# Why a request ended that people took back: nothing more is asked for where they did.
TAKEN_BACK = "Somebody took it back."
TAKEN_BACK_AT_CI = "somebody took it back at Buildbot"
