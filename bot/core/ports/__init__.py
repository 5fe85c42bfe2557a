"""What the road needs of the outside: one narrow Protocol per neighbour.

`reconcile` and the doors see these, never the clients or the store themselves; `app` puts the
real ones in. All methods that touch network or disk are async. Clients raise `Unavailable`
(try again) or `Refused` (a lasting no); the store raises `Unavailable` when the database is away.
All are imported from here.
"""

from bot.core.ports.builds import BuildStore
from bot.core.ports.ci import CiSource, LogReader
from bot.core.ports.clock import Clock
from bot.core.ports.commands import Commands, Mute, Overrides
from bot.core.ports.github import GitHub, RateLimit, RepositoryFiles, Reverts
from bot.core.ports.inbox import Deliveries, Inbox, Lease
from bot.core.ports.incidents import Incidents, Mutes
from bot.core.ports.logins import Logins
from bot.core.ports.notices import Notices, NoticeSender
from bot.core.ports.read_models import (
    STUCK_AFTER,
    BranchFleet,
    CommitPage,
    DashboardStore,
    FleetStore,
    GridStore,
    HealthStore,
    InboxDepth,
    OutboxFigures,
    SaidOf,
    SkippedWork,
    StuckKey,
    UnreadBuilds,
)
from bot.core.ports.reconcile import Reconcile, Result
from bot.core.ports.reminders import Reminders
from bot.core.ports.repository_settings import RepositorySettingsStore
from bot.core.ports.requests import BuildRequester, Requests
from bot.core.ports.tracker import Issues, TrackerStore

__all__ = [
    "STUCK_AFTER",
    "BranchFleet",
    "BuildRequester",
    "BuildStore",
    "CiSource",
    "Clock",
    "Commands",
    "CommitPage",
    "DashboardStore",
    "Deliveries",
    "FleetStore",
    "GitHub",
    "GridStore",
    "HealthStore",
    "Inbox",
    "InboxDepth",
    "Incidents",
    "Issues",
    "Lease",
    "LogReader",
    "Logins",
    "Mute",
    "Mutes",
    "NoticeSender",
    "Notices",
    "OutboxFigures",
    "Overrides",
    "RateLimit",
    "Reconcile",
    "Reminders",
    "RepositoryFiles",
    "RepositorySettingsStore",
    "Requests",
    "Result",
    "Reverts",
    "SaidOf",
    "SkippedWork",
    "StuckKey",
    "TrackerStore",
    "UnreadBuilds",
]
