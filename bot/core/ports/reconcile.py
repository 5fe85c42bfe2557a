"""What the worker drives: one function per kind of key, and what it answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import Unavailable
from bot.core.policy.comment_results import CommentResult
from bot.core.ports.inbox import Lease


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a key: what was done counts, also where the rest has to be tried again."""

    again_at: datetime | None = None  # when to look again
    comment: CommentResult | None = None  # what became of a comment on a pull
    unfinished: Unavailable | None = None  # why the rest could not be done just now


Reconcile = Callable[[Lease], Awaitable[Result]]
"""Reconciles one key under its lease; raises `Unavailable` to be tried again, `Refused` never."""
