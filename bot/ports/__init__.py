"""What the road needs of the outside: one narrow Protocol per neighbour.

`triage` and the doors see these, never the clients or the store themselves; `app` puts the
real ones in. All methods that touch network or disk are async. Clients raise `Unavailable`
(try again) or `Refused` (a lasting no); the store raises `Unavailable` when the database is away.
All are imported from here.
"""

from bot.ports.buildbot import Buildbot, LogReader
from bot.ports.clock import Clock
from bot.ports.facts import Facts
from bot.ports.github import GitHub, Pacing
from bot.ports.inbox import Deliveries, Inbox, Lease, Reconcile
from bot.ports.incidents import Incidents, Quiet
from bot.ports.people import Hearings, Hush, Rulings
from bot.ports.views import STUCK_AFTER, DashboardStore, HealthStore, InboxDepth, Notes, StuckKey

__all__ = [
    "STUCK_AFTER",
    "Buildbot",
    "Clock",
    "DashboardStore",
    "Deliveries",
    "Facts",
    "GitHub",
    "HealthStore",
    "Hearings",
    "Hush",
    "Inbox",
    "InboxDepth",
    "Incidents",
    "Lease",
    "LogReader",
    "Notes",
    "Pacing",
    "Quiet",
    "Reconcile",
    "Rulings",
    "StuckKey",
]
