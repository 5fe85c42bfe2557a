"""A notice: one change of one incident, for one subscription, from its cause until it is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.model import IncidentState, Key, KeyKind, RegressionRange


class NoticeKind(StrEnum):
    """What is told of an incident."""

    BROKEN = "broken"  # what broke and since when: it is not said on a pull who did it
    SUSPECTED = "suspected"  # as it is said on a pull
    CONFIRMED = "confirmed"  # the same
    WITHDRAWN = "withdrawn"
    FIXED = "fixed"
    CLOSED = "closed"
    FLAKY = "flaky"
    ENVIRONMENT = "environment"
    OLD = "old"
    AWAY = "away"  # a worker that builds nothing any more
    BACK = "back"
    REPORT = "report"  # what some days brought

    @property
    def state(self) -> IncidentState:
        """The state that subscriptions ask for it by."""
        return _STATES.get(self, IncidentState.OPEN)


_STATES = {
    NoticeKind.WITHDRAWN: IncidentState.WITHDRAWN,
    NoticeKind.FIXED: IncidentState.FIXED,
    NoticeKind.CLOSED: IncidentState.CLOSED,
    NoticeKind.BACK: IncidentState.FIXED,
}

NO_REPOSITORY = 0
"""The repository of what is told of workers and of the whole fleet."""

REPORT_THREAD = "report"
"""What stands in the place of an incident's id in reports."""


class NoticeStatus(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"
    SENDING = "sending"  # begun, and its end is not known
    SENT = "sent"
    WOULD_SEND = "would send"  # a dry run
    KNOWN = "known"  # it was so before anybody asked to hear of it, or nobody asks for this state
    OVER = "over"  # something newer took its place before it was sent
    MUTED = "muted"
    FAILED = "failed"


UNSENT = frozenset({NoticeStatus.WAITING, NoticeStatus.SENDING})
"""Those that are still to be sent."""

NOT_TOLD = frozenset({NoticeStatus.WAITING, NoticeStatus.OVER, NoticeStatus.MUTED})
"""Those that nobody heard of."""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """All that a notice tells, as it was when it was caused."""

    kind: NoticeKind
    repository: str
    branch: str
    incident: str
    tests: tuple[str, ...]
    builders: tuple[str, ...]
    workers: tuple[str, ...]
    opened_at: datetime
    range: RegressionRange
    pull: int | None = None  # only where it stands on this pull, too
    fixed_by: int | None = None
    url: str | None = None  # the page of the incident
    pull_url: str | None = None
    headline: str = ""  # of a report, with what follows it
    text: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """One notice, as it is kept."""

    subscription: str
    repo_id: int
    incident_id: str
    position: int  # of all about this incident for this subscription
    status: NoticeStatus
    facts: NoticeFacts
    caused_at: datetime  # our clock, as the others
    due_at: datetime
    attempts: int = 0
    intent_at: datetime | None = None
    sent_at: datetime | None = None
    message: str | None = None  # the id of the message that it is sent in
    problem: str = ""  # why it could not be sent

    @property
    def id(self) -> str:
        """The same each time that it is tried."""
        name = f"{self.subscription}\0{self.repo_id}\0{self.incident_id}\0{self.position}"
        return hashlib.sha256(name.encode()).hexdigest()[:32]

    @property
    def thread(self) -> str:
        """The same for all notices of the incident to this subscription."""
        name = f"{self.subscription}\0{self.repo_id}\0{self.incident_id}"
        return hashlib.sha256(name.encode()).hexdigest()[:32]


_SENDING = "to/"


def notice_key(repo_id: int, incident_id: str) -> Key:
    """Look at what is to be told of an incident."""
    return Key(KeyKind.NOTICE, f"{repo_id}@{incident_id}")


def sending_key(subscription: str) -> Key:
    """Look at what is to be sent to a subscription."""
    return Key(KeyKind.NOTICE, f"{_SENDING}{subscription}")


def find_subscription(name: str) -> str | None:
    """The subscription of a key that sends; None: it is one of an incident."""
    return name.removeprefix(_SENDING) if name.startswith(_SENDING) else None
