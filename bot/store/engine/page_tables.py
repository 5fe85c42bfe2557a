"""What only pages need, beside the tables of the road: two tables, and what they look up."""

from sqlalchemy import BigInteger, Float, Index, Integer, Table, Text, text

from bot.store.engine.column_types import UtcDateTime, key, may, must
from bot.store.engine.request_tables import requests
from bot.store.engine.tables import (
    actions,
    builds,
    failures,
    incidents,
    labels,
    metadata,
    said,
    speech,
)

decisions = Table(  # what was decided, and when; the road never reads it again
    "decisions",
    metadata,
    key("repo_id", BigInteger),
    key("subject"),  # the id of an incident, or `#` and the number of a pull
    key("position", Integer),
    must("at", UtcDateTime),
    must("verdict", Text),  # of a pull: "said", "wanted" or "silent"
    must("state", Text),  # empty of a pull
    may("pull", BigInteger),
    must("confidence", Float),
    must("words"),
    may("document"),  # JSON: the suspects, and what is awaited; of a pull: why it is not said
)
Index(None, decisions.c.at)

incident_parts = Table(  # where an incident is found by: its tests or sites, and its builders
    "incident_parts",
    metadata,
    key("repo_id", BigInteger),
    key("branch"),
    key("id"),
    key("kind", Text),  # "site" or "builder"
    key("name"),
)
Index(None, incident_parts.c.kind, incident_parts.c.name)

Index(None, builds.c.builder, builds.c.complete_at)
Index(None, builds.c.worker, builds.c.complete_at)
Index(None, failures.c.site, failures.c.buildid)
Index(None, incidents.c.id)
Index(None, incidents.c.verdict, incidents.c.opened_at)
Index(None, requests.c.incident)
Index(None, said.c.incident_id)
Index(None, actions.c.repo_id, actions.c.number)
Index(None, speech.c.number, speech.c.repo_id)
Index(None, labels.c.said_at)

_FLAKED = text("passed_on_rerun")
Index(
    "ix_failures_flaked",
    failures.c.source,
    failures.c.buildid,
    sqlite_where=_FLAKED,
    postgresql_where=_FLAKED,
)
