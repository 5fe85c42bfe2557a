"""A context of the road over a store, with only the neighbours that a test has."""

from typing import Any

from bot.core.ports import CiSource
from bot.reconcile.context import Context
from bot.reconcile.options import Options
from bot.store import Store
from tests.support.clock import FakeClock


def make_context(store: Store, source: CiSource, **neighbours: Any) -> Context:
    """A neighbour that is not named is not there: a test that needs it fails."""
    absent: dict[str, Any] = dict.fromkeys(
        ("github", "log_reader", "parse_commands", "files", "reverts", "issues")
    )
    ours = {
        "clock": FakeClock(),
        "options": Options(),
        "requesters": {},
        "reminders": store.reminders,
        "notices": store.notices,
        "tracker": store.tracker,
        "senders": {},
    }
    return Context(
        ci={source.source: source},
        inbox=store.inbox,
        builds=store.facts,
        incidents=store.incidents,
        commands=store.commands,
        requests=store.requests,
        settings_files=store.settings_files,
        **{**absent, **ours, **neighbours},
    )
