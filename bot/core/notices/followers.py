"""People who asked on a pull to be mentioned there when something of it changes.

In: a pull. Out: its subscription, which stands in no settings; and what a command changes of it.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.core.model import Verdict
from bot.core.notices.notice import NoticeRecord
from bot.core.notices.subscriptions import Medium, Subscription

MOST_FOLLOWERS = 20
"""Of one pull. All are mentioned in one comment, which nobody reads for its names."""

# What GitHub mentions: no robot has such a name, and nothing else can be written with it.
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}", re.ASCII)
_NAME = re.compile(r"pull/(\d{1,19})/(\d{1,10})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FollowChange:
    """Somebody asks to be mentioned on a pull, or wants no more of it."""

    repo_id: int
    number: int
    person: str
    since: datetime  # our clock
    ends: bool = False
    known: tuple[NoticeRecord, ...] = ()  # what is so now, for whoever is the first here


def may_be_mentioned(login: str) -> bool:
    """Whether it is the name of a person."""
    return _LOGIN.fullmatch(login) is not None


def make_pull_subscription(repo_id: int, number: int) -> Subscription:
    """Of all who follow a pull: its name is none that settings can hold."""
    every = frozenset(verdict.value for verdict in Verdict)
    return Subscription(f"pull/{repo_id}/{number}", Medium.PULL, "", {"verdict": every})


def find_followed_pull(subscription: str) -> tuple[int, int] | None:
    """Repository and number, by a subscription's name; None: it is one of the settings."""
    found = _NAME.fullmatch(subscription)
    return (int(found[1]), int(found[2])) if found else None
