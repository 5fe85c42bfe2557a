"""Buildbot's lists of builders, workers and masters → which builders there are.

Input: answers of its REST API. Output: listed builders, or `Malformed` naming the field. Builders
that were taken out of master.cfg stay in the list, with no master.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from bot.core.model import ListedBuilder
from bot.core.payloads.fields import Field
from bot.core.payloads.properties import find_text

_MOST = 10_000

# A master that was away for longer was taken down for good: its row stays.
_AWAY = timedelta(days=1)


def are_masters_up(json: object, now: datetime) -> bool:
    """Whether no master is away that was there within a day, and one is there at all."""
    rows = Field(json, "answer")["masters"].items(_MOST)
    active = [row for row in rows if row["active"].flag()]
    since = (row["last_active"].epoch() for row in rows if row not in active)
    return bool(active) and all(now - at > _AWAY for at in since)


def parse_builder_list(builders: object, workers: object) -> tuple[ListedBuilder, ...]:
    """All builders with their tags, and with the workers that are configured for them."""
    configured: defaultdict[int, set[str]] = defaultdict(set)
    connected: set[int] = set()
    for worker in Field(workers, "answer")["workers"].items(_MOST):
        places = [p["builderid"].integer(1) for p in worker["configured_on"].items(_MOST)]
        for builderid in places:
            configured[builderid].add(worker["name"].name())
        if _takes_builds(worker):
            connected.update(places)
    rows = Field(builders, "answer")["builders"].items(_MOST)
    return tuple(_parse_builder(row, configured, connected) for row in rows)


def _takes_builds(worker: Field) -> bool:
    """It is connected, and neither paused nor about to go."""
    masters = worker["connected_to"]
    away = masters.is_null or not masters.items(_MOST)
    return not (away or worker["paused"].value is True or worker["graceful"].value is True)


def _parse_builder(
    row: Field, configured: dict[int, set[str]], connected: set[int]
) -> ListedBuilder:
    builderid = row["builderid"].integer(1)
    tags = () if row["tags"].is_null else row["tags"].items(_MOST)
    return ListedBuilder(
        builderid=builderid,
        name=row["name"].name(),
        tags=frozenset(tag for tag in map(find_text, tags) if tag),
        workers=frozenset(configured.get(builderid, ())),
        here=bool(row["masterids"].items(_MOST)),
        connected=builderid in connected,
    )
