"""What people look at: read from the same tables as the road's, and never written.

In: an id, an offset, and which repositories are shown. Out: rows for `/health`, pages and the API.
"""

from bot.core.ports import Clock
from bot.store.access_problems import AccessProblems
from bot.store.cursors import Cursors
from bot.store.engine.database import Database
from bot.store.read_models.advice_facts import AdviceFactsPages
from bot.store.read_models.build_details import BuildDetails
from bot.store.read_models.build_failures import BuildFailures
from bot.store.read_models.builder_details import BuilderDetails
from bot.store.read_models.current_builders import CurrentBuilders
from bot.store.read_models.decision_pages import DecisionPages
from bot.store.read_models.failing_tests import FailingTests
from bot.store.read_models.fleet_pages import FleetPages
from bot.store.read_models.grid_pages import GridPages
from bot.store.read_models.inbox_figures import InboxFigures
from bot.store.read_models.incident_details import IncidentDetails
from bot.store.read_models.incident_feed import IncidentFeed
from bot.store.read_models.outbox_figures import NoticeFigures
from bot.store.read_models.record_facts import RecordFactsPages
from bot.store.read_models.repository_pages import RepositoryPages
from bot.store.read_models.search_pages import SearchPages
from bot.store.read_models.week_facts import WeekFactsPages
from bot.store.unread_builds import UnreadLedger


class ReadModels(
    InboxFigures,
    NoticeFigures,
    RepositoryPages,
    IncidentDetails,
    IncidentFeed,
    BuildDetails,
    BuilderDetails,
    CurrentBuilders,
    BuildFailures,
    FailingTests,
    FleetPages,
    GridPages,
    DecisionPages,
    SearchPages,
    AdviceFactsPages,
    RecordFactsPages,
    WeekFactsPages,
    Cursors,
    AccessProblems,
    UnreadLedger,
):
    """Implements the stores of health, dashboard, fleet, grid and details on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        AccessProblems.__init__(self, database, clock)
        IncidentDetails.__init__(self, database, clock)
        BuildDetails.__init__(self, database, clock)
        BuilderDetails.__init__(self, database, clock)
        AdviceFactsPages.__init__(self, database, clock)
        RecordFactsPages.__init__(self, database, clock)
        WeekFactsPages.__init__(self, database, clock)
